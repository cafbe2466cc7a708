"""Drills of disasters: each is caused on this machine, and ended as docs/recovery.md says."""

"""``python -m infra.cli``: the ``sabiscore`` command, for whoever has a Python and no script of it."""

from __future__ import annotations

from infra.cli import main

main()

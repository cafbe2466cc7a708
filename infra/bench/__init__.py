"""Benchmarks: figures that the README quotes and RELIABILITY lines ask for, as data and as text."""

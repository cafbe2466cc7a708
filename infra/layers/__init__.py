"""Lambda layers: built from locks, pruned, compiled, imported once and zipped reproducibly."""

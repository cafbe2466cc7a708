"""The groups of features, a file a group."""

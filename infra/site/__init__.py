"""The site's static files: built by Node and esbuild, and kept until a source of theirs changes."""

"""The site of these pages: Sphinx with MyST and Furo (``make docs``)."""

project = "SabiScore Edge"
author = "The SabiScore Edge authors"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "SabiScore Edge"
myst_heading_anchors = 3
exclude_patterns = ["_build"]
nitpicky = True
# Links out of docs/ lead to files of the repository, which are no pages of the site.
suppress_warnings = ["myst.xref_missing"]

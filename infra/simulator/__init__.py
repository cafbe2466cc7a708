"""Seasons that never happened: leagues of invented clubs whose true strengths are known.

Used where no real data can be had, and in tests, where the truth must be known. Everything made
here is written in the layout of football-data.co.uk, so it takes the same way through the parser.
"""

"""Checks of the reliability bar that are too long for the tests; each ends with 1 when a figure is missed."""

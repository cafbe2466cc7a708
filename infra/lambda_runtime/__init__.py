"""A small AWS Lambda on 127.0.0.1: the Runtime API, and real handlers in fresh processes behind it."""

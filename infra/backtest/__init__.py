"""A whole past season played again through the real schedules: ``sabiscore rehearse``.

Not to be confused with infra/local/as_of.py, which only sets the clock of ``sabiscore run`` back: here the
clock moves, from before the first match to after the last. The providers are ours: they answer in the
providers' own shapes, and never tell anything before it was known (season.py says when that is).
"""

"""How an error of ours reaches a person: a sentence, what to do, and an exit code."""

from __future__ import annotations

import sys

from sabiscore.errors import Refused, SabiScoreError, Unavailable, Untrusted

EXIT_CODES = ((Refused, 2), (Unavailable, 3), (Untrusted, 4))


def complain(error: SabiScoreError) -> int:
    """Writes the error's sentence and hint to stderr; the exit code that says what kind it was.

    2: the input was refused · 3: something needed is away · 4: stored bytes failed verification.
    """
    print(f"Error: {error}", file=sys.stderr)
    if error.hint:
        print(f"  {error.hint}", file=sys.stderr)
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), 1)

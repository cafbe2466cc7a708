"""How an error reaches a person or a program: a sentence, what to do, and an exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from typer.exceptions import TyperException

from sabiscore.errors import BadSetting, Refused, SabiScoreError, Unavailable, Untrusted

EXIT_CODES = ((Refused, 2), (Unavailable, 3), (Untrusted, 4))
INTERRUPTED = 130
"""What shells say of a program that Ctrl+C ended: 128 and the number of SIGINT."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """An error as a command says it, the same for every command; ``type`` is its class."""

    type: str
    message: str
    hint: str
    exit_code: int
    candidates: tuple[str, ...] = ()

    def as_json(self) -> str:
        """One line of JSON with every member."""
        members = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps({"error": members}, ensure_ascii=False)

    def as_text(self) -> str:
        """The sentence, and the hint below it."""
        return f"Error: {self.message}" + (f"\n  {self.hint}" if self.hint else "")


def complaint_of(error: SabiScoreError) -> Complaint:
    """What to say of an error of ours.

    Exit code 2: the input was refused · 3: something needed is unreachable · 4: stored bytes failed
    verification.
    """
    return Complaint(
        type=type(error).__name__,
        message=str(error),
        hint=error.hint,
        exit_code=next((code for kind, code in EXIT_CODES if isinstance(error, kind)), 1),
        candidates=tuple(getattr(error, "candidates", ())),
    )


def usage_complaint(error: TyperException) -> Complaint:
    """What to say of a command that is written wrongly: a missing value, an unknown option."""
    context = getattr(error, "ctx", None)
    command, message = context.command_path if context is not None else "sabiscore", error.format_message()
    return Complaint(
        type=BadSetting.__name__,
        message=message if message.endswith((".", "?")) else f"{message}.",
        hint=f"See: {command} --help",
        exit_code=error.exit_code,
    )


def interruption() -> Complaint:
    """What to say when Ctrl+C ended a command."""
    return Complaint(type="Interrupted", message="Interrupted.", hint="", exit_code=INTERRUPTED)


def complain(complaint: Complaint, *, as_json: bool = False) -> int:
    """Writes ``complaint`` to stderr and gives its exit code."""
    print(complaint.as_json() if as_json else complaint.as_text(), file=sys.stderr)
    return complaint.exit_code


def asks_for_json(arguments: Sequence[str]) -> bool:
    """Whether a command with ``arguments`` answers in JSON; errors are JSON then too."""
    return any(argument == "--json" or argument.startswith("--json=") for argument in arguments)

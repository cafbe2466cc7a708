"""What every source is: it declares requests, one network module fetches, parsing is pure on bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sabiscore.domain.match import Match

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Request:
    """One document of a provider: where it is, and the ``name`` its bytes are parsed under."""

    url: str
    name: str
    max_bytes: int = 8 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is no match: its line in the file (from 1), why, and how it begins."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Notes:
    """What a reader should know of a file besides its matches.

    ``set_aside`` counts single values that were not believed, by what they were and why; the match
    itself was kept. ``surplus_rows`` have cells beyond the header that are not blank.
    """

    unknown_columns: tuple[str, ...] = ()
    unknown_books: tuple[str, ...] = ()
    set_aside: Mapping[str, int] = field(default_factory=dict)
    blank_rows: int = 0
    surplus_rows: int = 0


@dataclass(frozen=True, slots=True)
class Parsed:
    """The matches of a document; each row that is not blank is in ``matches`` or in ``refused``.

    ``names`` maps a team's slug to its name as this document spells it.
    """

    matches: tuple[Match, ...]
    refused: tuple[RefusedRow, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    notes: Notes = Notes()

    @property
    def rows(self) -> int:
        """How many rows were not blank."""
        return len(self.matches) + len(self.refused)


class Source(Protocol):
    """A provider of matches."""

    @property
    def name(self) -> str:
        """The provider's name as insights quote it."""
        ...

    def parse(self, name: str, data: bytes) -> Parsed:
        """The matches in ``data``, fetched under ``name``; raises a SabiScoreError, nothing else."""
        ...

"""What every source is: it declares requests, one network module fetches, parsing is pure on bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol, TypeVar

from sabiscore.domain.facts import Event, Fact, Kind
from sabiscore.domain.match import Match

MEBIBYTE = 1 << 20

F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a credential goes when a request is sent: ``variable`` is the setting that holds it."""

    variable: str
    place: Literal["header", "query"]
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One document of a provider: where it is, and the ``name`` its bytes are parsed under.

    It holds no credential: ``keys`` say which one goes where at send time. ``cost`` is what the
    provider counts it as. ``given`` is what the parser has to know besides the bytes (text made by the
    source itself), so that kept bytes can be read again.
    """

    url: str
    name: str
    max_bytes: int = 8 * MEBIBYTE
    method: Literal["GET", "POST"] = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    keys: tuple[KeyPlace, ...] = ()
    cost: int = 1
    given: str = ""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that cannot be used: its line in the file or place in the list (from 1), why, how it begins."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Notes:
    """What a reader should know of a file besides its matches.

    ``set_aside`` counts single values that were not valid, by what they were and why; the match
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of providers: kinds of facts, keys of leagues, days (UTC, both included).

    For the leagues that are ``urgent`` calls may be used that quotas keep for match days.
    """

    kinds: frozenset[Kind]
    leagues: tuple[str, ...]
    first: date
    last: date
    urgent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one answer of a provider says.

    Facts of a match name it by the id of an Event, which may be in another reply of the same provider.
    ``refused`` are rows of which nothing was taken; ``set_aside`` counts single values that were not
    believed, by what they were and why. ``more`` are requests that this answer makes worth sending,
    the most useful first.
    """

    provider: str
    events: tuple[Event, ...] = ()
    facts: tuple[Fact, ...] = ()
    refused: tuple[RefusedRow, ...] = ()
    set_aside: Mapping[str, int] = field(default_factory=dict)
    more: tuple[Request, ...] = ()

    def of(self, kind: type[F]) -> tuple[F, ...]:
        """The facts of one class, in the provider's order."""
        return tuple(fact for fact in self.facts if isinstance(fact, kind))


class Provider(Protocol):
    """A live source: it says what to ask for and reads the answers; it never asks anybody itself."""

    @property
    def name(self) -> str:
        """The provider's name as documents quote it."""
        ...

    @property
    def gives(self) -> frozenset[Kind]:
        """The kinds of facts it can be asked for."""
        ...

    @property
    def keys(self) -> tuple[str, ...]:
        """The settings that must be set for it to be asked at all."""
        ...

    @property
    def origin(self) -> str:
        """Scheme and host of all its requests."""
        ...

    def requests(self, wanted: Wanted, now: datetime) -> Sequence[Request]:
        """What to ask for first, the most useful first; empty when it has nothing of what is wanted."""
        ...

    def parse(self, request: Request, data: bytes, headers: Mapping[str, str]) -> Reply:
        """What ``data``, the answer to ``request``, says; ``headers`` have lower-case names.

        Raises BadAnswer, SourceDenied or SourceBusy when nothing of it can be used, and NotFound for what
        says that there is no such document yet; the message begins with the provider's name, and nothing
        else is ever raised.
        """
        ...

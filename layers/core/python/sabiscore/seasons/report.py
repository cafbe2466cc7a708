"""What an ingest did: per division and season what was read, what was refused, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from sabiscore.sources.base import RefusedRow
from sabiscore.sources.football_data_names import extra_league

Status = Literal["new", "changed", "unchanged", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What became of one file.

    ``rows`` that are not blank = ``matches`` + the sum of ``refused`` (reason → rows). Of the matches,
    ``new``, ``changed`` and ``same`` are counted against what was stored; ``gone`` were stored and are
    lacking now. Of the changed ones ``moved`` are on another day, of the gone ones ``turned`` are there with
    home and away turned round; ``renamed`` are known under a club's other name now, see ``clubs``.
    ``unknown_names`` are names of no club, each as the line to add to a table once it is checked. ``lost``
    are the matches stored that a file lacks which looks cut: they went if it was accepted. ``set_aside``
    counts single values not valid. ``error`` and ``hint`` say why a file
    failed; then nothing of it was stored.
    """

    name: str
    status: Status
    division: str = ""
    season: str = ""
    rows: int = 0
    matches: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[RefusedRow, ...] = ()
    new: int = 0
    changed: int = 0
    same: int = 0
    gone: int = 0
    moved: int = 0
    turned: int = 0
    renamed: int = 0
    clubs: Mapping[str, str] = field(default_factory=dict)
    unknown_names: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    set_aside: Mapping[str, int] = field(default_factory=dict)
    unknown_books: tuple[str, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    error: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of all files; ``ignored`` are CSV files whose names are no season files'.

    Of those, ``extra_leagues`` are the provider's files of other countries, which are not read.
    """

    kind: str
    files: tuple[FileReport, ...]
    ignored: tuple[str, ...] = ()

    @property
    def extra_leagues(self) -> dict[str, str]:
        """The country of each ignored file that is one of the provider's extra leagues, by its name."""
        return {name: country for name in self.ignored if (country := extra_league(name)) is not None}

    @property
    def unknown_books(self) -> dict[str, tuple[str, ...]]:
        """The files in which each book that is not listed has prices, by the feed's code of the book."""
        found: dict[str, tuple[str, ...]] = {}
        for file in self.files:
            for code in file.unknown_books:
                found[code] = (*found.get(code, ()), file.name)
        return dict(sorted(found.items()))

    @property
    def useful(self) -> bool:
        """True when at least one file is in the store as it is on disk."""
        return any(file.status != "failed" for file in self.files)

    def with_taken(self, taken: IngestReport) -> IngestReport:
        """This report, with the files that looked cut as they were ``taken`` all the same."""
        by_name = {file.name: file for file in taken.files}
        files = (by_name.get(file.name, file) if file.lost else file for file in self.files)
        return replace(self, files=tuple(files))

    @property
    def failed(self) -> tuple[FileReport, ...]:
        """The files of which nothing was stored."""
        return tuple(file for file in self.files if file.status == "failed")

    @property
    def refused(self) -> dict[str, int]:
        """How many rows of all files were refused, by reason."""
        counts: Counter[str] = Counter()
        for file in self.files:
            counts.update(file.refused)
        return dict(counts)

    def as_json(self) -> dict[str, Any]:
        """The report with its totals, as plain values for ``json.dumps``."""
        statuses = Counter(file.status for file in self.files)
        totals = {name: sum(getattr(file, name) for file in self.files) for name in ("rows", "matches")}
        return {
            **asdict(self),
            "useful": self.useful,
            "extra_leagues": self.extra_leagues,
            "unknown_books": self.unknown_books,
            "totals": {"files": len(self.files), **statuses, **totals, "refused": self.refused},
        }

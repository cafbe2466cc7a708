"""The store: facts of matches in SQL, whole seasons in a verified archive beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self, cast
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, func, insert, select

from sabiscore.domain.data_kind import DataKind
from sabiscore.domain.league import BY_DIVISION, LEAGUE_BY_KEY, League
from sabiscore.domain.match import Match, season_start_year
from sabiscore.errors import BadArchive, BadSeasonFile, BadStore
from sabiscore.history import History, blank, columns_of
from sabiscore.identity.spellings import digest
from sabiscore.store import statements
from sabiscore.store.archive import Archive
from sabiscore.store.changes import SeasonChanges, compare, looks_cut
from sabiscore.store.club_names import (
    Recognised,
    learn,
    recognise,
    recognise_fixtures,
    refused_rows,
    renamed_fixtures,
)
from sabiscore.store.fixtures import still_coming
from sabiscore.store.packed_season import PackedSeason, joined
from sabiscore.store.renamed import follow, renamed_ids
from sabiscore.store.schedule_tables import ledger
from sabiscore.store.session import Database
from sabiscore.store.sql import parts
from sabiscore.store.tables import matches, meta, season_file_names, season_files, teams

SEASONS_IN_SQL = 2
MATCHES, FIXTURES = "matches:", "fixtures"
"""Facts that change with the rows of a division's season files, and with those of coming matches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonFile:
    """What is recorded of a season file that was read; ``refused`` counts rows by reason."""

    division: str
    season: str
    sha256: str
    parser: int
    rows: int
    matches: int
    refused: Mapping[str, int] = field(default_factory=dict)
    archive_sha256: str = ""
    ingested_at: datetime | None = None


class Store:
    """One store, of real or of simulated matches, never of both.

    Every change of a season is one transaction: whoever dies in the middle leaves the old season.
    """

    def __init__(self, database: Database, archive_folder: Path) -> None:
        self.database = database
        self._transaction = database.transaction
        with self._transaction() as connection:
            facts = statements.facts(connection)
        self._known: dict[tuple[str, ...], tuple[list[tuple[Match, ...]], tuple[Match, ...]]] = {}
        self._kept: dict[tuple[object, ...], tuple[tuple[str | None, ...], tuple[Match, ...]]] = {}
        # A folder of its own, so that no other store's archives are ever swept away.
        self.archive = Archive(archive_folder / facts["store"])

    @classmethod
    def open(cls, url: str, archive_folder: Path, *, make: bool = True) -> Self:
        """The store at ``url``, with ``make`` made when there is none; archives lie below ``archive_folder``.

        Raises BadSetting, BadStore, StoreUnavailable or, without ``make``, NothingStored.
        """
        database = Database(url, make=make)
        try:
            return cls(database, archive_folder)
        except BaseException:
            database.close()
            raise

    def close(self) -> None:
        """Gives the connection back; the store must not be used again."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def kind(self) -> DataKind | None:
        """Whether the matches are real or simulated; None until the first are stored."""
        with self._transaction() as connection:
            value = connection.scalar(select(meta.c.value).where(meta.c.name == "kind"))
        return cast("DataKind | None", value)

    def claim(self, kind: DataKind) -> None:
        """Settles that this store holds matches of ``kind``; raises BadStore when it holds others."""
        with self._transaction() as connection:
            held = statements.insert_once(connection, "kind", kind)
        if held != kind:
            raise BadStore(
                f"This store holds {held} matches; {kind} ones cannot be added to it.",
                hint="Set SABISCORE_HOME (or DATABASE_URL) to another place for them.",
            )

    def season_files(self, seasons: Collection[str] | None = None) -> dict[tuple[str, str], SeasonFile]:
        """What was read so far, by division and season; of ``seasons`` only, where they are named."""
        wanted = select(season_files)
        if seasons is not None:
            wanted = wanted.where(season_files.c.season.in_(sorted(seasons)))
        with self._transaction() as connection:
            rows = connection.execute(wanted).mappings().all()
        return {(row["division"], row["season"]): SeasonFile(**row) for row in rows}

    def read_by(self) -> dict[tuple[str, str], str]:
        """Division and season → the digest of the tables of names that its file was read by."""
        with self._transaction() as connection:
            rows = connection.execute(select(season_file_names)).all()
        return {(row.division, row.season): row.digest for row in rows}

    def archived(self) -> dict[tuple[str, str], str]:
        """The hash of each season's archive, by division and season."""
        columns = select(season_files.c.division, season_files.c.season, season_files.c.archive_sha256)
        with self._transaction() as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(columns)}

    def history(self, *, played: bool = False) -> History:
        """All matches, or those ``played``, in order: from the verified archives, and the coming ones.

        Raises BadArchive when an archive is not what was stored.
        """
        seasons = [self.archive.packed(sha256) for sha256 in self.archived().values()]
        seasons.append(PackedSeason.of(columns_of(self._read(matches.c.from_fixtures))))
        return joined(season.played() if played else season for season in seasons)

    def season(self, division: str, season: str) -> History:
        """The matches of one season file as columns; raises BadArchive, or BadStore if unread."""
        sha256 = self.archived().get((division, season))
        if sha256 is None:
            raise BadStore(
                f"The store has no season {season} of {division}.", hint="Ingest its season file first."
            )
        return self.archive.read(sha256)

    def coming(self) -> tuple[Match, ...]:
        """The matches without a result, by day."""
        facts = [FIXTURES, *(MATCHES + division for division in BY_DIVISION)]
        return self._read_once(("coming",), facts, matches.c.home_goals.is_(None), with_prices=True)

    def recent(self, league: League) -> list[Match]:
        """The matches of the newest seasons of ``league`` (without statistics), by day."""
        return self._read(matches.c.league == league.key)

    def known(self, leagues: Sequence[str]) -> tuple[Match, ...]:
        """The matches of the newest seasons of ``leagues``, played or to come, without prices.

        The very same tuple as long as none of them changes.
        """
        with self._transaction() as connection:
            now = statements.facts(connection)
            coming = self._read_in(connection, now, ("fixtures",), [FIXTURES], matches.c.from_fixtures)
            parts = [coming, *(self._in_files(connection, now, key) for key in leagues)]
        kept = self._known.get(tuple(leagues))
        if kept is None or any(expected is not other for expected, other in zip(kept[0], parts, strict=True)):
            mine = [match for match in coming if match.league in leagues]
            kept = self._known[tuple(leagues)] = parts, tuple(chain(mine, *parts[1:]))
        return kept[1]

    def _in_files(self, connection: Connection, now: Mapping[str, str], league: str) -> tuple[Match, ...]:
        facts = [MATCHES + LEAGUE_BY_KEY[league].division]
        return self._read_in(connection, now, ("files", league), facts, _of_files(league))

    def played_since(self, day: date) -> tuple[Match, ...]:
        """The matches from ``day`` on whose result is in a season file, without prices, by day."""
        played = (matches.c.day >= day) & matches.c.home_goals.is_not(None)
        facts = [MATCHES + division for division in BY_DIVISION]
        return self._read_once(("played",), facts, played, also=day.isoformat())

    def of(self, match_ids: Sequence[str]) -> list[Match]:
        """Those of the matches that are in the tables, without prices, by day."""
        with self._transaction() as connection:
            return statements.read(connection, matches.c.id.in_(match_ids), with_prices=False)

    def team_names(self) -> dict[str, str]:
        """Team slug → name, as the newest season file spells it."""
        with self._transaction() as connection:
            return dict(connection.execute(select(teams.c.slug, teams.c.name)).all())

    def replace_season(
        self, file: SeasonFile, history: History, names: Mapping[str, str], *, accept: bool = False
    ) -> SeasonChanges:
        """Stores ``history`` as what ``file`` says (``names``: slug → name), and tells what changed.

        Raises BadSeasonFile, and changes nothing, when the file looks cut (unless ``accept``: then what
        it lacks is lost), when no club of it is known, or when a team of it is a club of another country.
        """
        league = BY_DIVISION[file.division]
        with self._transaction() as connection:
            statements.lock(connection)
            old = self._archived(statements.take_out(connection, file.division, file.season))
            read = recognise(connection, league, season=file.season, old=old, new=history, names=names)
            changes = compare(old, read.history, read.renamed)
            _refuse_unknown(file, read)
            if not accept:
                _refuse_losses(file, old, history, changes, _sealed(connection, changes.lost))
            written = self.archive.write(read.history)
            record = _recorded(file, read, written)
            connection.execute(insert(season_files).values(asdict(record)))
            statements.note_names(connection, file.division, file.season, digest(league.country))
            statements.register(connection, league, season_start_year(file.season), read.names)
            learn(connection, league.country, read.learned)
            follow(connection, changes.renamed, read.renamed)
            statements.forget_clubs(connection, read.renamed)
            newest = statements.newest_seasons(connection, file.division, SEASONS_IN_SQL)
            if file.season in newest:
                statements.write_season(connection, league, file.season, read.history, changes)
                statements.forget_seasons_but(connection, league, newest)
                statements.put(connection, MATCHES + file.division, uuid4().hex)
                statements.put(connection, FIXTURES, uuid4().hex)  # some may be in the file now
        return replace(changes, unknown=read.unknown, clubs={**read.renamed, **read.learned})

    def replace_fixtures(
        self, fixtures: Sequence[Match], names: Mapping[str, str] | None = None
    ) -> SeasonChanges:
        """Stores ``fixtures`` as all coming matches that no season file tells of; ``names``: slug → name."""
        with self._transaction() as connection:
            statements.lock(connection)
            old = columns_of(statements.read(connection, matches.c.from_fixtures))
            known, unknown = recognise_fixtures(connection, fixtures, names or {})
            coming = columns_of(still_coming(known, statements.days_met(connection, known)))
            clubs = renamed_fixtures(old, coming)
            changes = replace(compare(old, coming, clubs), clubs=clubs)
            if changes.any:
                statements.write_fixtures(connection, coming, changes)
                follow(connection, changes.renamed, clubs)
                statements.put(connection, FIXTURES, uuid4().hex)
        return replace(changes, unknown=unknown)

    def renamed(self) -> Mapping[str, str]:
        """Every id that a match was known by before → the id that it has now."""
        with self._transaction() as connection:
            return renamed_ids(connection)

    def sweep(self) -> int:
        """How many archive files were removed that no season points at any more."""
        return self.archive.sweep(set(self.archived().values()))

    def _archived(self, sha256: str | None) -> History:
        try:
            return blank(0) if sha256 is None else self.archive.read(sha256)
        except BadArchive:
            return blank(0)  # the file being read now heals it: every match counts as new

    def _read_once(
        self,
        name: tuple[object, ...],
        facts: Sequence[str],
        condition: ColumnElement[bool],
        *,
        with_prices: bool = False,
        also: str = "",
    ) -> tuple[Match, ...]:
        """``_read_in`` a transaction of its own, by the facts as they are in it."""
        with self._transaction() as connection:
            now = statements.facts(connection)
            return self._read_in(connection, now, name, facts, condition, with_prices=with_prices, also=also)

    def _read_in(
        self,
        connection: Connection,
        now: Mapping[str, str],
        name: tuple[object, ...],
        facts: Sequence[str],
        condition: ColumnElement[bool],
        *,
        with_prices: bool = False,
        also: str = "",
    ) -> tuple[Match, ...]:
        """The matches that fulfil ``condition``, by day, read again only after one of ``facts`` has changed.

        Only the newest of one ``name`` are kept; ``also`` is what else the condition is made from. ``now``
        is what the facts were before: what changes in between is read again the next time.
        """
        version = (also, *(now.get(fact) for fact in facts))
        kept = self._kept.get(name)
        if kept is None or kept[0] != version:
            rows = statements.read(connection, condition, with_prices=with_prices)
            kept = self._kept[name] = version, tuple(rows)
        return kept[1]

    def _read(self, condition: ColumnElement[bool]) -> list[Match]:
        with self._transaction() as connection:
            return statements.read(connection, condition)


@cache
def _of_files(league: str) -> ColumnElement[bool]:
    return (matches.c.league == league) & ~matches.c.from_fixtures


def _recorded(file: SeasonFile, read: Recognised, archive_sha256: str) -> SeasonFile:
    refused = {**file.refused, **refused_rows(read.unknown)}
    return replace(
        file,
        matches=len(read.history),
        refused=refused,
        archive_sha256=archive_sha256,
        ingested_at=datetime.now(UTC),
    )


def _refuse_unknown(file: SeasonFile, read: Recognised) -> None:
    if len(read.history) or not read.unknown:
        return
    name = read.unknown[0][0]
    raise BadSeasonFile(
        f"{file.division}_{file.season}.csv has no match of clubs we know: {name.name!r} ({name.reason}).",
        hint=f"Add, once it is checked: {name.alias_line}",
    )


def _refuse_losses(file: SeasonFile, old: History, new: History, changes: SeasonChanges, sealed: int) -> None:
    newest = int(new.day.max()) if len(new) else None
    if not looks_cut(old, len(new), newest, changes):
        return
    name = f"{file.division}_{file.season}.csv"
    seals = f" {sealed} predictions are sealed for them." if sealed else ""
    raise BadSeasonFile(
        f"{name} lacks {len(changes.lost)} of the {len(old)} matches stored.{seals}",
        hint="It was probably cut short: fetch it again. The stored season stays as it is. "
        "Where it is right all the same: sabiscore ingest --accept, which shows what would be lost.",
        lost=changes.lost,
    )


def _sealed(connection: Connection, match_ids: Sequence[str]) -> int:
    """How many predictions of ``match_ids`` are sealed."""
    wanted = select(func.count()).select_from(ledger).where(ledger.c.kind == "sealed")
    return sum(connection.scalar(wanted.where(ledger.c.match_id.in_(part))) or 0 for part in parts(match_ids))

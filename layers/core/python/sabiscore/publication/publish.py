"""The folder that the request path reads instead of the store: coming matches and saved states.

``coming.json`` holds ``{"digest": sha256 of the canonical text of "publication", "publication": …}``
and names the states file that belongs to it, with its hash and size. States are written first and
``coming.json`` is replaced last, so that a reader sees one whole publication or the other.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sabiscore.domain.data_kind import DataKind
from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.domain.match import Match
from sabiscore.errors import BadPublication, NothingPublished
from sabiscore.files import disk_errors, move_into_place, write_atomically
from sabiscore.publication.digest import digest_of
from sabiscore.untrusted import bytes_of, json_object, untrusted

PUBLICATION_FORMAT = 1
TRACK_RECORD_FILE = "record.json"
"""The public track record beside the publication: see ``insights.stored_track_record``."""
PUBLISH_AGAIN = "Publish again: `sabiscore run`, or `sabiscore cron stats` where sources answer."
COMING = "coming.json"
STATES_KEPT = 2
"""The states of the publication before stay, for readers that have just opened it."""


@dataclass(frozen=True, slots=True)
class PublishedStates:
    """The file of saved states that a publication names, and the SHA-256 of what it holds."""

    path: Path
    sha256: str

    @property
    def name(self) -> str:
        """What the file is called in a publication."""
        return f"states-{self.sha256[:16]}.npz"

    def read(self) -> bytes:
        """The very bytes that were published, hashed as they are read: the file may have been replaced.

        Raises BadPublication.
        """
        with untrusted(
            BadPublication, f"The saved states {self.path.name} cannot be read", hint=PUBLISH_AGAIN
        ):
            data = self.path.read_bytes()
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise _other_states(self.path)
        return data

    def are_whole(self) -> bool:
        """Whether the file still holds what was published."""
        try:
            self.read()
        except BadPublication:
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Coming matches as they were known at ``as_of``, and where the states of that instant lie.

    ``matches`` holds all by id, ``served`` those of the leagues we answer for. ``rehearsal``: the
    clock is set back to ``as_of`` and stands there. ``rosters`` maps a league's
    key to the teams known of its current season; while that is not whole, ``may_play`` has those that may
    be in it too. ``roster_sources``: league → team → the source that says so. ``renamed`` maps ids that
    matches were published under before to those they have now. ``has_record``: whether a track record was
    beside it, or something sealed in the store; None where an older build did not say.
    ``digest`` differs for every different content.
    """

    as_of: datetime
    published_at: datetime
    kind: DataKind
    rehearsal: bool
    source: str
    matches: Mapping[str, Match]
    served: Mapping[str, Match]
    rosters: Mapping[str, tuple[str, ...]]
    states: Path
    states_sha256: str
    digest: str
    may_play: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    roster_sources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    has_record: bool | None = False

    @property
    def published_states(self) -> PublishedStates:
        """The states to forecast from, by what is in them."""
        return PublishedStates(self.states, self.states_sha256)


def publish(
    folder: Path,
    matches: Iterable[Match],
    save_states: Callable[[Path], object],
    *,
    as_of: datetime,
    published_at: datetime,
    kind: DataKind,
    rehearsal: bool,
    source: str,
    rosters: Mapping[str, Sequence[str]],
    may_play: Mapping[str, Sequence[str]] | None = None,
    roster_sources: Mapping[str, Mapping[str, str]] | None = None,
    renamed: Mapping[str, str] | None = None,
    states: str | None = None,
    has_record: bool = False,
) -> Publication:
    """The publication now being served from ``folder``, replaced in one step.

    ``save_states`` writes the saved states to the path it is given, which ends in ``.npz``. It is not
    called where those called ``states`` (``states_name``) lie in ``folder`` already.
    ``has_record``: the store has sealed entries, whatever lies in ``folder``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    saved = _there(folder, states) or _put_states(folder, save_states)
    body = {
        "format": PUBLICATION_FORMAT,
        "as_of": as_of.isoformat(),
        "published_at": published_at.isoformat(),
        "kind": kind,
        "rehearsal": rehearsal,
        "source": source,
        "states": {"file": saved.name, "sha256": _sha256(saved), "bytes": saved.stat().st_size},
        "rosters": {league: list(teams) for league, teams in sorted(rosters.items())},
        "may_play": {league: list(teams) for league, teams in sorted((may_play or {}).items()) if teams},
        "roster_sources": {
            league: dict(sources) for league, sources in sorted((roster_sources or {}).items())
        },
        "renamed": dict(sorted((renamed or {}).items())),
        "has_record": has_record or _has_record(folder),
        "matches": [_plain(match) for match in matches],
    }
    whole = json.dumps({"digest": digest_of(body), "publication": body}, ensure_ascii=False, allow_nan=False)
    write_atomically(folder / COMING, whole.encode())
    _forget_old_states(folder, saved)
    return read(folder)


def read(folder: Path) -> Publication:
    """The verified publication in ``folder``.

    Raises NothingPublished where there is none, BadPublication where it is not what was written.
    """
    with untrusted(BadPublication, f"{COMING} is not a publication", hint=PUBLISH_AGAIN):
        data = bytes_of(folder / COMING)
        if data is not None:
            whole = json_object(data)
            return _verified(folder, whole["digest"], whole["publication"])
    raise NothingPublished("No matches have been published yet.", hint="Publish some with: sabiscore run")


def _has_record(folder: Path) -> bool:
    """Whether a track record lies in ``folder``, or did when it was published last."""
    if (folder / TRACK_RECORD_FILE).exists():
        return True
    try:
        return read(folder).has_record is True
    except (NothingPublished, BadPublication):
        return False


def _verified(folder: Path, digest: str, body: Mapping[str, Any]) -> Publication:
    if body["format"] != PUBLICATION_FORMAT:
        raise BadPublication(
            f"Publication format {body['format']!r} is not {PUBLICATION_FORMAT}.", hint=PUBLISH_AGAIN
        )
    if digest_of(body) != digest:
        raise BadPublication(f"{COMING} was altered after it was written.", hint=PUBLISH_AGAIN)
    matches = {match.id: match for match in map(_match, body["matches"])}
    return Publication(
        as_of=_instant(body["as_of"]),
        published_at=_instant(body["published_at"]),
        kind=body["kind"],
        rehearsal=body["rehearsal"],
        source=body["source"],
        matches=matches,
        served={key: match for key, match in matches.items() if LEAGUE_BY_KEY[match.league].served},
        rosters={league: tuple(teams) for league, teams in body["rosters"].items()},
        may_play={league: tuple(teams) for league, teams in body.get("may_play", {}).items()},
        roster_sources=body.get("roster_sources", {}),
        renamed=body.get("renamed", {}),
        states=_verified_states(folder, body["states"]),
        states_sha256=body["states"]["sha256"],
        has_record=body["has_record"] is True if "has_record" in body else None,
        digest=digest,
    )


def _verified_states(folder: Path, wanted: Mapping[str, Any]) -> Path:
    path = folder / Path(wanted["file"]).name
    try:
        good = path.stat().st_size == wanted["bytes"] and _sha256(path) == wanted["sha256"]
    except OSError:
        good = False
    if not good:
        raise _other_states(path)
    return path


def _other_states(path: Path) -> BadPublication:
    return BadPublication(f"The saved states {path.name} are not those published.", hint=PUBLISH_AGAIN)


def _plain(match: Match) -> dict[str, Any]:
    """What a coming match is, in JSON: no result, prices as [market, book, phase, odds…]."""
    return {
        "league": match.league,
        "season": match.season,
        "day": match.day.isoformat(),
        "home": match.home,
        "away": match.away,
        "leg": match.leg,
        "kickoff_at": match.kickoff_at.isoformat() if match.kickoff_at else None,
        "prices": [[*key, *odds] for key, odds in sorted(match.prices.items())],
        "lines": dict(match.lines),
        "priced_at": match.priced_at.isoformat() if match.priced_at else None,
    }


def _match(plain: Mapping[str, Any]) -> Match:
    return Match(
        league=plain["league"],
        season=plain["season"],
        day=date.fromisoformat(plain["day"]),
        home=plain["home"],
        away=plain["away"],
        leg=plain["leg"],
        kickoff_at=_instant(plain["kickoff_at"]) if plain["kickoff_at"] else None,
        prices={(market, book, phase): tuple(odds) for market, book, phase, *odds in plain["prices"]},
        lines=plain["lines"],
        priced_at=_instant(plain["priced_at"]) if plain["priced_at"] else None,
    )


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant without a time zone")
    return at


def _sha256(path: Path) -> str:
    status = path.stat()
    return _sha256_of(path, status.st_ino, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8)
def _sha256_of(path: Path, *_: int) -> str:
    """The hash of a file that is what it was: a run of a schedule asks five times for that of one file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def states_name(path: Path) -> str:
    """What the saved states at ``path`` are called in a publication.

    Raises OSError where they cannot be read.
    """
    return saved_states(path).name


def saved_states(path: Path) -> PublishedStates:
    """The states at ``path`` as they are now, to be published. Raises OSError where they cannot be read."""
    return PublishedStates(path, _sha256(path))


def _there(folder: Path, name: str | None) -> Path | None:
    """The file of the states called ``name``; None where it is not there, or not what it is called."""
    path = folder / (name or COMING)
    return path if name is not None and path.exists() and states_name(path) == name else None


def _put_states(folder: Path, save_states: Callable[[Path], object]) -> Path:
    """The file of the states, named by what is in it, so that no reader's file ever changes."""
    with disk_errors(folder / COMING), tempfile.TemporaryDirectory(dir=folder, prefix=".states-") as scratch:
        written = Path(scratch) / "states.npz"
        save_states(written)
        final = folder / states_name(written)
        move_into_place(written, final)
    return final


def _forget_old_states(folder: Path, newest: Path) -> None:
    others = [path for path in folder.glob("states-*.npz") if path != newest]
    others.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in others[STATES_KEPT - 1 :]:
        path.unlink(missing_ok=True)

"""How each source has fared: kept beside quotas and breakers, so that every process can tell."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sabiscore.clock import Clock
from sabiscore.errors import NotFound, SabiScoreError, SourceOff, Unavailable
from sabiscore.net.cas_store import CasStore, compare_and_swap
from sabiscore.sources.base import Reply

Step = Callable[["SourceHealthRecord"], "SourceHealthRecord"]

MOST_UNMATCHED = 50
LONGEST_UNMATCHED = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealthRecord:
    """Fetches and failures so far, the last of each, and what of the last good fetch was of no use.

    ``news`` is the last thing that an operator should know of its hosts: that one sends elsewhere, or that
    another stands in for it; ``news_count`` how often there was any.
    """

    fetches: int = 0
    failures: int = 0
    last_good_at: str | None = None
    last_failed_at: str | None = None
    failure: str | None = None
    refused: int = 0
    set_aside: int = 0
    unmatched: tuple[str, ...] = ()
    news: str | None = None
    news_at: str | None = None
    news_count: int = 0

    def age_s(self, now: datetime) -> float | None:
        """Seconds since the last good fetch, never negative; None when there was none."""
        if self.last_good_at is None:
            return None
        return max(0.0, (now - datetime.fromisoformat(self.last_good_at)).total_seconds())


class SourceHealth:
    """The records of all sources, in ``register``; without it nothing is recorded and nothing breaks."""

    def __init__(self, register: CasStore, clock: Clock) -> None:
        self._register = register
        self._clock = clock

    def read(self, name: str) -> SourceHealthRecord:
        """The record of the source ``name``. Raises Unavailable."""
        return _read(self._register.read(_key(name)))

    def good(self, name: str, *replies: Reply) -> None:
        """Record answers that were of use, the newest last."""
        if not replies:
            return
        now = self._clock.now().isoformat(timespec="seconds")
        refused, aside = len(replies[-1].refused), sum(replies[-1].set_aside.values())

        def step(old: SourceHealthRecord) -> SourceHealthRecord:
            fetches = old.fetches + len(replies)
            return replace(
                old, fetches=fetches, last_good_at=now, failure=None, refused=refused, set_aside=aside
            )

        self._change(name, step)

    def failed(self, name: str, error: SabiScoreError) -> None:
        """Record a failure; a source that is off, or has no such document, has not failed."""
        if isinstance(error, NotFound | SourceOff):
            return
        now = self._clock.now().isoformat(timespec="seconds")
        self._change(
            name,
            lambda old: replace(old, failures=old.failures + 1, last_failed_at=now, failure=str(error)[:300]),
        )

    def news(self, name: str, sentence: str) -> None:
        """Record that a host of the source sends elsewhere, or that another one stands in for it."""
        now = self._clock.now().isoformat(timespec="seconds")
        self._change(
            name,
            lambda old: replace(old, news=sentence[:300], news_at=now, news_count=old.news_count + 1),
        )

    def unmatched(self, name: str, names: Sequence[str]) -> None:
        """Record the aliases that the last fetch's team names lack, as lines to paste."""
        kept = tuple(sorted({text[:LONGEST_UNMATCHED] for text in names})[:MOST_UNMATCHED])
        self._change(name, lambda old: replace(old, unmatched=kept))

    def _change(self, name: str, step: Step) -> None:
        try:
            compare_and_swap(self._register, _key(name), lambda text: _text(step(_read(text))))
        except Unavailable:
            return  # how a source fared is worth less than what it said


def _key(name: str) -> str:
    return f"source:{name}"


def _text(record: SourceHealthRecord) -> str:
    return json.dumps(asdict(record), ensure_ascii=False)


def _read(text: str | None) -> SourceHealthRecord:
    """The record that ``text`` holds; an empty one for none, or for one that another version wrote."""
    try:
        fields = json.loads(text) if text else {}
        return SourceHealthRecord(**{**fields, "unmatched": tuple(fields.get("unmatched", ()))})
    except (ValueError, TypeError, AttributeError):
        return SourceHealthRecord()

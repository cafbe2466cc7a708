"""Push messages: who hears of which teams, matches and value bets, and what a notification says.

A reader's browser subscribes without a name: the endpoint at its push service is all that is known.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Protocol

from sabiscore.events.deliveries import DeliveredCounts, DeliveryPolicy
from sabiscore.events.event import Event, Goal, ScoreCorrected, ValueBetOpened

VALUE = "value"
"""The topic of value alerts."""

MOST_A_DAY = 30
"""Messages to one subscription within 24 hours; what is beyond is not sent."""
GOAL, KICKED_OFF, VALUE_BET, WELCOME = "goal", "kicked_off", "value_bet", "welcome"
LIFE = {
    GOAL: timedelta(minutes=30),
    KICKED_OFF: timedelta(minutes=15),
    VALUE_BET: timedelta(hours=1),
    WELCOME: timedelta(minutes=30),
}
"""By type, how long after its event a message is still news; the push service keeps it no longer either."""
RESPONSIBLE = "18+. Most people who bet lose money."
OUTCOMES = {"home": "Home win", "draw": "Draw", "away": "Away win", "over": "Over", "under": "Under"}
GONE = frozenset({404, 410})
"""The push service's words for a subscription that ended (RFC 8030, section 7.3)."""


def life_of(message_type: str) -> timedelta:
    """How long after its event a message is still worth sending.

    >>> life_of("kicked_off") < life_of("value_bet")
    True
    """
    return LIFE[message_type]


PUSH = DeliveryPolicy(
    kind="push",
    name="Push subscription",
    life_of=life_of,
    gone=GONE,
    receivers_at_once=32,
    deliveries_a_run=2_000,
    announces_end=False,
)
"""How push messages are delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushSubscription:
    """A browser that gets messages of ``topics``; nothing by which it could be reached is in the repr.

    ``p256dh`` and ``auth`` are the keys that a message is encrypted for, in base64 as browsers write them.
    """

    id: str
    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)
    topics: tuple[str, ...]
    created_at: datetime
    delivered_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PushMessage:
    """A notification for all that subscribed to one of ``topics``; ``body`` is the JSON that is shown."""

    id: str
    type: str
    topics: tuple[str, ...]
    event_at: datetime
    body: str


@dataclass(frozen=True, slots=True)
class MatchTeams:
    """The slugs of the two teams of a match."""

    home: str
    away: str


@dataclass(frozen=True, slots=True)
class KickOff:
    """A match that is played since ``at``, by the source that first reported it as in play."""

    match_id: str
    teams: MatchTeams
    at: datetime


class PushStore(Protocol):
    """Where messages wait for those who subscribed, and what is known of matches."""

    def enqueue(self, messages: Sequence[PushMessage]) -> None:
        """Each waits once for each subscription to one of its topics. Raises StoreUnavailable."""
        ...

    def teams_of(self, match_ids: Iterable[str]) -> Mapping[str, MatchTeams]:
        """The teams of those matches that a source has reported. Raises StoreUnavailable."""
        ...

    def kicked_off(self, since: datetime) -> Sequence[KickOff]:
        """The matches that were first reported as in play after ``since``. Raises StoreUnavailable."""
        ...


class Sender(Protocol):
    """Sends what waits."""

    def run(self) -> DeliveredCounts:
        """What came of all that was due. Raises StoreUnavailable."""
        ...

    def forget(self, before: datetime) -> int:
        """How many messages of before ``before`` are gone."""
        ...


NameOf = Callable[[str], str]
"""A team's slug → the name that readers know."""


class PushConsumer:
    """Puts goals and value bets into the queue of push messages, each once, however often it comes."""

    name = "push"
    kinds = frozenset({"goal", "score_corrected", "value_bet_opened"})
    fresh_for = max(LIFE[GOAL], LIFE[VALUE_BET])
    keeps_order = False

    def __init__(self, store: PushStore, name_of: NameOf) -> None:
        self._store = store
        self._name_of = name_of

    def take(self, events: Sequence[Event]) -> Mapping[str, str]:
        teams = self._store.teams_of(event.match_id for event in events)
        self._store.enqueue([self._message(event, teams.get(event.match_id)) for event in events])
        return {}

    def _message(self, event: Event, teams: MatchTeams | None) -> PushMessage:
        named = _named(teams, self._name_of)
        if isinstance(event, Goal | ScoreCorrected):
            return _of_score(event, teams, named)
        if isinstance(event, ValueBetOpened):
            return _of_value_bet(event, named)
        raise TypeError(f"{event.kind} is no kind of this consumer")


class PushSender:
    """Adds the kick-offs of the last minutes to what waits in ``store``, and has ``sender`` send it.

    ``require_keys`` raises BadSetting where nothing could be signed: no browser is at fault then.
    """

    def __init__(
        self,
        store: PushStore,
        sender: Sender,
        *,
        name_of: NameOf,
        now: Callable[[], datetime],
        require_keys: Callable[[], object],
    ) -> None:
        self._store = store
        self._sender = sender
        self._name_of = name_of
        self._now = now
        self._require_keys = require_keys

    def run(self) -> DeliveredCounts:
        """What came of all that was due. Raises StoreUnavailable, BadSetting."""
        self._require_keys()
        begun = self._store.kicked_off(self._now() - LIFE[KICKED_OFF])
        self._store.enqueue([_of_kick_off(each, self._name_of) for each in begun])
        return self._sender.run()

    def forget(self, before: datetime) -> int:
        """How many messages of before ``before`` are gone."""
        return self._sender.forget(before)


def subscription_id(endpoint: str) -> str:
    """The name of the subscription at ``endpoint``, which tells nothing of it.

    >>> subscription_id("https://push.example.com/a")
    'psh_6ec15ed3a4afc9c517ccf0de0c163424'
    """
    return f"psh_{sha256(endpoint.encode()).hexdigest()[:32]}"


def welcome(subscribed_at: datetime) -> PushMessage:
    """The first message of every subscription: a reader sees that they come, and a false endpoint ends.

    >>> welcome(datetime(2026, 8, 1, tzinfo=UTC)).topics
    ()
    """
    shown = {"title": "Notifications are on", "body": "They come like this.", "url": "/", "tag": WELCOME}
    return PushMessage(id=WELCOME, type=WELCOME, topics=(), event_at=subscribed_at, body=json.dumps(shown))


def _named(teams: MatchTeams | None, name_of: NameOf) -> str | None:
    return f"{name_of(teams.home)} – {name_of(teams.away)}" if teams is not None else None


def _topics(match_id: str, teams: MatchTeams | None) -> tuple[str, ...]:
    of_teams = (f"team:{teams.home}", f"team:{teams.away}") if teams is not None else ()
    return (f"match:{match_id}", *of_teams)


def _of_score(event: Goal | ScoreCorrected, teams: MatchTeams | None, named: str | None) -> PushMessage:
    home, away = event.score
    what = "Goal" if event.kind == "goal" else "Score corrected"
    body = _body(f"{what}: {home}–{away}", named or "", event.match_id, tag=event.match_id)
    return PushMessage(
        id=event.id, type=GOAL, topics=_topics(event.match_id, teams), event_at=event.at, body=body
    )


def _of_kick_off(kick_off: KickOff, name_of: NameOf) -> PushMessage:
    named = _named(kick_off.teams, name_of)
    return PushMessage(
        id=f"kick_{sha256(kick_off.match_id.encode()).hexdigest()[:32]}",
        type=KICKED_OFF,
        topics=_topics(kick_off.match_id, kick_off.teams),
        event_at=kick_off.at,
        body=_body("Kick-off", named or "", kick_off.match_id, tag=kick_off.match_id),
    )


def _of_value_bet(event: ValueBetOpened, named: str | None) -> PushMessage:
    """Its id is that of the day (UTC), so that everybody gets no more than the first of each."""
    bet = f"{OUTCOMES.get(event.outcome, event.outcome)} at {event.odds:.2f}. {RESPONSIBLE}"
    return PushMessage(
        id=f"value_{event.at.astimezone(UTC):%Y-%m-%d}",
        type=VALUE_BET,
        topics=(VALUE,),
        event_at=event.at,
        body=_body(f"Value: {named}" if named else "A value bet", bet, event.match_id, tag=VALUE),
    )


def _body(title: str, text: str, match_id: str, *, tag: str) -> str:
    """What the service worker shows; a notification replaces the one before it with the same ``tag``."""
    shown = {"title": title, "body": text, "url": f"/match/{match_id}", "tag": tag}
    return json.dumps(shown, ensure_ascii=False)

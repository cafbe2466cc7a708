"""The feature vector: its names, groups, units and schema hash, and how it is computed.

A block declares its names and computes its rows ``[k, m]`` from what was gathered before the match
and from the match's own prices. Rows are element-wise in m, so one match alone gives the same bits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sabiscore.domain.match import BOOKS, LINE_BOOKS
from sabiscore.features import market
from sabiscore.features.gathered import Gathered
from sabiscore.features.market import add, count
from sabiscore.features.poisson import outcome
from sabiscore.features.state import (
    BASE_ELO,
    FORM,
    LEAGUE,
    PAIR,
    SEEN_ALL,
    SEEN_AWAY,
    SEEN_HOME,
    SEEN_MARKET,
    SEEN_SHOTS,
    TEAM,
)
from sabiscore.features.update import ELO_SCALE
from sabiscore.history import History

Floats = npt.NDArray[np.float64]

GROUPS = (
    "ratings", "form", "fatigue", "crowd", "momentum", "head_to_head", "table",
    "market_now", "market_past", "panic",
)  # fmt: skip
BOOKS_SEEN = ("max", "b365", "ps", "bfe")
"""Books whose own prices are features; the others count in the consensus and the disagreement."""

_SEEN = [BOOKS.index(book) for book in BOOKS_SEEN]
_LINE_AVERAGE = LINE_BOOKS.index("avg")

SPEED_NAMES = ("slow", "mid", "fast")
SIDES = ("home", "away")


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the vector. ``name`` is unique and begins with its group."""

    name: str
    group: str
    unit: str


class Known:
    """All that a match's vector is computed from; what several blocks need is computed once."""

    def __init__(self, gathered: Gathered, lower: Floats, fixtures: History) -> None:
        self.teams, self.league, self.pair, self.lower = gathered.teams, gathered.league, gathered.pair, lower
        self.day = fixtures.day.astype(np.float64)
        self.season = fixtures.season.astype(np.float64)
        self.fixtures = fixtures
        seen = self.teams[TEAM["seen"]]
        self.unseen = seen == 0
        self.both_seen = np.minimum(seen[:, 0], seen[:, 1])
        self.past = self.both_seen[SEEN_MARKET] > 0
        self.rates, self.implied = self._rates()
        self.books = market.book_odds(fixtures, market.PRE)
        self.singles = market.singles(self.books)
        self.consensus = market.consensus(self.books, self.singles)
        fair = market.fair(
            np.concatenate([self.consensus[:, None], self.books[_SEEN].transpose(1, 0, 2)], axis=1)
        )
        self.now = np.log(fair[::2] / fair[1])

    def _rates(self) -> tuple[Floats, Floats]:
        """Log goal rates [3 kinds, 3 speeds, 2, m] and the log-ratios to the draw [2, 3, 3, m] they imply.

        The kinds are goals, expected goals and the market's; the last is NaN without past prices.
        """
        shape = (2, len(SPEED_NAMES), 2, -1)
        attack, defence = (
            self.teams[TEAM["attack"]].reshape(shape),
            self.teams[TEAM["defence"]].reshape(shape),
        )
        rates = np.empty((3, *attack.shape[1:]))
        rates[:2] = self.league[LEAGUE["mean"]][:, None, None] + attack - defence[:, :, ::-1]
        rates[:2, :, 0] += self.league[LEAGUE["home"]][:, None]
        rates[2] = (
            self.league[LEAGUE["market_mean"]]
            + self.teams[TEAM["market_attack"]]
            - self.teams[TEAM["market_defence"]][:, ::-1]
        )
        rates[2, :, 0] += self.league[LEAGUE["market_home"]]
        rates[2, :, :, ~self.past] = np.nan
        p_home, p_draw, p_away = outcome(*np.exp(rates).transpose(2, 0, 1, 3))
        return rates, np.log(np.stack([p_home, p_away]) / p_draw)


Rows = Callable[[Known], Sequence[Floats]]


@dataclass(frozen=True, slots=True)
class Block:
    """Features that are computed together: the arrays of ``rows(known)``, each [m] or [..., m], have
    len(names) rows in all."""

    group: str
    unit: str
    names: tuple[str, ...]
    rows: Rows


BLOCKS: list[Block] = []


def block(group: str, unit: str, *names: str) -> Callable[[Rows], Rows]:
    """Declare the features that the decorated function computes, in the order of its rows."""

    def declare(rows: Rows) -> Rows:
        BLOCKS.append(Block(group, unit, names, rows))
        return rows

    return declare


def _each(stem: str, words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{stem}_{word}" for word in words)


# -- ratings ------------------------------------------------------------------------------------

GOALS, XG, MARKET = range(3)
MID = 1
_LEVELS = ("elo_level", "attack", "attack_xg", "defence", "defence_xg")


@block(
    "ratings", "log-odds home/away",
    *_each("elo", SPEED_NAMES), *_each("elo_xg", SPEED_NAMES), *_each("pi", SPEED_NAMES),
)  # fmt: skip
def _rating_differences(known: Known) -> Sequence[Floats]:
    elo = known.teams[TEAM["elo"]].reshape(2, len(SPEED_NAMES), 2, -1)
    difference = elo[:, :, 0] - elo[:, :, 1] + known.league[LEAGUE["elo_home"]][:, None]
    pi = known.teams[TEAM["pi_home"]][:, 0] - known.teams[TEAM["pi_away"]][:, 1]
    return [difference / ELO_SCALE, pi]


@block(
    "ratings", "log-ratio to the draw",
    *(f"{kind}_{side}_{speed}" for side in SIDES for kind in ("goals", "xg") for speed in SPEED_NAMES),
)  # fmt: skip
def _rating_outcomes(known: Known) -> Sequence[Floats]:
    return [known.implied[:, : XG + 1]]


@block(
    "ratings", "Elo points over 400 or log rate",
    *(f"{name}_{side}" for name in _LEVELS for side in SIDES),
)  # fmt: skip
def _rating_levels(known: Known) -> Sequence[Floats]:
    elo = (known.teams[TEAM["elo"]][MID] - BASE_ELO) / 400.0
    rates = known.teams[TEAM["attack"].start + MID : TEAM["defence"].stop : len(SPEED_NAMES)]
    return [elo, rates]


# -- form ---------------------------------------------------------------------------------------

FORM_NAMES = tuple(f"{what}_{span}" for span in ("short", "middle", "long") for what in FORM)
_FROM_SHOTS = FORM.index("shots")


@block("form", "a match, decayed", *(f"{name}_{side}" for name in FORM_NAMES for side in SIDES))
def _form_overall(known: Known) -> Sequence[Floats]:
    form = known.teams[TEAM["form"]].reshape(-1, len(FORM), 2, len(known.day)).copy()
    form[:, :, known.unseen[SEEN_ALL]] = np.nan
    form[:, _FROM_SHOTS:, known.unseen[SEEN_SHOTS]] = np.nan
    return [form]


@block("form", "a match at this venue, decayed", *_each("home_at_home", FORM), *_each("away_away", FORM))
def _form_venue(known: Known) -> Sequence[Floats]:
    both = known.teams[TEAM["form_venue"]].reshape(2, len(FORM), 2, -1)
    form = [both[0, :, 0].copy(), both[1, :, 1].copy()]
    for side, venue in enumerate((SEEN_HOME, SEEN_AWAY)):
        form[side][:, known.unseen[venue, side]] = np.nan
        form[side][_FROM_SHOTS:, known.unseen[SEEN_SHOTS, side]] = np.nan
    return form


@block("form", "a match, home minus away, shrunk", *_each("gap", FORM))
def _form_gap(known: Known) -> Sequence[Floats]:
    middle = known.teams[TEAM["form"]][len(FORM) : 2 * len(FORM)]
    gap = middle[:, 0] - middle[:, 1]
    for rows, seen in ((slice(0, _FROM_SHOTS), SEEN_ALL), (slice(_FROM_SHOTS, None), SEEN_SHOTS)):
        matches = known.both_seen[seen]
        gap[rows] *= np.where(matches > 0, matches / (matches + 10.0), np.nan)
    return [gap]


# -- fatigue ------------------------------------------------------------------------------------

REST_LIMIT = 30.0


@block(
    "fatigue", "days or matches",
    "rest_home", "rest_away", "rest_gap",
    *(f"matches_{days}_{side}" for days in (7, 14, 30) for side in SIDES),
)  # fmt: skip
def _fatigue(known: Known) -> Sequence[Floats]:
    ago = known.day - known.teams[TEAM["recent"]]
    rest = np.minimum(ago[0], REST_LIMIT)
    counts = [count(ago <= days) for days in (7.0, 14.0, 30.0)]
    return [rest, rest[0] - rest[1], *counts]


# -- crowd --------------------------------------------------------------------------------------


@block(
    "crowd", "Elo points over 400, log rate, share or score",
    "league_elo", "league_goals", "league_rate", "league_share",
    "home_boost", "away_boost", "boost_gap", "venue_home", "venue_away",
)  # fmt: skip
def _crowd(known: Known) -> Sequence[Floats]:
    league, boost = known.league, known.teams[TEAM["boost"]]
    venue = known.teams[TEAM["pi_home"]][MID] - known.teams[TEAM["pi_away"]][MID]
    return [
        league[LEAGUE["elo_home"]][0] / 400.0,
        league[LEAGUE["mean"]][0],
        league[LEAGUE["home"]][0],
        league[LEAGUE["home_share"]][0],
        boost[0, 0],
        boost[1, 1],
        boost[0, 0] - boost[1, 1],
        *venue,
    ]


# -- momentum -----------------------------------------------------------------------------------


@block("momentum", "goals", *_each("rate", SIDES))
def _momentum_rates(known: Known) -> Sequence[Floats]:
    return [np.exp(known.rates[XG, MID])]


@block(
    "momentum", "log rate or Elo points over 400, fast minus slow",
    *_each("attack_turn", SIDES), *_each("defence_turn", SIDES), *_each("elo_turn", SIDES),
)  # fmt: skip
def _momentum_turns(known: Known) -> Sequence[Floats]:
    on_xg = len(SPEED_NAMES)
    attack, defence = known.teams[TEAM["attack"]][on_xg:], known.teams[TEAM["defence"]][on_xg:]
    elo = known.teams[TEAM["elo"]][:on_xg] / 400.0
    return [rating[2] - rating[0] for rating in (attack, defence, elo)]


@block(
    "momentum", "goals a match against expectation, decayed",
    *(
        f"{name}_{side}"
        for name in ("attack_fast", "attack_slow", "defence_fast", "defence_slow", "luck_for", "luck_against")
        for side in SIDES
    ),
)  # fmt: skip
def _momentum_surplus(known: Known) -> Sequence[Floats]:
    return [known.teams[TEAM["surplus"].start : TEAM["luck"].stop]]


@block(
    "momentum", "matches in a row, at most 10",
    *(
        f"{name}_{side}"
        for name in ("wins", "unbeaten", "winless", "scoreless", "clean_sheets")
        for side in SIDES
    ),
)  # fmt: skip
def _momentum_streaks(known: Known) -> Sequence[Floats]:
    return [np.minimum(known.teams[TEAM["streaks"]], 10.0)]


# -- head to head -------------------------------------------------------------------------------

HEAD_TO_HEAD_LIMIT_DAYS = 3000.0


@block(
    "head_to_head", "decayed count, mean of won 1 and lost −1, goals or days",
    "weight", "result", "goal_difference", "goals", "days",
)  # fmt: skip
def _head_to_head(known: Known) -> Sequence[Floats]:
    weight = known.pair[PAIR["count"]][0]
    meetings = np.where(weight > 0, weight, np.nan)
    days = known.day - known.pair[PAIR["last_day"]][0]
    return [
        weight,
        known.lower * known.pair[PAIR["result"]][0] / meetings,
        known.lower * known.pair[PAIR["goal_difference"]][0] / meetings,
        known.pair[PAIR["goals"]][0] / meetings,
        np.where(weight > 0, np.minimum(days, HEAD_TO_HEAD_LIMIT_DAYS), np.nan),
    ]


# -- table --------------------------------------------------------------------------------------

_STANDING_POINTS = 1e6


def standing(teams: Floats) -> Floats:
    """float64 [..., m]: one number that orders a table by points, goal difference and goals scored."""
    points, difference, scored = teams[TEAM["points"].start : TEAM["goals_for"].stop]
    ranked: Floats = points * _STANDING_POINTS + (difference + 500.0) * 1e3 + scored
    return ranked


@block(
    "table", "share, points or goals a match, or share of the points left",
    "progress",
    *(
        f"{name}_{side}"
        for name in ("played", "position", "points", "goal_difference", "title_gap", "fourth_gap", "drop_gap")
        for side in SIDES
    ),
)  # fmt: skip
def _table(known: Known) -> Sequence[Floats]:
    table = np.sort(known.league[LEAGUE["table"]], axis=0)[::-1]
    members = known.league[LEAGUE["members"]][0]
    under_way = (known.league[LEAGUE["season"]][0] == known.season) & (members > 4)
    rounds = 2.0 * np.where(under_way, members - 1.0, np.nan)
    played = known.teams[TEAM["season_played"]][0]
    points, difference = known.teams[TEAM["points"]][0], known.teams[TEAM["goal_difference"]][0]
    left = 3.0 * np.maximum(rounds - played, 0.0) + 3.0
    above = count(table[:, None] > standing(known.teams))
    a_match = np.where(played > 0, played, np.nan)
    gaps = np.minimum(np.maximum((points - _lines(table, members)[:, None]) / left, -2.0), 2.0)
    rows = [played[0] / rounds, played, 2.0 * above / rounds, points / a_match, difference / a_match, gaps]
    return [np.where(under_way, row, np.nan) for row in rows]


def _lines(table: Floats, members: Floats) -> Floats:
    """float64 [3, m]: points of the leader, of the fourth, and of the best of the last three."""
    last_three = np.maximum(members - 3.0, 0.0).astype(np.int64)
    lines = np.concatenate([table[:4:3], table[last_three, np.arange(table.shape[1])][None]])
    return np.floor(np.where(np.isfinite(lines), lines, 0.0) / _STANDING_POINTS)


# -- the market of past matches -----------------------------------------------------------------


@block("market_past", "flag", "present")
def _past_flag(known: Known) -> Sequence[Floats]:
    return [known.past.astype(np.float64)]


@block(
    "market_past", "log-odds or log-ratio to the draw",
    *_each("edge", SPEED_NAMES), *_each("home", SPEED_NAMES), *_each("away", SPEED_NAMES),
)  # fmt: skip
def _past_outcomes(known: Known) -> Sequence[Floats]:
    strength = known.teams[TEAM["market"]]
    edge = strength[:, 0] - strength[:, 1] + known.league[LEAGUE["market_edge"]]
    return [np.where(known.past, edge, np.nan), known.implied[:, MARKET]]


@block(
    "market_past", "log rate or log-odds",
    *_each("rate", SIDES), *_each("turn", SIDES), *_each("move", SIDES), *_each("attack", SIDES),
)  # fmt: skip
def _past_levels(known: Known) -> Sequence[Floats]:
    strength = known.teams[TEAM["market"]]
    move, attack = known.teams[TEAM["market_move"]][0], known.teams[TEAM["market_attack"]][MID]
    rows = (known.rates[MARKET, MID], strength[2] - strength[0], move, attack)
    return [np.where(known.past, row, np.nan) for row in rows]


# -- the market of this match -------------------------------------------------------------------


@block("market_now", "flag", "present", "totals_present")
def _now_flags(known: Known) -> Sequence[Floats]:
    totals = known.fixtures.totals[:, market.PRE, _LINE_AVERAGE, 0]
    return [(~np.isnan(price)).astype(np.float64) for price in (known.now[0, 0], totals)]


@block(
    "market_now", "log-ratio to the draw",
    *_each("consensus", SIDES), *(f"{book}_off_{side}" for side in SIDES for book in BOOKS_SEEN),
)  # fmt: skip
def _now_books(known: Known) -> Sequence[Floats]:
    """The consensus, and how far each book is off it: a book that goes missing then moves nothing."""
    return [known.now[:, 0], known.now[:, 1:] - known.now[:, :1]]


@block(
    "market_now", "log-odds, goals, share or count", "over", "handicap_line", "handicap", "overround", "books"
)
def _now_lines(known: Known) -> Sequence[Floats]:
    totals = known.fixtures.totals[:, market.PRE, _LINE_AVERAGE].T.astype(np.float64)
    handicap = known.fixtures.handicap[:, market.PRE, _LINE_AVERAGE].T.astype(np.float64)
    return [
        np.log(totals[1] / totals[0]),
        known.fixtures.line[:, market.PRE].astype(np.float64),
        np.log(handicap[1] / handicap[0]),
        add(1.0 / known.consensus) - 1.0,
        np.where(np.isnan(known.consensus[0]), np.nan, known.singles.many[0]),
    ]


# -- market panic -------------------------------------------------------------------------------


@block(
    "panic", "log-odds",
    "spread_home", "spread_draw", "spread_away", "best_home", "best_draw", "best_away",
    "surprise_home", "surprise_away", "against_xg_home", "against_xg_away",
)  # fmt: skip
def _panic(known: Known) -> Sequence[Floats]:
    logs = np.log(known.books)
    best = logs[market.BEST] - np.log(known.consensus)
    now = known.now[:, 0]
    surprise = [now - known.implied[:, kind, MID] for kind in (MARKET, XG)]
    return [_spread(logs[market.FIRST_BOOK :], known.singles), best, *surprise]


def _spread(logs: Floats, single: market.Singles) -> Floats:
    """float64 [3, m]: standard deviation of log prices over the books that quote; NaN with fewer than two."""
    several = np.where(single.many > 1, single.many, np.nan)
    mean = add(np.where(single.quoted, logs, 0.0)) / several
    return np.sqrt(add(np.where(single.quoted, (logs - mean) ** 2, 0.0)) / several)


# -- the whole ----------------------------------------------------------------------------------

FEATURES = tuple(
    Feature(f"{part.group}.{name}", part.group, part.unit) for part in BLOCKS for name in part.names
)
NAMES = tuple(feature.name for feature in FEATURES)
SIZE = len(FEATURES)
SCHEMA = hashlib.sha256(repr(FEATURES).encode()).hexdigest()[:16]
"""Identifies names, order, groups and units: a bundle made for another schema is refused."""

INDEX = {name: column for column, name in enumerate(NAMES)}
FLAGS = (INDEX["market_past.present"], INDEX["market_now.present"])
RATES = (INDEX["momentum.rate_home"], INDEX["momentum.rate_away"])


def columns(*groups: str) -> npt.NDArray[np.int64]:
    """The indices of the features of ``groups``, in order."""
    return np.array([i for i, feature in enumerate(FEATURES) if feature.group in groups], np.int64)


def compute(gathered: Gathered, lower: Floats, fixtures: History) -> npt.NDArray[np.float32]:
    """float32 [m, F]: the vectors of m matches; ``lower`` is 1 where home is the pair's lower team, or -1."""
    known = Known(gathered, lower, fixtures)
    rows = [row.reshape(-1, len(lower)) for part in BLOCKS for row in part.rows(known)]
    X = np.ascontiguousarray(np.concatenate(rows).T, dtype=np.float32)
    # A NaN has a sign, and which one depends on how many rows numpy worked on: keep one kind of NaN.
    X[np.isnan(X)] = np.nan
    return X


def without_odds(X: npt.NDArray[np.float32], *, past: bool = True) -> npt.NDArray[np.float32]:
    """A copy of ``X`` that does not know this match's prices; with ``past=False`` no prices at all."""
    masked = X.copy()
    masked[:, columns("market_now", "panic")] = np.nan
    masked[:, [FLAGS[1], INDEX["market_now.totals_present"]]] = 0.0
    if not past:
        masked[:, columns("market_past")] = np.nan
        masked[:, FLAGS[0]] = 0.0
    return masked

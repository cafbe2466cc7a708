"""The day-by-day replay: read every vector of a day, then apply that day's results, whole days only.

Training replays all seasons, serving reads from the last state; both go through ``match_states`` and
``vector.compute``, so that there is one code path and no way for a result to be known too early.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

import numpy as np
import numpy.typing as npt

from sabiscore.features import vector
from sabiscore.features.match_states import (
    MatchStates,
    Places,
    join_match_states,
    locate,
    match_states,
    pair_keys,
)
from sabiscore.features.observe import MatchSignals, observe
from sabiscore.features.state import (
    LEAGUE,
    PAIR,
    PAIR_ROWS,
    TABLE_SIZE,
    TEAM,
    State,
    newcomers,
    standing,
    start,
)
from sabiscore.features.strength import season_means
from sabiscore.features.update import apply_results
from sabiscore.history import Floats, History, date_of, league_key

CHUNK = 2048
"""Rows whose gathered states are turned into vectors at once; bounds the memory of a replay."""

PAIR_DECAY = 0.8


@dataclass(frozen=True, slots=True)
class Replayed:
    """``vectors`` float32 [n, F], a row for each match of ``history.in_order()`` that was wanted, and the
    state after. They lie in a file without a name, and so in memory only where somebody looks."""

    vectors: npt.NDArray[np.float32]
    state: State


def replay(
    history: History, since: State | None = None, *, wanted: npt.NDArray[np.bool_] | None = None
) -> Replayed:
    """The vectors of the matches of ``history`` and the state after its last day.

    Every match must be played. Where only some vectors are ``wanted``, bool [n] in the order of
    ``history.in_order()``, the state learns from all matches just the same. Raises ValueError when a match
    is of a day that ``since`` has already seen, or when a team plays twice on one day.
    """
    history = history.in_order()
    state = _beginning(history, since)
    places = locate(state, history)
    rows = np.arange(len(history)) if wanted is None else np.flatnonzero(wanted)
    with TemporaryFile() as file:
        for chunk, read in _play(state, history, places):
            mine = rows[np.searchsorted(rows, chunk.start) : np.searchsorted(rows, chunk.stop)]
            if len(mine):
                known = join_match_states(read).columns(mine - chunk.start)
                vector.compute(known, _lower(places.columns(mine)), history.take(mine)).tofile(file)
        return Replayed(_mapped(file, len(rows)), state)


def _mapped(file: IO[bytes], rows: int) -> npt.NDArray[np.float32]:
    """float32 [n, F]: what was written to ``file``; changes to it stay in memory."""
    shape = (rows, vector.SIZE)
    return np.asarray(np.memmap(file, np.float32, "c", shape=shape)) if rows else np.empty(shape, np.float32)


def state_after(history: History, since: State | None = None) -> State:
    """The state that ``replay`` ends with, without the vectors, a third of the work. Raises ValueError."""
    history = history.in_order()
    state = _beginning(history, since)
    for _ in _play(state, history, locate(state, history)):
        pass
    return state


def _beginning(history: History, since: State | None) -> State:
    """A working copy of ``since`` that ``history`` can be played from; raises ValueError where it cannot."""
    if not history.played.all():
        raise ValueError("only played matches can be replayed; use vectors() for the ones to come")
    if since is not None and len(history) and history.day[0] <= since.day:
        raise ValueError("the history overlaps the state; replay from an earlier checkpoint")
    _refuse_twice_a_day(history)
    return _with_room(since or start(), history)


def _play(state: State, history: History, places: Places) -> Iterator[tuple[slice, list[MatchStates]]]:
    """Lets ``state`` learn from ``history`` day by day: each chunk's rows, and its days as read before."""
    for chunk in _chunks(history.day):
        seen = observe(history.take(chunk))
        read: list[MatchStates] = []
        for rows in _days(history.day, chunk):
            _begin_seasons(state, places.columns(rows))
            read.append(match_states(state, places.columns(rows)))
            inside = slice(rows.start - chunk.start, rows.stop - chunk.start)
            _apply_day(
                state, places.columns(rows), read[-1], seen.columns(inside), int(history.day[rows.start])
            )
        yield chunk, read


def vectors(state: State, fixtures: History) -> npt.NDArray[np.float32]:
    """float32 [n, F]: the vectors of ``fixtures``, in their order, as known in ``state``.

    The same bits whether a fixture is asked for alone or among others. Nothing is changed; teams
    that ``state`` has not seen count as newcomers.
    """
    places = locate(state, fixtures)
    return vector.compute(match_states(state, places), _lower(places), fixtures)


def _refuse_twice_a_day(history: History) -> None:
    """Writing to gathered columns would drop one of two updates in silence."""
    team_days = np.sort(
        np.concatenate([history.day * np.int64(1 << 32) + side for side in (history.home, history.away)])
    )
    twice = team_days[1:][team_days[1:] == team_days[:-1]]
    if len(twice):
        day, team = divmod(int(twice[0]), 1 << 32)
        raise ValueError(f"{history.teams[team]} plays twice on {date_of(day)}")


def _lower(places: Places) -> Floats:
    """1 where home is the team of the pair with the lower column, else -1."""
    return np.where(places.teams[0] < places.teams[1], 1.0, -1.0)


def _days(day: npt.NDArray[np.int32], rows: slice) -> Iterator[slice]:
    """Slices of equal days within ``rows``; ``day`` is in order."""
    edges = np.flatnonzero(np.diff(day[rows])) + 1 + rows.start
    begin = rows.start
    for end in (*edges.tolist(), rows.stop):
        yield slice(begin, end)
        begin = end


def _chunks(day: npt.NDArray[np.int32]) -> Iterator[slice]:
    """Slices of whole days, about CHUNK rows each."""
    begin = 0
    while begin < len(day):
        last = day[min(begin + CHUNK, len(day)) - 1]
        end = int(np.searchsorted(day, last, side="right"))
        yield slice(begin, end)
        begin = end


def _with_room(since: State, history: History) -> State:
    """A working copy of ``since`` with columns for the new teams and pairs of ``history``."""
    new_teams = [team for team in history.teams if team not in since.column]
    teams = (*since.teams, *new_teams)
    column = {team: index for index, team in enumerate(teams)}
    index = np.array([column[team] for team in history.teams], np.int64)
    keys = np.union1d(since.pair_keys, pair_keys(np.stack([index[history.home], index[history.away]])))
    pair = np.zeros((PAIR_ROWS, len(keys)))
    pair[:, np.searchsorted(keys, since.pair_keys)] = since.pair
    team = np.concatenate([since.team, newcomers(len(new_teams))], axis=1)
    return State(teams=teams, team=team, league=since.league.copy(), pair_keys=keys, pair=pair, day=since.day)


def _apply_day(state: State, places: Places, before: MatchStates, seen: MatchSignals, day: int) -> None:
    """Let every rating learn from one day's results; ``before`` stays as it was read."""
    flat = places.teams.reshape(-1)
    teams, league = before.teams.copy(), places.league
    moves = apply_results(teams, before, seen, float(day))
    starts = np.flatnonzero(np.diff(league, prepend=-1))
    state.league[: len(moves), league[starts]] += np.add.reduceat(moves, starts, axis=1)
    _give_slots(state, places, teams)
    state.team[:, flat] = teams.reshape(len(teams), -1)
    slots = teams[TEAM["slot"].start].astype(np.int64)
    state.league[LEAGUE["table"].start + slots, league] = standing(teams)
    state.pair[:, places.pair] = _meet(before.pair, seen, _lower(places), float(day))
    state.day = day


def _begin_seasons(state: State, places: Places) -> None:
    """Begin a new table in each league whose season is another; no vector shows a table without matches."""
    table, league = state.league, places.league
    fresh = league[table[LEAGUE["season"].start, league] != places.season]
    if len(fresh):
        table[LEAGUE["shots_before"], fresh] = season_means(table[:, fresh])
        for row, empty in (("shots", 0.0), ("shot_sides", 0.0), ("members", 0.0), ("table", -np.inf)):
            table[LEAGUE[row], fresh] = empty
        table[LEAGUE["season"].start, league] = places.season


def _give_slots(state: State, places: Places, teams: Floats) -> None:
    """Give each team that is new in its season a slot of its league's table."""
    table, league = state.league, places.league
    slots = teams[TEAM["slot"].start]
    for side, column in zip(*np.nonzero(slots < 0), strict=True):
        members = int(table[LEAGUE["members"].start, league[column]])
        if members == TABLE_SIZE:
            raise ValueError(f"more than {TABLE_SIZE} teams in one season of {league_key(league[column])}")
        slots[side, column] = members
        table[LEAGUE["members"].start, league[column]] = members + 1


def _meet(pair: Floats, seen: MatchSignals, lower: Floats, day: float) -> Floats:
    """The head-to-head columns after one more meeting, seen from the pair's lower team."""
    met = pair * PAIR_DECAY
    lead = seen.goals[0] - seen.goals[1]
    met[PAIR["count"]] += 1.0
    met[PAIR["result"]] += lower * np.sign(lead)
    met[PAIR["goal_difference"]] += lower * lead
    met[PAIR["goals"]] += seen.goals[0] + seen.goals[1]
    met[PAIR["last_day"]] = day
    return met

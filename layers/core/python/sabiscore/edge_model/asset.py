"""The edge model: all that the insight about any unscheduled pairing is made from, in one file.

A pairing that is in no calendar has no prices and no kick-off, and is forecast as if played on the day of the
publication. So whatever follows from a team, a league or the bundle alone is computed here, and
``functions/edge/model`` only puts two teams together: vector, graph, goals, document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date
from typing import TYPE_CHECKING, Any

from sabiscore.domain.league import BIG_FIVE, LEAGUE_BY_KEY
from sabiscore.domain.match import Match, season_on, season_start_year
from sabiscore.edge_model.constants import constants, layout
from sabiscore.edge_model.league_states import league_states
from sabiscore.edge_model.packed import Packed
from sabiscore.edge_model.texts import texts
from sabiscore.identity.clubs import display_name
from sabiscore.identity.matchups import places_of, spellings_of
from sabiscore.insights import background, compose, divergence, forecast, reasons
from sabiscore.insights.time_bucket import ttl_s

if TYPE_CHECKING:
    from sabiscore.features.state import State
    from sabiscore.history import Array
    from sabiscore.insights.answers.current_answers import CurrentAnswers
    from sabiscore.insights.production import ServedModel
    from sabiscore.publication.club_forms import ClubForm

FORMAT = 2


def edge_model(
    current: CurrentAnswers,
    model: ServedModel,
    state: State,
    graph: Packed,
    forms: Mapping[str, Mapping[str, ClubForm] | str],
) -> Packed:
    """What is published, by ``model`` with its compiled ``graph``, from the published ``state``.

    ``forms``: league key → the form of its clubs, or why it is not known. Leagues with fewer than two teams
    are left out.
    """
    day = current.publication.as_of.astimezone(UTC).date()
    rosters = {league: sorted(set(teams)) for league, teams in current.rosters.items() if len(set(teams)) > 1}
    arrays: dict[str, Array] = {**graph.arrays, **_calibration_inputs(model), "baseline": model.baseline}
    leagues = {}
    for league, teams in rosters.items():
        states = league_states(state, league, teams, day)
        arrays |= {
            f"team/{league}": states.team,
            f"league/{league}": states.league,
            f"pair/{league}": states.pair,
        }
        said = texts(current, model, league, states.teams, forms.get(league, compose.NO_FORMS))
        arrays |= {name: _bytes(text) for name, text in said.items()}
        leagues[league] = league_header(league, states.teams, current.publication.served.values())
    return Packed(
        {**_header(current, model, graph, day), "leagues": leagues, "words": _words(leagues)}, arrays
    )


def vector_header(day: date) -> dict[str, Any]:
    """What the edge needs to know of ``day`` and of this code to compute vectors."""
    from sabiscore.features import vector
    from sabiscore.history import day_number

    groups = {group: vector.columns(group).tolist() for group in vector.GROUPS}
    return {
        "day_number": day_number(day),
        "season": season_start_year(season_on(day)),
        "features": {
            "size": vector.SIZE,
            "groups": {group: [columns[0], columns[-1] + 1] for group, columns in groups.items()},
            "zero": [column for column, feature in enumerate(vector.FEATURES) if feature.unit == "flag"],
            "flags": vector.FLAGS,
        },
        "layout": layout(),
        "constants": constants(),
    }


def league_header(league: str, teams: Sequence[str], coming: Iterable[Match] = ()) -> dict[str, Any]:
    """The ``teams`` of ``league`` by their indices, and which of them meet in ``coming``."""
    place = {team: index for index, team in enumerate(teams)}
    pairs = {(match.home, match.away) for match in coming if match.league == league}
    return {
        "teams": [{"key": team, "name": display_name(team)} for team in teams],
        "scheduled": sorted([place[h], place[a]] for h, a in pairs if h in place and a in place),
        "has_lines": LEAGUE_BY_KEY[league] in BIG_FIVE,
    }


def _header(current: CurrentAnswers, model: ServedModel, graph: Packed, day: date) -> dict[str, Any]:
    from sabiscore.features import vector

    publication, live = current.publication, current.live
    return {
        **vector_header(day),
        "format": FORMAT,
        "schema": vector.SCHEMA,
        "publication": publication.digest,
        "version": model.version,
        "as_of": publication.as_of.isoformat(),
        "rehearsal": publication.rehearsal,
        "day": day.isoformat(),
        "graph": dict(graph.header),
        "live": None if live.is_identity else {"matrix": live.matrix, "bias": live.bias},
        "taken_away": forecast.TAKEN_AWAY,
        "market": [*forecast.MARKET_NOW, *forecast.MARKET_PAST],
        "reasons": {
            "titles": reasons.TITLES,
            "most": reasons.MOST_REASONS,
            "least": reasons.LEAST_SHIFT,
        },
        "levels": background.LEVEL_TITLES,
        "ranges_normal": divergence.NORMAL_90,
        "grid": {"top": compose.TOP_SCORES, "size": compose.GRID_SIZE},
        "publication_life_s": compose.PUBLICATION_LIFE.total_seconds(),
        "document_life_s": ttl_s(None, publication.as_of),
    }


def _calibration_inputs(model: ServedModel) -> dict[str, Array]:
    """The bundle's own calibration in place of the graph's defaults, as ``OnnxModel`` feeds it."""
    import numpy as np

    calibration = model.calibration
    return {
        "calibration_matrix": np.array(calibration.matrix, np.float32),
        "calibration_bias": np.array([calibration.bias], np.float32),
    }


def _words(leagues: Mapping[str, Mapping[str, Any]]) -> dict[str, list[tuple[str, int]]]:
    """Every spelling of a team as a slug → where it plays: a league and the team's index in it."""
    rosters = {league: [team["key"] for team in known["teams"]] for league, known in leagues.items()}
    words = {
        word for league, teams in rosters.items() for team in teams for word in spellings_of(league, team)
    }
    found = {word: places_of(word, rosters) for word in sorted(words)}
    return {
        word: [(league, rosters[league].index(team)) for league, team in all_] for word, all_ in found.items()
    }


def _bytes(text: str) -> Array:
    import numpy as np

    return np.frombuffer(text.encode(), np.uint8)

"""Goals out of what several sources say of one match, each late in its own way."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as some

from sabiscore.events.scores import AcceptedScore, ReportedScore, Score, after, scored
from tests.support.sample_events import AT

MATCH = "epl-2526-arsenal-chelsea"


def goals_of(*scores: tuple[str, Score], is_final: bool = False) -> list[tuple[str, Score, int]]:
    """Kind, score and number of corrections of each event, of what sources say one after the other.

    ``is_final``: the last of it is the result.
    """
    last: dict[str, Score] = {}
    seen = []
    for number, (source, score) in enumerate(scores, start=1):
        final = is_final and number == len(scores)
        seen.append(
            ReportedScore(
                match_id=MATCH,
                source=source,
                at=AT + timedelta(minutes=number),
                score=score,
                before=last.get(source),
                is_final=final,
            )
        )
        last[source] = score
    return [(event.kind, event.score, event.corrections) for event in scored(AcceptedScore((0, 0)), seen)]


def test_a_goal_is_reported_once_however_many_report_it() -> None:
    assert goals_of(("fast", (1, 0)), ("slow", (0, 0)), ("slow", (1, 0)), ("fast", (1, 0))) == [
        ("goal", (1, 0), 0)
    ]


def test_several_goals_since_anybody_looked_are_one_event() -> None:
    assert goals_of(("fast", (2, 1))) == [("goal", (2, 1), 0)]


def test_a_goal_that_is_taken_away_and_scored_again_is_another_goal() -> None:
    assert goals_of(("fast", (1, 0)), ("fast", (0, 0)), ("fast", (1, 0))) == [
        ("goal", (1, 0), 0),
        ("score_corrected", (0, 0), 0),
        ("goal", (1, 0), 1),
    ]


def test_a_goal_given_to_the_other_side_is_a_correction() -> None:
    assert goals_of(("fast", (1, 0)), ("fast", (0, 1))) == [
        ("goal", (1, 0), 0),
        ("score_corrected", (0, 1), 0),
    ]


def test_a_source_that_is_behind_takes_no_goal_away() -> None:
    assert goals_of(("fast", (2, 0)), ("slow", (0, 0)), ("slow", (1, 0)), ("slow", (2, 0))) == [
        ("goal", (2, 0), 0)
    ]


def test_the_result_counts_whoever_tells_it() -> None:
    assert goals_of(("fast", (2, 0)), ("slow", (1, 0)), is_final=True) == [
        ("goal", (2, 0), 0),
        ("score_corrected", (1, 0), 0),
    ]


@given(some.lists(some.tuples(some.sampled_from(["a", "b"]), some.tuples(*[some.integers(0, 3)] * 2))))
def test_the_events_are_a_chain_without_gaps_or_doubles(scores: list[tuple[str, Score]]) -> None:
    last: dict[str, Score] = {}
    seen = []
    for source, score in scores:
        seen.append(ReportedScore(match_id=MATCH, source=source, at=AT, score=score, before=last.get(source)))
        last[source] = score
    believed = AcceptedScore((0, 0))
    events = scored(believed, seen)
    for event in events:
        assert (event.before, event.corrections) == (believed.score, believed.corrections)
        assert event.score != event.before
        believed = after(event)
    assert len({event.id for event in events}) == len(events)
    # From memory alone, one by one, as over many runs, comes the same.
    one_by_one, then = [], AcceptedScore((0, 0))
    for item in seen:
        for event in scored(then, [item]):
            one_by_one.append(event)
            then = after(event)
    assert one_by_one == events

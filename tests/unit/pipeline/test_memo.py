"""What is kept between runs is given again by equal facts, and forgotten with them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sabiscore.pipeline.memo import MemoEach

FACTS = st.dictionaries(st.sampled_from("abc"), st.tuples(st.integers(0, 2), st.integers(0, 2)))


@given(st.lists(FACTS, max_size=6))
def test_each_is_made_anew_only_when_its_own_facts_are_others_than_the_last_time(rounds):
    kept, made, before = MemoEach(), [], {}

    def pair(first, other):
        made.append((first, other))
        return [first, other]

    for facts in rounds:
        made.clear()
        assert kept.all(facts, pair) == [list(of) for of in facts.values()]
        assert made == [of for name, of in facts.items() if before.get(name) != of]
        before = facts


def test_what_is_given_again_is_the_very_same():
    kept = MemoEach()
    (first,) = kept.all({"a": ([1.0],)}, lambda odds: {"odds": odds})
    (again,) = kept.all({"a": ([1.0],)}, lambda odds: {"odds": odds})
    assert again is first

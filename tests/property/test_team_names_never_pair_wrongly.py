"""However a name is shuffled or edited, it is its own team or none (N7)."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sabiscore.identity.names import core
from sabiscore.identity.slugs import slug
from sabiscore.identity.spellings import spellings
from sabiscore.identity.teams import Teams, Unmatched
from tests.support.examples import examples
from tests.support.rosters import country_of, some_rosters

ROSTERS = some_rosters()
FINDER = Teams("betfair.com", ROSTERS)
NAMES = sorted(
    (league, season, word, team)
    for (league, season), roster in ROSTERS.items()
    for word, team in {
        **spellings("betfair.com", country_of(league)),
        **{team: team for team in roster},
    }.items()
    if team in roster
)


def means(league: str, word: str) -> set[str]:
    """The clubs that some spelling of the country says by these very words, noise left out."""
    written = spellings("betfair.com", country_of(league))
    every = {**{team: team for (key, _), teams in ROSTERS.items() if country_of(key) == country_of(league)
                for team in teams}, **written}  # fmt: skip
    return {team for form, team in every.items() if form == word or core(form) == core(word)}


@settings(max_examples=examples(1_000))
@given(name=st.sampled_from(NAMES), data=st.data())
def test_shuffled_words_are_the_same_team_or_none(name, data):
    league, season, word, team = name
    shuffled = "-".join(data.draw(st.permutations(word.split("-"))))
    assume(shuffled == word or not means(league, shuffled) - {team})
    found = FINDER.find(league, season, shuffled)
    assert found == team or (isinstance(found, Unmatched) and shuffled != word)


@settings(max_examples=examples(2_000))
@given(name=st.sampled_from(NAMES), data=st.data())
def test_edited_names_are_the_same_team_or_none(name, data):
    league, season, word, team = name
    letters = list(word)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(letters) - 1))
        letters[at : at + data.draw(st.integers(0, 2))] = data.draw(
            st.text("abcdefghilmnorstu -", max_size=2)
        )
        assume(letters)
    edited = slug("".join(letters))
    assume(not means(league, edited) - {team})  # another club's very name
    found = FINDER.find(league, season, edited)
    assert found == team or isinstance(found, Unmatched)


@settings(max_examples=examples(1_000))
@given(name=st.text(max_size=80), league=st.sampled_from(sorted(ROSTERS)))
def test_any_text_is_a_team_by_its_words_or_none(name, league):
    found = FINDER.find(*league, name)
    assert isinstance(found, Unmatched) or found in means(league[0], slug(name))


@settings(max_examples=examples(500))
@given(
    name=st.sampled_from(NAMES),
    mark=st.sampled_from(
        ["b", "ii", "iii", "u23", "u21", "u19", "women", "reserves", "castilla", "futuro", "2"]
    ),
)
def test_a_second_or_younger_team_is_never_the_first(name, mark):
    league, season, word, team = name
    found = FINDER.find(league, season, f"{word} {mark}")
    assert isinstance(found, Unmatched) or found != team or means(league, slug(f"{word} {mark}")) == {team}

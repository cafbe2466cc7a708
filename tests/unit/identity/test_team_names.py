"""Names of teams: never a wrong pair (N7)."""

from __future__ import annotations

import csv
import tomllib
from importlib.resources import files

import pytest

from sabiscore.domain.league import BY_DIVISION
from sabiscore.identity import names as names_module
from sabiscore.identity.clubs import clubs, clubs_of
from sabiscore.identity.names import core, team_slug
from sabiscore.identity.slugs import slug
from sabiscore.identity.spellings import READERS, TABLES, common, spellings, table
from sabiscore.identity.teams import Teams, Unmatched
from sabiscore.sources.football_data_live import FootballDataLive
from tests.support.provider_replies import CASES, data_folder, real_cases
from tests.support.rosters import country_of, real_rosters, some_rosters

SEASON = "3132"
PROVIDERS = tuple(TABLES)
COUNTRIES = ("belgium", "england", "france", "germany", "greece", "italy", "netherlands", "portugal",
             "scotland", "spain", "turkey")  # fmt: skip

UNDERSTOOD = """
epl Manchester City = man-city | epl Manchester United = man-united | epl Man Utd = man-united
epl Brighton & Hove Albion FC = brighton | epl Nottingham Forest = nottm-forest
epl AFC Bournemouth = bournemouth
epl Sheffield United = sheffield-united | epl Sheffield Wednesday = sheffield-weds
epl Sheff Wed = sheffield-weds
epl Wolverhampton Wanderers = wolves | championship Queens Park Rangers = qpr | championship Hull City = hull
laliga Real Madrid CF = real-madrid | laliga Real Sociedad = sociedad | laliga Real Betis Balompié = betis
laliga Real Valladolid = valladolid | laliga Athletic Club = ath-bilbao | laliga Athletic Bilbao = ath-bilbao
laliga Atlético de Madrid = ath-madrid | laliga Espanyol = espanol | laliga Deportivo La Coruña = la-coruna
segunda Real Sociedad B = sociedad-b | segunda Barcelona Atlètic = barcelona-b | segunda Real Murcia = murcia
bundesliga 1. FC Köln = fc-koln | bundesliga FC Cologne = fc-koln | bundesliga 1. FC Nuernberg = nurnberg
bundesliga Borussia Mönchengladbach = mgladbach | bundesliga Eintracht Frankfurt = ein-frankfurt
bundesliga 1. FSV Mainz 05 = mainz | bundesliga FC Bayern München = bayern-munich
bundesliga-2 FSV Frankfurt = frankfurt-fsv | bundesliga-2 TSV 1860 München = munich-1860
serie-a Inter Milan = inter | serie-a AC Milan = milan | serie-a Internazionale = inter
serie-a Milan = milan
serie-a Hellas Verona = verona | serie-b Chievo Verona = chievo | serie-a SPAL 2013 = spal
serie-b Reggina = reggina | serie-b Reggiana = reggiana
ligue-1 Paris FC = paris-fc | ligue-1 Paris Saint-Germain = paris-sg | ligue-1 GFC Ajaccio = ajaccio-gfco
ligue-1 AC Ajaccio = ajaccio | ligue-1 SC Bastia = bastia | ligue-2 CA Bastia = ca-bastia
ligue-1 AS Saint-Étienne = st-etienne
scottish-premiership Dundee = dundee | scottish-premiership Dundee FC = dundee
scottish-premiership Dundee Utd = dundee-united | scottish-premiership Heart of Midlothian = hearts
super-league AEK Athens FC = aek | super-league AEL = larisa | super-league Olympiacos Piraeus = olympiakos
"""
REFUSED = """
epl Manchester | epl United | epl City | epl Sheffield | epl Man | epl Liverpool U21 | epl Arsenal Women
epl Everton II | epl Stoke City | epl Coventry | championship Manchester City | championship Bristol
laliga Real | laliga Madrid | laliga Athletic | laliga Real Madrid Castilla | laliga Real Sociedad B
laliga Barcelona B | laliga Atlético Madrid B | laliga Bilbao Athletic | laliga Sevilla Atlético
segunda Real Sociedad | segunda Barcelona | segunda Real Madrid | segunda Sporting
bundesliga Borussia | bundesliga Eintracht | bundesliga Bayern Munich II | bundesliga Borussia Dortmund II
bundesliga 1860 Munich | bundesliga FSV Frankfurt | bundesliga Union
serie-a Milan Futuro | serie-a Juventus Next Gen | serie-a Chievo Verona | serie-a Atalanta U23
serie-b Regina | serie-b Reggianna | serie-b Catanaro
ligue-1 Paris | ligue-1 CA Bastia | ligue-2 Red Star Belgrade
scottish-premiership United | super-league AE | super-league Athens
"""


def pairs(text: str) -> list[tuple[str, ...]]:
    cells = [cell.strip() for line in text.strip().splitlines() for cell in line.split("|")]
    return [(*cell.split(" = ")[0].split(" ", 1), *cell.split(" = ")[1:]) for cell in cells]


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(("league", "name", "team"), pairs(UNDERSTOOD), ids=str)
def test_usual_spellings_are_understood_of_every_provider(provider, league, name, team):
    assert Teams(provider, some_rosters()).find(league, SEASON, name) == team


@pytest.mark.parametrize(("league", "name"), pairs(REFUSED), ids=str)
def test_what_could_be_another_team_is_refused(league, name):
    for provider in PROVIDERS:
        found = Teams(provider, some_rosters()).find(league, SEASON, name)
        assert isinstance(found, Unmatched), found
        assert found.reason


@pytest.mark.parametrize(
    "name", ["", "!!!", "Ολυμπιακός", "a" * 10_000, "-".join("ab" * 500), "<b>Arsenal</b>"]
)
def test_names_that_say_nothing_are_refused(name):
    assert isinstance(Teams("espn.com", some_rosters()).find("epl", SEASON, name), Unmatched)


def test_an_unmatched_name_comes_with_its_alias_line():
    found = Teams("betfair.com", some_rosters()).find("epl", SEASON, "Sheffield Wednes.")
    assert isinstance(found, Unmatched)
    assert found.candidates[0] == "sheffield-weds"
    line, _, comment = found.alias_line.partition("  # ")
    assert tomllib.loads(line) == {"sheffield-wednes": "sheffield-weds"}
    assert comment.startswith("aliases/betfair.toml [england]")


def test_every_provider_has_its_table():
    names = {case.provider.name for case in CASES} | {FootballDataLive.name, "opta"}
    assert names == set(TABLES)
    with pytest.raises(ValueError, match="no table of names"):
        Teams("made-up.com", some_rosters())


def test_an_unknown_season_is_said():
    found = Teams("espn.com", some_rosters()).find("epl", "9900", "Arsenal")
    assert isinstance(found, Unmatched)
    assert found.reason == "no teams are known of this season"


def test_what_one_provider_writes_is_not_understood_of_another():
    rosters = some_rosters()
    assert Teams("betfair.com", rosters).find("epl", SEASON, "C Palace") == "crystal-palace"
    assert isinstance(Teams("espn.com", rosters).find("epl", SEASON, "C Palace"), Unmatched)


def test_a_club_that_left_takes_nobody_elses_place():
    rosters = {("serie-a", SEASON): frozenset({"milan", "juventus"})}
    assert isinstance(Teams("espn.com", rosters).find("serie-a", SEASON, "Inter Milan"), Unmatched)
    rosters = {("ligue-1", SEASON): frozenset({"paris-sg", "bastia"})}
    for name in ("Paris FC", "CA Bastia", "Paris"):
        assert isinstance(Teams("espn.com", rosters).find("ligue-1", SEASON, name), Unmatched)


def test_the_tables_hold_each_word_once():
    words = {slug(word) for club in clubs().values() for word in (club.name, *club.words, *club.nicknames)}
    text = files("sabiscore.identity").joinpath("aliases", "spellings.toml").read_text("utf-8")
    for country, by_club in tomllib.loads(text).items():
        written = [slug(spelling) for spellings in by_club.values() for spelling in spellings]
        assert len(written) == len(set(written)), country
        shared = {word for word in written if word in words}
        nicknames = {slug(word) for club in clubs().values() for word in club.nicknames}
        assert not shared - nicknames, (country, shared)
        assert not set(written) & set(table("football_data").get(country, {})), country


@pytest.mark.parametrize("name", sorted(set(TABLES.values())))
def test_a_providers_own_table_says_nothing_that_all_may_write(name):
    for country, words in table(name).items():
        assert not set(words) & set(common(country)), country
        assert all(slug(word) == word for word in words)


def test_readers_and_providers_never_mean_two_clubs_by_one_word():
    for country in COUNTRIES:
        words = spellings(READERS, country)
        for provider in PROVIDERS:
            for word, team in spellings(provider, country).items():
                assert words[word] == team, (country, word)


def test_every_alias_means_a_club_that_we_know():
    for country in COUNTRIES:
        for provider in PROVIDERS:
            local = {*common(country).values(), *table(TABLES[provider]).get(country, {}).values()}
            assert local <= clubs_of(country), country


@pytest.mark.skipif(not real_rosters(), reason="slugs of real seasons are needed")
def test_every_club_that_has_played_is_known():
    for (league, season), roster in real_rosters().items():
        assert roster <= clubs_of(country_of(league)), (league, season)


@pytest.mark.skipif(not real_rosters(), reason="SOME above stands in for real seasons")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_spelling_is_its_club_in_every_season_it_played_in(provider):
    """N7: at least 10,000 names of 450 league-seasons for each provider."""
    rosters, right = real_rosters(), 0
    assert len(rosters) >= 30
    finder = Teams(provider, rosters)
    for country in COUNTRIES:
        written = spellings(provider, country)
        for league, season in [season for season in rosters if country_of(season[0]) == country]:
            roster = rosters[league, season]
            for word, team in written.items():
                if team in roster and word not in roster:
                    assert finder.find(league, season, word) == team, (league, season, word)
                    right += 1
    assert right > 10_000


@pytest.mark.skipif(not real_rosters(), reason="SOME above stands in for real seasons")
def test_with_each_spelling_hidden_in_turn_no_pair_is_wrong(monkeypatch):
    """N7: a table that lacks a name makes it unmatched, or finds its club all the same."""
    recent = {
        (league, season): teams for (league, season), teams in real_rosters().items() if "21" < season < "25"
    }
    assert len(recent) >= 30
    found_all_the_same = 0
    for country in COUNTRIES:
        seasons = {season: teams for season, teams in recent.items() if country_of(season[0]) == country}
        written = spellings("betfair.com", country)
        for word, team in written.items():
            blind = {other: club for other, club in written.items() if other != word}
            monkeypatch.setattr(names_module, "spellings", lambda *_, blind=blind: blind)
            finder = Teams("betfair.com", seasons)
            for league, season in seasons:
                found = finder.find(league, season, word)
                assert isinstance(found, Unmatched) or found in (team, word), (league, season, word, found)
                found_all_the_same += isinstance(found, str)
            monkeypatch.undo()
    assert found_all_the_same > 300


@pytest.mark.skipif(data_folder() is None, reason="the mapping of real names is needed")
def test_every_name_in_the_table_of_understat_is_its_team():
    """N7: 684 names of 35 league-seasons against the mapping that came with the data."""
    folder, names = data_folder(), set()
    assert folder is not None
    with (folder / "understat/understat_matches.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            league = BY_DIVISION.get(row["div"])
            for side in ("home", "away") if league else ():
                assert league is not None
                team = team_slug(row["fd_" + side], league.country)
                names.add((league.key, row["season"], row[side], team))
    assert len({(league, season) for league, season, _, _ in names}) >= 30
    for finder in [Teams(provider, real_rosters()) for provider in PROVIDERS]:
        for league, season, name, team in sorted(names):
            assert finder.find(league, season, name) == team, (finder.provider, name)


@pytest.mark.skipif(data_folder() is None, reason="the made-up names above stand in for those of samples")
def test_names_in_the_samples_of_providers_are_their_teams_or_listed():
    meant = {"Arsenal": "arsenal", "Fulham": "fulham", "Coventry City": "coventry"}
    meant |= {"Manchester United": "man-united", "Newcastle": "newcastle", "Liverpool": "liverpool"}
    rosters = {("epl", SEASON): frozenset(meant.values())}
    checked = 0
    for case in real_cases():
        reply = case.parse()
        named = {event.home for event in reply.events} | {event.away for event in reply.events}
        named |= {fact.team for fact in reply.facts if hasattr(fact, "team")}
        for name in named:
            found = Teams(case.provider.name, rosters).find("epl", SEASON, name)
            assert isinstance(found, Unmatched) if name not in meant else found == meant[name]
            checked += 1
    assert checked >= 10


def test_the_words_of_a_name_keep_their_order():
    assert core("bilbao-athletic") != core("athletic-bilbao")

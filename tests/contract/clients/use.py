"""Asks the API at the address given with the client that was generated from its document."""

import sys

from sabi_score_edge_client import Client
from sabi_score_edge_client.api.insights import get_insight, post_insight
from sabi_score_edge_client.api.matches import get_leagues, get_matches
from sabi_score_edge_client.models import Insight, LeagueList, MatchList, Matchup, Problem

with Client(base_url=sys.argv[1]) as client:
    insight = get_insight.sync("epl-2526-arsenal-chelsea", client=client)
    assert isinstance(insight, Insight)
    chances = insight.probabilities
    assert abs(chances.home + chances.draw + chances.away - 1) < 1e-6
    asked = post_insight.sync(client=client, body=Matchup(matchup="spurs v man utd"))
    assert isinstance(asked, Insight)
    assert (asked.match.id, asked.match.home.key, asked.match.scheduled) == (None, "tottenham", False)
    matches = get_matches.sync(client=client, league="epl")
    assert isinstance(matches, MatchList)
    assert matches.count == len(matches.matches) > 0
    assert isinstance(get_leagues.sync(client=client), LeagueList)
    missing = get_insight.sync("epl-2526-nowhere-elsewhere", client=client)
    assert isinstance(missing, Problem)
    assert (missing.status, missing.type_) == (404, "/docs#problem-unknown-match")
    print("used")

#!/usr/bin/env bash
# soccerdata 2026.43.0 says that every match of a season without kick-off times began at 12:00.
#
# Expected: football-data.co.uk writes a Time column since 2019/20 only. For older seasons, and for single matches whose
#   cell is empty, MatchHistory.read_games() should give the date alone or a time that is marked as unknown.
# Seen: the missing time is filled in as the text 12:00 before date and time are parsed. The result is an ordinary
#   timestamp; nothing tells it from a real noon kick-off, and the column "time" is dropped. The time is London's
#   besides, without a zone.
# Cost: whole seasons look like early kick-offs. Hours of rest, the order of matches within a day and joins with another
#   provider by instant are wrong in silence.
# Instead: use .dt.date alone for seasons before 2019/20, or read the column Time of the cached file yourself.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check soccerdata==2026.43.0 pandas==3.1.1
export SOCCERDATA_DIR="$work/soccerdata" SOCCERDATA_LOGLEVEL=ERROR
mkdir -p "$SOCCERDATA_DIR/data/MatchHistory"
# What the library would have downloaded; it reads its cache first for seasons that are over.
cat > "$SOCCERDATA_DIR/data/MatchHistory/E0_0304.csv" <<'CSV'
Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,FTR
E0,16/08/03,Ashford,Brigg,1,0,H
E0,17/08/03,Cromer,Deal,1,1,D
CSV
cat > "$SOCCERDATA_DIR/data/MatchHistory/E0_2122.csv" <<'CSV'
Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR
E0,14/08/2021,12:00,Ashford,Brigg,1,0,H
E0,15/08/2021,,Cromer,Deal,1,1,D
CSV
cat > "$work/finding.py" <<'PY'
import sys
from importlib.metadata import version

import soccerdata

# The constructor fetches a TLS library that reading the cache does not need.
soccerdata.MatchHistory._init_session = lambda self, *_: None

print(f"soccerdata {version('soccerdata')}")
seen = []
for season, known in (("0304", "none, none"), ("2122", "12:00, none")):
    matches = soccerdata.MatchHistory("ENG-Premier League", season).read_games().sort_values("date")
    times = ", ".join(matches["date"].dt.strftime("%H:%M"))
    print(f"season {season}: times in the file: {known}; expected the same; seen {times}")
    seen += [times, "time" in matches.columns]
still = seen == ["12:00, 12:00", False] * 2
sys.exit(None if still else "Changed: this finding no longer holds.")
PY
"$work/venv/bin/python" "$work/finding.py"

#!/usr/bin/env bash
# csvkit 2.2.0 (agate 1.14.2) reads a file of match results as booleans, American dates and minutes.
#
# Expected: csvjson keeps numbers as numbers; its type inference makes a column a date or a number where it is one.
# Seen: a column of goals or red cards that holds only 0 and 1 becomes false and true (Boolean is tried before
#   Number); 05/08/2023, the fifth of August in every British file, becomes 2023-05-08; a kick-off at 15:00 becomes
#   a duration of fifteen minutes. One row more (a third goal, the 23rd of a month) and the same column is a number
#   or plain text again: the type of a column depends on the rows that happen to be in the file.
# Cost: the first rounds of a season load with other types and dates than the whole of it, with exit code 0.
# Instead: `-I` (no inference) and parse by name; for dates alone `--date-format '%d/%m/%Y'`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check csvkit==2.2.0 agate==1.14.2
cat > "$work/round.csv" <<'CSV'
Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,HR
05/08/2023,15:00,Ashford,Brigg,1,0,0
12/08/2023,12:30,Cromer,Deal,1,1,1
CSV
{ cat "$work/round.csv"; echo "23/09/2023,17:30,Ashford,Deal,3,0,0"; } > "$work/season.csv"
cat > "$work/finding.py" <<'PY'
import json
import sys
from importlib.metadata import version

seen, later, plain = (json.loads(text)[0] for text in sys.argv[1:])
print(f"csvkit {version('csvkit')}, agate {version('agate')}: the same first match, Date, Time, FTHG and HR")
for label, match in (("in the file:     ", plain), ("csvjson:         ", seen), ("with a row more: ", later)):
    print(label, [match[name] for name in ("Date", "Time", "FTHG", "HR")])
print("expected:         ['2023-08-05', '15:00', 1, 0] or the text as it is, in both")
still = (
    (seen["Date"], seen["Time"], seen["FTHG"], seen["HR"]) == ("2023-05-08", "0:15:00", True, False)
    and seen["FTHG"] is True
    and (later["Date"], later["FTHG"]) == ("05/08/2023", 1.0)
    and later["FTHG"] is not True
)
sys.exit(None if still else "Changed: this finding no longer holds.")
PY
csvjson="$work/venv/bin/csvjson"
"$work/venv/bin/python" "$work/finding.py" \
  "$("$csvjson" "$work/round.csv")" "$("$csvjson" "$work/season.csv")" "$("$csvjson" -I "$work/round.csv")"

#!/usr/bin/env bash
# openskill 6.2.0 (and its JavaScript sibling 5.0.1): win, draw and loss add up to 1.42.
#
# Expected: predict_win gives "odds of each team winning", predict_draw "the odds of a draw" (docstrings). For a sport
#   with draws the three should add up to 1.
# Seen: predict_win leaves no room for a draw (its two numbers sum to 1), and predict_draw comes on top. Its margin is
#   derived from the number of players (1 / players), not from any rate of draws: two teams entered as one rating
#   each, the way football is usually rated, get 42% for a near-even match, against about a quarter of real matches.
# Cost: a forecast of 1X2 made of the three is no distribution; rescaling it keeps the draw far too likely.
# Instead: use mu and sigma as features and fit the three outcomes on results (an ordered or multinomial logit).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check openskill==6.2.0
npm install --prefix "$work" --silent --no-audit --no-fund openskill@5.0.1
cat > "$work/finding.mjs" <<'JS'
import { predictDraw, predictWin, rating } from "openskill";

const teams = [[rating({ mu: 28, sigma: 2 })], [rating({ mu: 25, sigma: 2 })]];
console.log(JSON.stringify([...predictWin(teams), predictDraw(teams)]));
JS
cat > "$work/finding.py" <<'PY'
import json
import sys
from importlib.metadata import version

from openskill.models import PlackettLuce

model = PlackettLuce()
teams = [[model.rating(mu=28, sigma=2)], [model.rating(mu=25, sigma=2)]]
home, away = model.predict_win(teams)
draw = model.predict_draw(teams)
script = json.loads(sys.argv[1])

print(f"openskill {version('openskill')}: home {home:.3f}, draw {draw:.3f}, away {away:.3f}")
print("expected: home + draw + away = 1")
print(f"seen:     home + draw + away = {home + draw + away:.3f}; home + away = {home + away:.3f}; "
      f"in JavaScript {sum(script):.3f}")
still = abs(home + away - 1) < 1e-9 and draw > 0.4 and abs(sum(script) - 1 - draw) < 1e-6
sys.exit(None if still else "Changed: this finding no longer holds.")
PY
"$work/venv/bin/python" "$work/finding.py" "$(cd "$work" && node finding.mjs)"

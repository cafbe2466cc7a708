#!/usr/bin/env bash
# shin 0.2.2 returns probabilities that sum to 0.90 for a market whose inverse odds sum to less than one.
#
# Expected: calculate_implied_probabilities answers "implied probabilities" (README), so they sum to 1; Shin's model
#   wants a margin of zero or more, hence a market without one should be refused. Odds below 1 are refused already.
# Seen: for the best price of several books, where the inverse odds often sum to 0.97, the list sums to 0.90. The
#   iteration never converges (1,001 rounds of 1,000), which only `full_output=True` shows.
# Cost: every edge p * odds - 1 that is computed from it is 10% too small, and a log loss is too large, in silence.
# Instead: check sum(1 / odds) >= 1 first and use the power method below it, or check the sum of the answer.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check shin==0.2.2
cat > "$work/finding.py" <<'PY'
import sys
from importlib.metadata import version

import shin

BEST_PRICES = [2.10, 3.90, 4.20]
seen = shin.calculate_implied_probabilities(BEST_PRICES, full_output=True)
total = sum(seen.implied_probabilities)
ordinary = sum(shin.calculate_implied_probabilities([2.6, 2.4, 4.3]))
print(f"shin {version('shin')}: best prices {BEST_PRICES}, inverse odds sum to {sum(1 / o for o in BEST_PRICES):.4f}")
print("expected: probabilities that sum to 1.0000, or an error")
print(f"seen:     {[round(p, 4) for p in seen.implied_probabilities]}, sum {total:.4f}, after {seen.iterations} rounds")
print(f"for comparison: a market with a margin sums to {ordinary:.4f}")
still = abs(total - 0.8998) < 1e-3 and seen.iterations > 1000 and abs(ordinary - 1) < 1e-9
sys.exit(None if still else "Changed: this finding no longer holds.")
PY
"$work/venv/bin/python" "$work/finding.py"

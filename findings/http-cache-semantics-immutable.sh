#!/usr/bin/env bash
# http-cache-semantics 4.3.0 keeps `Cache-Control: immutable` for 1,000 days instead of 24 hours.
#
# Expected: `immutable` says nothing on how long an answer is fresh (RFC 8246, section 2). The README gives it 24
#   hours where no other time is given: immutableMinTimeToLive, "a number of milliseconds", 24 * 3600 * 1000.
# Seen: the number is used as seconds, so maxAge() is 86,400,000. The option itself has the same fault: 60,000, meant
#   as a minute, keeps an answer for 16 hours and 40 minutes.
# Cost: a shared cache that trusts the library serves a wrong file for nearly three years.
# Instead: send max-age with every immutable, and cap what comes from elsewhere with Math.min(policy.maxAge(), 86400).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund http-cache-semantics@4.3.0
cat > "$work/finding.cjs" <<'JS'
const CachePolicy = require("http-cache-semantics");
const { version } = require("http-cache-semantics/package.json");

const request = { method: "GET", url: "/app.js", headers: {} };
const seconds = (control, options) =>
  new CachePolicy(request, { status: 200, headers: { "cache-control": control } }, options).maxAge();

const seen = {
  "immutable": seconds("immutable"),
  "immutable, minimum set to 60,000 ms": seconds("immutable", { immutableMinTimeToLive: 60_000 }),
  "immutable, max-age=60": seconds("immutable, max-age=60"),
};
const expected = [86_400, 60, 60];
console.log(`http-cache-semantics ${version}: maxAge() in seconds`);
Object.entries(seen).forEach(([header, life], i) => console.log(`${header}: expected ${expected[i]}, seen ${life}`));
if (Object.values(seen).join() !== "86400000,60000,60") {
  console.error("Changed: this finding no longer holds.");
  process.exit(1);
}
JS
node "$work/finding.cjs"

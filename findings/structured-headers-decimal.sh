#!/usr/bin/env bash
# structured-headers 2.1.0 writes decimals that are no structured field, and turns 60.0 into the integer 60.
#
# Expected: serialising a Decimal always writes at least one digit after the point (RFC 9651, section 4.1.5:
#   a fractional part of zero is written as ".0"), and reading it again gives the same type.
# Seen: a number whose three decimals round to zero, like 59.9999, is written as `60.`, and so is 60 by
#   serializeDecimal. A strict parser, its own included, refuses that, and the whole header is then ignored. `60.0` is
#   read as the JavaScript number 60 and written as `60`.
# Cost: one header in a thousand is lost where values are computed (seconds left in a RateLimit or Cache-Status
#   field, a share of a sampling rate), and a Decimal parameter changes its type on the way through a proxy.
# Instead: send integers (milliseconds in place of seconds), or write decimals with x.toFixed(1) and no library.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund structured-headers@2.1.0
cat > "$work/finding.mjs" <<'JS'
import { parseItem, serializeDecimal, serializeItem } from "structured-headers";

const reread = (text) => {
  try {
    return String(parseItem(text)[0]);
  } catch (error) {
    return `refused (${error.constructor.name})`;
  }
};
const written = serializeItem([59.9999, new Map()]);
const passedOn = serializeItem(parseItem("60.0"));
console.log("structured-headers 2.1.0");
const decimal = serializeDecimal(60);
console.log("59.9999 as an item:   expected 60.0, seen", written, "and read again:", reread(written));
console.log("60 as a decimal:      expected 60.0, seen", decimal);
console.log("60.0 read and written: expected 60.0, seen", passedOn);
if (written !== "60." || decimal !== "60." || !reread(written).startsWith("refused") || passedOn !== "60") {
  console.error("Changed: this finding no longer holds.");
  process.exit(1);
}
JS
node "$work/finding.mjs"

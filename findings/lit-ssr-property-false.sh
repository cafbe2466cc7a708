#!/usr/bin/env bash
# @lit-labs/ssr 4.1.0 renders `.checked=${false}` as checked="false", which every browser shows as checked.
#
# Expected: the server's HTML shows what the template would show in the browser. In HTML the presence of a boolean
#   attribute means true whatever its value (HTML standard, 2.3.2 "Boolean attributes"), so false means no attribute.
# Seen: property bindings of native elements are written as their attribute with String(value): checked, disabled,
#   hidden, open, readonly, required and selected come out switched on by false; undefined becomes value="undefined".
# Cost: until hydration sets the properties again, and for good on pages that are rendered on the server alone, boxes
#   are ticked, buttons are dead and panels hidden. Tests that look after hydration see nothing of it.
# Instead: boolean attribute bindings, `?checked=${...}`, which are right on both sides; `?? nothing` for values.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund @lit-labs/ssr@4.1.0 lit@3.3.3
cat > "$work/finding.mjs" <<'JS'
import { render } from "@lit-labs/ssr";
import { collectResultSync } from "@lit-labs/ssr/lib/render-result.js";
import { html } from "lit";

const plain = (template) => collectResultSync(render(template)).replace(/<!--.*?-->/g, "");
const cases = [
  ["the odds are not hidden", html`<p .hidden=${false}>2.10</p>`, "<p>2.10</p>", '<p hidden="false">2.10</p>'],
  ["a box not ticked", html`<input .checked=${false}>`, "<input>", '<input checked="false">'],
  ["a choice that is open", html`<option .disabled=${false}>`, "<option>", '<option disabled="false">'],
  ["no value", html`<input .value=${undefined}>`, "<input>", '<input value="undefined">'],
  ["the remedy", html`<option ?disabled=${false}>`, "<option>", "<option>"],
];
console.log("@lit-labs/ssr 4.1.0");
let still = true;
for (const [what, template, expected, known] of cases) {
  const seen = plain(template).replace(/ +>/, ">");
  console.log(`${what}: expected ${expected}, seen ${seen}`);
  still &&= seen === known;
}
if (!still) {
  console.error("Changed: this finding no longer holds.");
  process.exit(1);
}
JS
node "$work/finding.mjs"

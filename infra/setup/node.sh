#!/usr/bin/env bash
# Installs the locked Node tools of infra/, functions/edge/ and the site, or of the folder named; does nothing where they are there.
set -euo pipefail
cd "$(dirname "$0")/../.."
for folder in ${1:-infra functions/edge functions/edge/site}; do
  [ -f "$folder/package-lock.json" ] || continue
  [ "$folder/node_modules/.stamp" -nt "$folder/package-lock.json" ] && continue
  command -v npm >/dev/null || { echo "Node 20 with npm was not found. Install it: https://nodejs.org" >&2; exit 1; }
  echo "Installing the locked Node tools of $folder"
  npm --prefix "$folder" ci --silent --no-audit --no-fund
  touch "$folder/node_modules/.stamp"
done

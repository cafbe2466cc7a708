#!/usr/bin/env bash
# Installs the locked Node tools of infra/package.json; does nothing when they are there.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -f package-lock.json ] || exit 0
[ node_modules/.stamp -nt package-lock.json ] && exit 0
command -v npm >/dev/null || { echo "Node 20 with npm was not found. Install it: https://nodejs.org" >&2; exit 1; }
echo "Installing the locked Node tools"
npm ci --silent --no-audit --no-fund
touch node_modules/.stamp

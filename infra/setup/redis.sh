#!/usr/bin/env bash
# Installs Redis, which the local edge and the tests share a cache in; does nothing when it is there.
set -euo pipefail
cd "$(dirname "$0")/../.."
. infra/setup/debian.sh

if ! command -v redis-server >/dev/null; then
  need_programs_of redis-server
fi
command -v redis-server >/dev/null

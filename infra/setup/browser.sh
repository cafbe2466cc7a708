#!/usr/bin/env bash
# Installs Chromium, which the browser tests open the pages with; does nothing when it is there.
set -euo pipefail
cd "$(dirname "$0")/../.."
. infra/setup/debian.sh
command -v chromium >/dev/null || want_package chromium fonts-dejavu-core

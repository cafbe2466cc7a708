#!/usr/bin/env bash
# Installs the servers that the tests run against; does nothing when they are there.
set -euo pipefail
cd "$(dirname "$0")/../.."
. infra/setup/debian.sh

have_postgresql() { compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || command -v initdb >/dev/null; }

if ! have_postgresql; then
  # No cluster of its own: the tests start a throw-away server from the package's programs.
  write_as_root /etc/postgresql-common/createcluster.conf "create_main_cluster = false"
  need_package postgresql
fi
have_postgresql

infra/setup/redis.sh

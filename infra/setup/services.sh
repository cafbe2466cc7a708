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

# In /usr/sbin, which is not on everybody's PATH.
have_nginx() { [ -x /usr/sbin/nginx ] || command -v nginx >/dev/null; }

have_nginx || need_programs_of nginx-light
have_nginx

command -v wrk >/dev/null || need_package wrk
command -v wrk >/dev/null

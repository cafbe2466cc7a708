#!/usr/bin/env bash
# Installs the servers that the tests run against; does nothing when they are there. Says what cannot be
# installed and goes on: the tests that need it are skipped, or fail where CI is set.
set -euo pipefail
cd "$(dirname "$0")/../.."
. infra/setup/debian.sh

have_postgresql() { compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || command -v initdb >/dev/null; }

if ! have_postgresql; then
  # No cluster of its own: the tests start a throw-away server from the package's programs.
  ! command -v apt-get >/dev/null || write_as_root /etc/postgresql-common/createcluster.conf "create_main_cluster = false"
  want_package postgresql
fi

command -v redis-server >/dev/null || want_programs_of redis-server

# In /usr/sbin, which is not on everybody's PATH.
have_nginx() { [ -x /usr/sbin/nginx ] || command -v nginx >/dev/null; }

have_nginx || want_programs_of nginx-light

have_pgbouncer() { [ -x /usr/sbin/pgbouncer ] || command -v pgbouncer >/dev/null; }

have_pgbouncer || want_programs_of pgbouncer

command -v wrk >/dev/null || want_package wrk

command -v promtool >/dev/null || want_programs_of prometheus

command -v amtool >/dev/null || want_programs_of prometheus-alertmanager

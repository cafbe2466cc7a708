# Sourced by the other scripts: what a Debian package or a system library takes.

has_library() {
  { ldconfig -p 2>/dev/null || /sbin/ldconfig -p; } | grep -q "$1"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "Please run as root: $*" >&2
    return 1
  fi
}

write_as_root() {
  as_root mkdir -p "$(dirname "$1")"
  echo "$2" | as_root tee "$1" >/dev/null
}

need_package() {
  if ! command -v apt-get >/dev/null; then
    echo "Please install what Debian calls: $*" >&2
    return 1
  fi
  echo "Installing $* (Debian)"
  as_root apt-get update -qq </dev/null
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null
}

# The same for what only some tests need: they are skipped without it, and set-up goes on.
want_package() {
  need_package "$@" || echo "Going on without; the tests that need it are skipped." >&2
}

# The same for a server of which only the programs are wanted: its service is not started.
need_programs_of() {
  local policy=/usr/sbin/policy-rc.d
  if [ -e "$policy" ] || ! command -v apt-get >/dev/null; then
    need_package "$@"
    return
  fi
  write_as_root "$policy" $'#!/bin/sh\nexit 101'
  as_root chmod 755 "$policy"
  local result=0
  need_package "$@" || result=$?
  as_root rm "$policy"
  return "$result"
}

want_programs_of() {
  need_programs_of "$@" || echo "Going on without; the tests that need it are skipped." >&2
}

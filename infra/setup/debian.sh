# Sourced by the other scripts: what a Debian package or a system library takes.

has_library() {
  { ldconfig -p 2>/dev/null || /sbin/ldconfig -p; } | grep -q "$1"
}

need_package() {
  if ! command -v apt-get >/dev/null; then
    echo "Please install what Debian calls: $*" >&2
    return 1
  fi
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "Please run as root: apt-get install $*" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "Installing $* (Debian)"
  "${as_root[@]}" apt-get update -qq </dev/null
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null
}

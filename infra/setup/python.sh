#!/usr/bin/env bash
# Makes .venv with the locked packages and this project in it: `python.sh run` or `python.sh dev`.
# Safe to call again: what is there and right is kept. `dev` holds all of `run`.
set -euo pipefail
cd "$(dirname "$0")/../.."
. infra/setup/debian.sh
kind="${1:?run or dev}"

# The one named, else the first that is there; the packages are locked for 3.11 and have wheels up to 3.14.
find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3.14 python3 python; do
    if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  echo "No Python from 3.11 to 3.14 was found. Install one (Debian: apt-get install python3), or name it: PYTHON=/path/to/python3.12 make ..." >&2
  return 1
}

# A virtual environment that was moved or whose Python is gone cannot be used: make it again.
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
  python="$(find_python)"
  echo "Making .venv with $("$python" --version)"
  "$python" -c 'import ensurepip' 2>/dev/null || need_package "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
  rm -rf .venv
  "$python" -m venv .venv
fi

# LightGBM and onnxruntime use OpenMP of the system.
has_library libgomp.so.1 || need_package libgomp1 || echo "Going on without; training needs it." >&2

# The packages of a development environment include those of a running one: never take them away.
if [ "$kind" = run ] && [ .venv/.dev -nt infra/requirements/run.txt ] && [ .venv/.dev -nt infra/requirements/dev.txt ] \
  && [ .venv/.dev -nt pyproject.toml ]; then
  touch .venv/.run
  exit
fi

echo "Installing the locked packages ($kind)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r infra/requirements/uv.txt
# uv does not read pip's configuration: hand it the index that pip is set to use, if any.
index="$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)"
[ -z "${PIP_INDEX_URL:-$index}" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$index}}"
uv=(.venv/bin/uv --no-progress pip)
export VIRTUAL_ENV="$PWD/.venv"
"${uv[@]}" sync --quiet --require-hashes "infra/requirements/$kind.txt"
"${uv[@]}" install --quiet --no-deps --no-build-isolation --offline --editable .

rm -f .venv/.run .venv/.dev
touch ".venv/.$kind" .venv/.run

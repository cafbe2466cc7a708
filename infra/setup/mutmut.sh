#!/usr/bin/env bash
# Installs mutmut in a folder of its own, for the environment of the tests to import; does nothing where it is there.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder="build/mutmut"
[ "$folder/.stamp" -nt infra/requirements/mutants.txt ] && exit
echo "Installing the locked mutmut"
index="$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)"
[ -z "${PIP_INDEX_URL:-$index}" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$index}}"
rm -rf "$folder"
.venv/bin/uv --no-progress pip install --quiet --no-deps --require-hashes --python .venv/bin/python \
  --target "$folder" -r infra/requirements/mutants.txt
touch "$folder/.stamp"

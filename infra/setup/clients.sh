#!/usr/bin/env bash
# Makes the environment of the generator of Python clients; does nothing where it is there.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder="build/openapi-clients"
[ "$folder/.stamp" -nt infra/requirements/clients.txt ] && exit
echo "Installing the locked generator of API clients"
index="$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)"
[ -z "${PIP_INDEX_URL:-$index}" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$index}}"
.venv/bin/uv --no-progress venv --quiet --clear --python .venv/bin/python "$folder"
VIRTUAL_ENV="$PWD/$folder" .venv/bin/uv --no-progress pip sync --quiet --require-hashes infra/requirements/clients.txt
touch "$folder/.stamp"

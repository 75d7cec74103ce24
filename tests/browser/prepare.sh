#!/bin/sh
# Makes the folder that the tests of this folder run in: their scripts and what they need from npm, outside of the source tree.
# Sourced by openapi_test and docs_test; leaves the folder's name in $place. Exit status 77 says that the test can't run here.
set -eu

skip() {
    echo "1..0 # SKIP $1"
    exit 77
}

folder=$(cd "$(dirname "$0")" && pwd)
place=${MUSTER_NODE_FOLDER:-${TMPDIR:-/tmp}/muster-browser-tests-$(id -u)}

[ -n "${MUSTER_URL:-}" ] || skip "MUSTER_URL does not name a running muster"
command -v node >/dev/null || skip "node is not installed"

mkdir -p "$place"
exec 9>"$place/lock"
flock 9
if ! cmp -s "$folder/package-lock.json" "$place/installed-lock.json"; then
    command -v npm >/dev/null || skip "npm is not installed"
    cp "$folder/package.json" "$folder/package-lock.json" "$place/"
    (cd "$place" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >npm.log 2>&1) ||
        skip "npm could not install the packages: $(tail -n 1 "$place/npm.log")"
    cp "$place/package-lock.json" "$place/installed-lock.json"
fi
cp "$folder"/*.mjs "$place/"
flock -u 9

MUSTER_DOCUMENT=${MUSTER_DOCUMENT:-$folder/../../doc/openapi.json}
export MUSTER_DOCUMENT

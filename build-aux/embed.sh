#!/bin/sh
# Prints a C header with the bytes of files, so that the program needs none of them when it runs: embed.sh NAME=FILE …
set -eu
echo "/* Made by build-aux/embed.sh. */"
for pair in "$@"; do
    echo "static const char ${pair%%=*}[] = {"
    od -An -v -tx1 "${pair#*=}" | sed "s/ *\([0-9a-f][0-9a-f]\)/'\\\\x\1',/g"
    echo "};"
done

#!/bin/sh
# Rewrites the lists of files in Makefile.am from what is in the tree, so that no file is forgotten: run it after adding or renaming one.
set -eu
cd "$(dirname "$0")/.."

# A make variable whose value is the sorted list on standard input, four files a line.
list() {
    LC_ALL=C sort | awk -v name="$1" '
        { line[int((NR - 1) / 4)] = line[int((NR - 1) / 4)] " " $0 }
        END {
            printf "%s =", name
            for (i = 0; i <= int((NR - 1) / 4); i++) printf " \\\n\t%s", substr(line[i], 2)
            print ""
        }'
}

{
    echo "# Made by build-aux/sources.sh; not edited by hand."
    find src -name '*.[ch]' ! -path src/main.c -o -name '*.def' | list libmuster_a_SOURCES
    find sql/queries -name '*.sql' | list SQL_QUERIES
    find sql/migrations -name '*.sql' | list SQL_MIGRATIONS
} > sources.am

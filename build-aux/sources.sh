#!/bin/sh
# Rewrites sources.am, the lists of files that Makefile.am includes, from what is in the tree: run it after adding or renaming a file.
set -eu
cd "$(dirname "$0")/.."
export LC_ALL=C

# A make variable whose value is the sorted list on standard input, four files a line.
list() {
    sort | awk -v name="$1" '
        { line[int((NR - 1) / 4)] = line[int((NR - 1) / 4)] " " $0 }
        END {
            printf "%s =", name
            for (i = 0; i <= int((NR - 1) / 4); i++) printf " \\\n\t%s", substr(line[i], 2)
            print ""
        }'
}

# The programs on standard input: the flags that the second argument names, and their source.
programs() {
    sort | while read -r program; do
        name=$(printf '%s' "$program" | tr / _)
        printf '%s_SOURCES = %s.c\n%s_CPPFLAGS = $(SUPPORT_CPPFLAGS)\n' "$name" "$program" "$name"
        [ -z "$1" ] || printf '%s_LDFLAGS = %s\n' "$name" "$1"
    done
}

tests() {
    find tests -name '*_test.c' | sed 's/\.c$//'
}

fuzz_targets() {
    find tests/fuzz -name '*_fuzz.c' | sed 's/\.c$//'
}

{
    echo "# Made by build-aux/sources.sh; not edited by hand."
    find src -name '*.[ch]' ! -path src/main.c -o -name '*.def' | list libmuster_a_SOURCES
    find sql/queries -name '*.sql' | list SQL_QUERIES
    find sql/migrations -name '*.sql' | list SQL_MIGRATIONS
    find tests -name '*.[ch]' ! -name '*_test.c' ! -path 'tests/fuzz/*' ! -path 'tests/bench/*' | list support_files
    { find tests/fuzz tests/bench -name '*.h'; find tests -name '*.def'; } | list test_header_files
    tests | list cmocka_tests
    tests | programs ''
    find tests -name '*_test.sh' | list script_tests
    find tests/clients tests/providers -type f ! -name '*.c' | list client_files
    find tests/reliability tests/security -type f ! -name '*.[ch]' ! -name '*_test.sh' | list check_files
    fuzz_targets | list fuzz_targets
    fuzz_targets | programs '$(AM_LDFLAGS) -fsanitize=fuzzer'
} > sources.am.new
mv sources.am.new sources.am

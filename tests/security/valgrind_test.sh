#!/bin/bash
# The tests that need no server, under valgrind: nothing is read that was not written, nothing is lost. The short form takes some readers of
# foreign text alone; MUSTER_TEST_LONG=1, as `make check-valgrind` sets it, all.
set -u
build=${builddir:-.}
programs=("$build"/tests/json/decode_test "$build"/tests/json/parameters_test "$build"/tests/media/captions_test "$build"/tests/base/csv_test)
[[ -z ${MUSTER_TEST_LONG:-} ]] || programs=("$build"/tests/{base,config,json,http,media,outgoing,saml}/*_test)

if ! command -v valgrind >/dev/null; then
    echo "skipped: valgrind is missing"
    exit 77
fi
if nm "$build/muster" 2>/dev/null | grep -q __asan_init; then
    echo "skipped: sanitizers and valgrind exclude each other"
    exit 77
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0
count=0
under_valgrind() {
    valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --child-silent-after-fork=yes "$@" >"$log" 2>&1
}

for program in "${programs[@]}"; do
    # One measures its own time and memory; one forks children that drop their parent's connection on purpose.
    [[ $program != */response_limits_test && $program != */outgoing/http_test ]] || continue
    [[ -x $program ]] || make -C "$build" -s "${program#"$build"/}" >/dev/null 2>&1
    if under_valgrind "$program"; then
        count=$((count + 1))
    else
        cat "$log"
        echo "not ok $program"
        failed=1
    fi
done

# A fault is found: a program that reads what it has freed.
wrong=$(mktemp)
if printf '%s\n' '#include <stdlib.h>' 'int main(void) { volatile char *a = malloc(8); free((void *)a); return a[0] == 1; }' |
    ${CC:-cc} -w -O0 -x c -o "$wrong" - 2>/dev/null && under_valgrind "$wrong"; then
    echo "not ok: valgrind finds nothing in a program that reads what it has freed"
    failed=1
fi
rm -f "$wrong"
echo "figure: $count programs under valgrind, $([[ $failed -eq 0 ]] && echo nothing found || echo with faults)"
exit "$failed"

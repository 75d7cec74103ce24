#!/bin/sh
# The hardening of the program as it was built, read from the program itself: a flag that the compiler or the linker did not take is seen here.
# Usage: hardening_test.sh [PROGRAM], else the one of the build folder.
set -u
program=${1:-${builddir:-.}/muster}
export LC_ALL=C
failed=0

if nm "$program" 2>/dev/null | grep -q __asan_init; then
    echo "skipped: sanitizers take the place of hardening in this build"
    exit 77
fi
if ! command -v readelf >/dev/null; then
    echo "skipped: readelf is missing (package binutils)"
    exit 77
fi

check() {
    if [ "$2" -eq 0 ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        failed=1
    fi
}

says() {
    printf '%s\n' "$1" | grep -Eq "$2"
}

header=$(readelf -hW "$program") || exit 1
segments=$(readelf -lW "$program")
dynamic=$(readelf -dW "$program")
symbols=$(readelf --dyn-syms -W "$program")
notes=$(readelf -nW "$program")

says "$header" 'Type: +DYN' && says "$dynamic" 'FLAGS_1.*PIE'
check "position-independent program" $?
says "$segments" 'GNU_RELRO'
check "relocations are read-only" $?
says "$dynamic" 'BIND_NOW|FLAGS_1.*NOW'
check "bound at start, so that all of them are" $?
says "$segments" 'GNU_STACK.* RW '
check "stack without code" $?
! says "$segments" 'LOAD.* RWE '
check "no segment that is writable and code" $?
says "$symbols" '__stack_chk_fail'
check "stack protector" $?
says "$symbols" '__[a-z]+_chk'
check "checked functions (FORTIFY)" $?
# Level 3 alone checks objects whose size is known only at run time; the option is noted where gcc notes its switches.
# The start files of Debian's C library have no branch targets, so that a program as a whole is marked for shadow stacks alone.
case $(uname -m) in
x86_64)
    says "$notes" 'x86 feature: .*SHSTK'
    check "shadow stack (CET)" $?
    if [ $# -eq 0 ]; then
        unmarked=$(find "${builddir:-.}/src" -name '*.o' -exec sh -c 'readelf -nW "$1" | grep -q "x86 feature: IBT, SHSTK" || echo "$1"' - '{}' ';' | wc -l)
        [ "$unmarked" -eq 0 ]
        check "branch targets and shadow stack in each object (CET)" $?
    fi
    ;;
esac
! says "$dynamic" 'RPATH|RUNPATH'
check "no search path of its own for libraries" $?
! says "$dynamic" 'TEXTREL'
check "no relocations in code" $?
grep -q 'D_FORTIFY_SOURCE=3' "${builddir:-.}/Makefile"
check "FORTIFY at level 3" $?

# This very script finds what is missing: a program that was built without.
plain=$(mktemp)
if echo 'int main(void) { return 0; }' | ${CC:-cc} -x c -no-pie -fcf-protection=none -Wl,-z,norelro -o "$plain" - 2>/dev/null && [ $# -eq 0 ]; then
    ! "$0" "$plain" >"$plain.log"
    check "a program without all that is noticed ($(grep -c '^not ok' "$plain.log") faults)" $?
fi
rm -f "$plain" "$plain.log"
[ "$failed" -ne 0 ] || echo "figure: PIE, full RELRO, stack protector, FORTIFY 3, CET (shadow stack; branch targets in all of our own code)"
exit "$failed"

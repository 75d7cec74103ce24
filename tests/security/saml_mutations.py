#!/usr/bin/env python3
"""Takes out the checks of SAML one after the other and says which of them no test misses.

Usage: saml_mutations.py SOURCE BUILD [NUMBER...]

SOURCE is a copy of the source tree, which is changed; BUILD a folder in which it was built, without warnings as errors. A check is an `if` that returns a
refusal, or a `return` that chooses one. With numbers only those checks are taken out. MUSTER_TEST_DATABASE_URL must be set, as for the tests."""

import pathlib
import re
import subprocess
import sys

FILES = ("src/saml/*.c", "src/api/saml_*.c")
TESTS = ("tests/api/saml_attacks_test", "tests/api/saml_profile_test", "tests/api/saml_sign_on_test", "tests/api/saml_login_test",
         "tests/saml/response_limits_test", "tests/api/saml_keys_test")
# Behind these another check refuses the same; each stands there for the day on which the other one fails.
SECOND_WALLS = {
    ("decryption.c", "document == NULL"): "no document has no assertion",
    ("saml_consume.c", "The account is disabled."): "who is disabled is found to be so before, unless it happens meanwhile",
    ("query.c", "place->data != NULL"): "every operation refuses a parameter that is given twice",
    ("response.c", "encrypted == NULL"): "the assertions of the message are counted, and its signed bytes are the same",
    ("response.c", "covered == NULL"): "the assertions of the message are counted, and its signed bytes are the same",
    ("signature.c", "attribute == NULL || !saml_is_id(id)"): "the reference of a signature names an ID",
    ("signature.c", "document == NULL"): "what libxml2 wrote can be read",
    ("transport.c", "xml->length <= SAML_MAXIMUM_MESSAGE"): "the reader of XML has the same limit",
    ("signature.c", "!xml_is(root"): "the reference names the element around the signature, and no transform changes that",
}
REFUSAL = r"SAML_(?:MALFORMED|UNTRUSTED|FORBIDDEN)\("
CHECKS = (
    # if (condition) { return REFUSAL
    (re.compile(r"if \(((?:[^{};])*?)\) \{\s+return " + REFUSAL), "false && ({})"),
    # return condition ? PROBLEM_NONE : REFUSAL
    (re.compile(r"return ([^;{}?]*?)\s*\? PROBLEM_NONE\s*: " + REFUSAL), "true || ({})"),
)


def find_checks(source):
    """All checks: file, start and end of the condition, what takes its place."""
    checks = []
    for pattern in FILES:
        for path in sorted(source.glob(pattern)):
            text = path.read_text()
            for expression, form in CHECKS:
                checks += [(path, found.span(1), form) for found in expression.finditer(text)]
    return checks


def run(command, folder):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=900)


def judge(build):
    """What notices that the check is gone; nothing where no test does."""
    made = run(["make", "-s", "muster", "libmuster.a", *TESTS], build)
    if made.returncode != 0:
        return "the compiler: " + made.stderr[-300:]
    for test in TESTS:
        outcome = run(["./" + test], build)
        if outcome.returncode != 0:
            failed = re.search(r"\[  FAILED  \] (\w+)", outcome.stdout + outcome.stderr)
            return (failed.group(1) if failed else "the end") + " of " + test
    return ""


def take_out(check, build):
    path, (start, end), form = check
    text = path.read_text()
    try:
        path.write_text(text[:start] + form.format(text[start:end]) + text[end:])
        return judge(build)
    finally:
        path.write_text(text)


def main():
    source, build = pathlib.Path(sys.argv[1]), sys.argv[2]
    checks = find_checks(source)
    numbers = [int(number) for number in sys.argv[3:]] or range(len(checks))
    missed = 0
    for number in numbers:
        path, (start, end), _ = checks[number]
        line = path.read_text().count("\n", 0, start) + 1
        place = f"{path.relative_to(source)}:{line}"
        text = path.read_text()
        statement = text[start:text.index(";", end)]
        wall = next((reason for (name, words), reason in SECOND_WALLS.items() if name == path.name and words in statement), None)
        noticed = f"no test, since {wall}" if wall else take_out(checks[number], build)
        missed += not noticed
        print(f"ok {number} {place}: noticed by {noticed}" if noticed else f"not ok {number} {place}: no test misses it", flush=True)
    print(f"{len(numbers)} checks taken out, {missed} of them missed by no test")
    return missed > 0


if __name__ == "__main__":
    sys.exit(main())

#!/bin/sh
# What build-aux/sql-to-c.awk makes of statements and migrations, and that it refuses wrong ones with file and line.
set -u
source_folder=${srcdir:-$(dirname "$0")/../..}
program=$(cd "$source_folder" && pwd)/build-aux/sql-to-c.awk
folder=$(mktemp -d "${TMPDIR:-/tmp}/muster-sql-to-c-XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failures=0

complain() {
    printf 'not ok: %s\n' "$1"
    failures=$((failures + 1))
}

# convert OUTPUT FILE...: result in `out`, messages in `messages`.
convert() {
    kind=$1
    shift
    $awk -v output="$kind" -f "$program" "$@" >out 2>messages </dev/null
}

expect_line() {
    grep -qxF -- "$1" out || complain "$awk: no line: $1"
}

expect_no_line() {
    ! grep -qF -- "$1" out || complain "$awk: unwanted: $1"
}

# refuse MESSAGE: the text of standard input as bad.sql.
refuse() {
    cat >bad.sql
    if convert header bad.sql; then
        complain "$awk: accepted: $1"
    elif ! grep -qxF -- "$1" messages; then
        complain "$awk: other message than: $1"
        cat messages
    elif [ -s out ]; then
        complain "$awk: output beside: $1"
    fi
}

check_statements() {
    cat >one.sql <<'END'
-- A file about people.

-- Why this statement exists.
-- name: person_find
SELECT p.id::text, ':not_a_parameter' AS "a:b", E'it\'s :no', $tag$ :no; $tag$ -- gone :too
  FROM people AS p /* gone
  ;:too */
 WHERE p.id = :person AND p.name = :name AND (p.id = :person OR p.tags[1:2] IS NULL);

-- name: people_list
SELECT {columns} FROM people AS p ORDER BY {order:p} LIMIT :limit::bigint

-- name: people_all
SELECT {columns}
  FROM people AS p
END
    cat >two.sql <<'END'
-- fragment: columns
p.id,
  p.name -- the name

-- name: nothing
SELECT 'two
--lines' AS "tab	\ "
END
    convert source one.sql two.sql || { complain "$awk: refuses what is right"; cat messages; }
    expect_line '    .name = "person_find",'
    expect_line "        \"SELECT p.id::text, ':not_a_parameter' AS \\\"a:b\\\", E'it\\\\'s :no', \$tag\$ :no; \$tag\$\\n\""
    expect_line '        "  FROM people AS p\n"'
    expect_line '        " WHERE p.id = $1 AND p.name = $2 AND (p.id = $1 OR p.tags[1:2] IS NULL)",'
    expect_line 'static const char *const parameters_person_find[] = {"person", "name"};'
    expect_line '        "SELECT p.id,\n"'
    expect_line '        "  p.name FROM people AS p ORDER BY {order:p} LIMIT $1::bigint",'
    expect_line '        "  p.name\n"'
    expect_line '        "  FROM people AS p",'
    expect_line "        \"SELECT 'two\\n\""
    expect_line "        \"--lines' AS \\\"tab\\t\\\\ \\\"\","
    expect_line '    .ordered = true,'
    expect_line 'const size_t statement_count = 4;'
    expect_no_line 'gone'
    expect_no_line 'Why this statement'
    mv out before
    convert source two.sql one.sql
    cmp -s out before || complain "$awk: the order of the files changes the output"
    check_header
}

check_header() {
    convert header one.sql two.sql || complain "$awk: refuses the header"
    expect_line 'extern const struct statement statement_person_find;'
    expect_line 'struct sql_person_find {'
    expect_line '    struct value person;'
    expect_line '    const struct value list[] = {values.person, values.name};'
    expect_line '    return statement_run_ordered(context, &statement_people_list, list, order, order_count, result);'
    expect_line '    int none;'
    convert source || complain "$awk: refuses no files"
    expect_line 'const size_t statement_count = 0;'
}

check_refusals() {
    refuse 'bad.sql:3: again is in bad.sql:1 already' <<'END'
-- name: again
SELECT 1
-- name: again
SELECT 2
END
    refuse 'bad.sql:1: "Person" is not a name: lower-case letters, digits and _, at most 48, no word of C' <<'END'
-- name: Person
SELECT 1
END
    refuse 'bad.sql:3: "default" is a word of C and cannot name a parameter' <<'END'
-- name: person
SELECT 1,
       :default
END
    refuse 'bad.sql:2: a $ outside of quotes: parameters are written :name' <<'END'
-- name: person
SELECT $1
END
    refuse 'bad.sql:2: text after the semicolon: one name is one statement' <<'END'
-- name: person
SELECT 1; SELECT 2
END
    refuse 'bad.sql:1: a quote or comment that does not end' <<'END'
-- name: person
SELECT 'one
END
    refuse 'bad.sql:1: person has no text' <<'END'
-- name: person
-- nothing
END
    refuse 'bad.sql:1: text before the first "-- name:"' <<'END'
SELECT 1
END
    refuse 'bad.sql:2: there is no fragment columns' <<'END'
-- name: person
SELECT {columns}
END
    refuse 'bad.sql:2: a brace that is neither {order:alias} nor {fragment}' <<'END'
-- name: person
SELECT 1 ORDER BY {order:}
END
    refuse 'bad.sql:2: {order:...} inside quotes' <<'END'
-- name: person
SELECT '{order:p}'
END
    refuse 'bad.sql:1: the fragment columns is never used' <<'END'
-- fragment: columns
id
-- name: person
SELECT 1
END
    refuse 'bad.sql:2: fragments that contain each other' <<'END'
-- fragment: snake
id, {snake}
-- name: person
SELECT {snake}
END
    {
        echo '-- name: person'
        printf 'SELECT :a0'
        number=1
        while [ $number -le 40 ]; do
            printf ', :a%d' $number
            number=$((number + 1))
        done
    } | refuse 'bad.sql:1: person has more than 40 parameters'
}

check_migrations() {
    printf -- '-- First.\nCREATE TABLE "a\\b" (id int);\n' >0001_first.sql
    printf 'SELECT 1;' >0002_second_one.sql
    convert migrations 0002_second_one.sql 0001_first.sql || { complain "$awk: refuses migrations"; cat messages; }
    expect_line '        .version = 1,'
    expect_line '        .name = "first",'
    expect_line '            "-- First.\n"'
    expect_line '            "CREATE TABLE \"a\\b\" (id int);\n",'
    expect_line '        .name = "second_one",'
    expect_line 'const size_t migration_count = 2;'
    printf 'SELECT 1;\n' >0004_late.sql
    printf 'SELECT 1;\n' >bad_name.sql
    : >0003_empty.sql
    for bad in 0004_late.sql bad_name.sql 0003_empty.sql; do
        if convert migrations 0001_first.sql 0002_second_one.sql $bad; then
            complain "$awk: accepted $bad"
        fi
        grep -q "^$bad:1: " messages || complain "$awk: no place of the fault in $bad"
    done
}

found=0
for awk in mawk gawk original-awk "busybox awk"; do
    if $awk 'BEGIN { exit 0 }' >/dev/null 2>&1; then
        found=$((found + 1))
        check_statements
        check_refusals
        check_migrations
    fi
done
if [ $found -eq 0 ]; then
    echo "skipped: there is no awk"
    exit 77
fi
[ $failures -eq 0 ] || exit 1
echo "ok: $found kinds of awk"

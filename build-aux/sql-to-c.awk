# Makes the C side of sql/: the program runs no SQL but what stands in those files, checked while it is built.
#
#   awk -v output=header     -f sql-to-c.awk sql/queries/*.sql     > sql/statements.h
#   awk -v output=source     -f sql-to-c.awk sql/queries/*.sql     > sql/statements.c
#   awk -v output=migrations -f sql-to-c.awk sql/migrations/*.sql  > sql/migrations.c
#
# "-- name: user_find" starts a statement, "-- fragment: user_columns" a text that statements (of any file) take in by {user_columns}. Comments
# are left out; ":user" becomes $1; {order:alias} stays for database/order.c. The output does not depend on the order of the files.

function fail(file, line, message) {
    printf "%s:%d: %s\n", file, line, message | "cat 1>&2"
    failed = 1
}

function is_name(name) {
    return name ~ /^[a-z][a-z0-9_]*$/ && length(name) <= 48 && !(name in reserved)
}

# gsub() is no help here: kinds of awk differ in what backslashes in its replacement mean.
function replace(text, old, new,    place, done) {
    while ((place = index(text, old)) > 0) {
        done = done substr(text, 1, place - 1) new
        text = substr(text, place + length(old))
    }
    return done text
}

function c_string(text) {
    text = replace(text, "\\", "\\\\")
    text = replace(text, "\"", "\\\"")
    text = replace(text, "\t", "\\t")
    text = replace(text, "\r", "\\r")
    text = replace(text, "??", "?\\?")
    return "\"" text "\""
}

# Ascending by bytes; there are a few hundred.
function sort(list, count,    index_, other, held) {
    for (index_ = 2; index_ <= count; index_++) {
        held = list[index_]
        for (other = index_ - 1; other >= 1 && list[other] "" > held ""; other--) {
            list[other + 1] = list[other]
        }
        list[other + 1] = held
    }
}

function start_block(kind, name) {
    block = kind ":" name
    if (!is_name(name)) {
        fail(FILENAME, FNR, "\"" name "\" is not a name: lower-case letters, digits and _, at most 48, no word of C")
    }
    if (block in block_file) {
        fail(FILENAME, FNR, name " is in " block_file[block] ":" block_start[block] " already")
    }
    block_file[block] = FILENAME
    block_start[block] = FNR
    block_lines[block] = 0
    if (kind == "name") {
        names[++name_count] = name
    }
}

function read_query_line() {
    if ($0 ~ /^-- *name *:/ || $0 ~ /^-- *fragment *:/) {
        kind = ($0 ~ /^-- *name/) ? "name" : "fragment"
        name = $0
        sub(/^[^:]*: */, "", name)
        sub(/[ \t\r]+$/, "", name)
        start_block(kind, name)
        return
    }
    if (block == "") {
        if ($0 !~ /^[ \t\r]*(--.*)?$/) {
            fail(FILENAME, FNR, "text before the first \"-- name:\"")
        }
        return
    }
    block_text[block, ++block_lines[block]] = $0
    block_line[block, block_lines[block]] = FNR
}

function read_migration_line() {
    migration_text[FILENAME, ++migration_lines[FILENAME]] = $0
}

# --- Statements ---

function parameter_number(name) {
    if (!(name in parameter)) {
        if (name in reserved) {
            fail(here_file, here_line, "\"" name "\" is a word of C and cannot name a parameter")
        }
        parameter[name] = ++parameter_count
        parameter_name[parameter_count] = name
    }
    return parameter[name]
}

function take_word(text) {
    match(text, /^[A-Za-z_0-9]*/)
    return substr(text, 1, RLENGTH)
}

# Text between quotes: returns how much of `text` belongs to it, and sets `quote` to "" where it ends.
function skip_quoted(text,    place) {
    if (quote == "*") {
        place = index(text, "*/")
        if (place > 0) {
            quote = ""
            return place + 1
        }
        return length(text)
    }
    if (quote == "e") {
        for (place = 1; place <= length(text); place++) {
            if (substr(text, place, 1) == "\\") {
                place++
            } else if (substr(text, place, 1) == "'") {
                quote = ""
                return place
            }
        }
        return length(text)
    }
    place = index(text, quote)
    if (place == 0) {
        return length(text)
    }
    place += length(quote) - 1
    quote = ""
    return place
}

# What follows the brace goes on behind the fragment's last line, not behind the blank and comment lines after it.
function take_fragment(block_, depth,    before) {
    before = length(statement_text)
    scan_block(block_, depth)
    sub(/[ \t\r]+$/, "", line_out)
    if (line_out == "" && length(statement_text) > before) {
        sub(/\n$/, "", statement_text)
        match(statement_text, /[^\n]*$/)
        line_out = substr(statement_text, RSTART)
        statement_text = substr(statement_text, 1, RSTART - 1)
    }
}

function take_brace(text, depth,    inside, place) {
    place = index(text, "}")
    inside = substr(text, 2, place - 2)
    if (place == 0 || inside !~ /^(order:)?[a-z][a-z0-9_]*$/) {
        fail(here_file, here_line, "a brace that is neither {order:alias} nor {fragment}")
        return 1
    }
    if (inside ~ /^order:/) {
        ordered = 1
        line_out = line_out substr(text, 1, place)
        return place
    }
    if (!(("fragment:" inside) in block_file)) {
        fail(here_file, here_line, "there is no fragment " inside)
    } else if (depth > 8) {
        fail(here_file, here_line, "fragments that contain each other")
    } else {
        used_fragment[inside] = 1
        take_fragment("fragment:" inside, depth + 1)
    }
    return place
}

# Deals with what stands at the beginning of `text`, outside of quotes, and returns how long it is.
function scan_token(text, depth,    first, word) {
    first = substr(text, 1, 1)
    if (first == "'" || first == "\"") {
        quote = first
    } else if (first == "$") {
        if (match(text, /^\$[A-Za-z_]*\$/)) {
            quote = substr(text, 1, RLENGTH)
            line_out = line_out quote
            return RLENGTH
        }
        fail(here_file, here_line, "a $ outside of quotes: parameters are written :name")
    } else if (first == ":") {
        if (text ~ /^:[:=]/) {
            line_out = line_out substr(text, 1, 2)
            return 2
        }
        if (text ~ /^:[a-z_]/) {
            word = take_word(substr(text, 2))
            line_out = line_out "$" parameter_number(word)
            return length(word) + 1
        }
    } else if (first == "{") {
        return take_brace(text, depth)
    } else if (first == "}") {
        fail(here_file, here_line, "a brace that closes nothing")
    } else if (first == ";") {
        ended = 1
        return 1
    } else if (first ~ /[A-Za-z_]/) {
        word = take_word(text)
        if ((word == "E" || word == "e") && substr(text, 2, 1) == "'") {
            quote = "e"
            line_out = line_out substr(text, 1, 2)
            return 2
        }
        line_out = line_out word
        return length(word)
    }
    line_out = line_out first
    return 1
}

function scan_line(text, depth,    length_) {
    while (text != "") {
        if (quote != "") {
            was_comment = (quote == "*")
            length_ = skip_quoted(text)
            if (!was_comment) {
                if (index(substr(text, 1, length_), "{order:") > 0) {
                    fail(here_file, here_line, "{order:...} inside quotes")
                }
                line_out = line_out substr(text, 1, length_)
            }
        } else if (text ~ /^--/) {
            return
        } else if (text ~ /^\/\*/) {
            quote = "*"
            length_ = 2
        } else {
            if (ended && text ~ /^[^ \t\r]/) {
                fail(here_file, here_line, "text after the semicolon: one name is one statement")
                ended = 0
            }
            length_ = scan_token(text, depth)
        }
        text = substr(text, length_ + 1)
    }
}

# Lines of comment only, and blank ones, are left out. Inside of quotes everything stays.
function end_line() {
    if (quote == "" || quote == "*") {
        sub(/[ \t\r]+$/, "", line_out)
    }
    if (line_out != "" || (quote != "" && quote != "*")) {
        statement_text = statement_text line_out "\n"
    }
    line_out = ""
}

# Global here: here_file and here_line for messages, quote, ended, ordered, line_out and statement_text as what is made.
function scan_block(block_, depth,    index_, file_before, line_before) {
    file_before = here_file
    line_before = here_line
    here_file = block_file[block_]
    for (index_ = 1; index_ <= block_lines[block_]; index_++) {
        here_line = block_line[block_, index_]
        if (index_ > 1) {
            end_line()
        }
        scan_line(block_text[block_, index_], depth)
    }
    if (quote != "") {
        fail(block_file[block_], block_start[block_], "a quote or comment that does not end")
        quote = ""
    }
    here_file = file_before
    here_line = line_before
}

function prepare_statement(name,    old) {
    for (old in parameter) {
        delete parameter[old]
    }
    parameter_count = 0
    ordered = 0
    ended = 0
    quote = ""
    line_out = ""
    statement_text = ""
    here_file = block_file["name:" name]
    here_line = block_start["name:" name]
    scan_block("name:" name, 0)
    end_line()
    sub(/\n+$/, "", statement_text)
    if (statement_text == "") {
        fail(here_file, here_line, name " has no text")
    }
    if (parameter_count > 40) {
        fail(here_file, here_line, name " has more than 40 parameters")
    }
}

function print_c_text(text, indent,    lines, count, index_) {
    count = split(text, lines, "\n")
    for (index_ = 1; index_ <= count; index_++) {
        add(indent c_string_line(lines[index_], index_ < count) (index_ < count ? "\n" : ""))
    }
}

function c_string_line(line, more) {
    line = c_string(line)
    return more ? substr(line, 1, length(line) - 1) "\\n\"" : line
}

# Nothing is printed before it is known that all is right.
function add(text) {
    result = result text
}

function add_values(    index_) {
    if (parameter_count == 0) {
        add("    (void)values;\n")
        return "NULL"
    }
    return "list"
}

function list_values(    index_, list) {
    for (index_ = 1; index_ <= parameter_count; index_++) {
        list = list (index_ > 1 ? ", " : "") "values." parameter_name[index_]
    }
    return list
}

function add_run(name,    list) {
    add("static inline enum problem sql_" name "(struct context *context, struct sql_" name " values,")
    add(ordered ? " const char *const *order, size_t order_count," : "")
    add(" struct result **result) MUST_CHECK;\n")
    add("static inline enum problem sql_" name "(struct context *context, struct sql_" name " values,")
    add(ordered ? " const char *const *order, size_t order_count," : "")
    add(" struct result **result)\n{\n")
    list = add_values()
    if (parameter_count > 0) {
        add("    const struct value list[] = {" list_values() "};\n")
    }
    if (ordered) {
        add("    return statement_run_ordered(context, &statement_" name ", " list ", order, order_count, result);\n}\n")
    } else {
        add("    return statement_run(context, &statement_" name ", " list ", result);\n}\n")
    }
}

function add_queue(name,    index_) {
    add("static inline struct queued queue_" name "(struct context *context, struct sql_" name " values)\n{\n")
    if (parameter_count == 0) {
        add("    (void)context;\n    (void)values;\n")
        add("    return (struct queued){.statement = &statement_" name "};\n}\n")
        return
    }
    add("    struct value *list = ARENA_ARRAY(context->arena, struct value, " parameter_count ");\n")
    for (index_ = 1; index_ <= parameter_count; index_++) {
        add("    list[" (index_ - 1) "] = values." parameter_name[index_] ";\n")
    }
    add("    return (struct queued){.statement = &statement_" name ", .values = list};\n}\n")
}

function add_declarations(name,    index_) {
    add("\nextern const struct statement statement_" name ";\n")
    add("struct sql_" name " {\n")
    for (index_ = 1; index_ <= parameter_count; index_++) {
        add("    struct value " parameter_name[index_] ";\n")
    }
    if (parameter_count == 0) {
        add("    int none;\n")
    }
    add("};\n")
    add_run(name)
    add_queue(name)
}

function add_definition(name, number,    index_) {
    add("\n")
    if (parameter_count > 0) {
        add("static const char *const parameters_" name "[] = {")
        for (index_ = 1; index_ <= parameter_count; index_++) {
            add((index_ > 1 ? ", " : "") "\"" parameter_name[index_] "\"")
        }
        add("};\n")
    }
    add("const struct statement statement_" name " = {\n    .name = \"" name "\",\n    .text =\n")
    print_c_text(statement_text, "        ")
    add(",\n")
    if (parameter_count > 0) {
        add("    .parameters = parameters_" name ",\n    .parameter_count = " parameter_count ",\n")
    }
    add("    .number = " number ",\n    .ordered = " (ordered ? "true" : "false") ",\n};\n")
}

function make_header(    index_) {
    add("/* Made of sql/queries by build-aux/sql-to-c.awk: every statement, its parameters, and how to run or queue it. */\n")
    add("#ifndef MUSTER_SQL_STATEMENTS_H\n#define MUSTER_SQL_STATEMENTS_H\n\n#include \"database/database.h\"\n")
    for (index_ = 1; index_ <= name_count; index_++) {
        prepare_statement(names[index_])
        add_declarations(names[index_])
    }
    add("\n#endif\n")
}

function make_source(    index_) {
    add("/* Made of sql/queries by build-aux/sql-to-c.awk: the text of every statement. */\n")
    add("#include \"sql/statements.h\"\n\n#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n")
    for (index_ = 1; index_ <= name_count; index_++) {
        prepare_statement(names[index_])
        add_definition(names[index_], index_ - 1)
    }
    add("\nconst struct statement *const statements[] = {\n")
    for (index_ = 1; index_ <= name_count; index_++) {
        add("    &statement_" names[index_] ",\n")
    }
    add("    NULL,\n};\nconst size_t statement_count = " name_count + 0 ";\n")
}

function check_fragments(    block_, name_) {
    for (block_ in block_file) {
        name_ = block_
        if (sub(/^fragment:/, "", name_) && !(name_ in used_fragment)) {
            fail(block_file[block_], block_start[block_], "the fragment " name_ " is never used")
        }
    }
}

# --- Migrations ---

function make_migrations(    index_, path, base, line) {
    add("/* Made of sql/migrations by build-aux/sql-to-c.awk: each file as it is. */\n")
    add("#include \"database/migrate.h\"\n\n#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n")
    add("const struct migration migrations[] = {\n")
    sort(paths, path_count)
    for (index_ = 1; index_ <= path_count; index_++) {
        path = paths[index_]
        base = path
        sub(/^.*\//, "", base)
        if (base !~ /^[0-9][0-9][0-9][0-9]_[a-z0-9_]+\.sql$/) {
            fail(path, 1, "a migration is named 0001_what_it_does.sql")
        } else if (substr(base, 1, 4) + 0 != index_) {
            fail(path, 1, "the number of a migration is one more than that of the one before, the first is 0001")
        }
        if (migration_lines[path] + 0 == 0) {
            fail(path, 1, "an empty migration")
        }
        add("    {\n        .version = " index_ ",\n        .name = \"" substr(base, 6, length(base) - 9) "\",\n        .text =")
        for (line = 1; line <= migration_lines[path]; line++) {
            add("\n            " c_string_line(migration_text[path, line], 1))
        }
        add(",\n    },\n")
    }
    add("    {0},\n};\nconst size_t migration_count = " path_count + 0 ";\n")
}

BEGIN {
    count = split("auto break case char const continue default do double else enum extern float for goto if inline int long register " \
        "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof bool true " \
        "false errno", words, " ")
    for (i = 1; i <= count; i++) {
        reserved[words[i]] = 1
    }
    if (output != "header" && output != "source" && output != "migrations") {
        fail("sql-to-c.awk", 1, "-v output= is header, source or migrations")
        exit
    }
    for (i = 1; i < ARGC; i++) {
        paths[++path_count] = ARGV[i]
    }
    # Without files awk would wait for its standard input.
    if (path_count == 0) {
        ARGV[ARGC++] = "/dev/null"
    }
}

FNR == 1 { block = "" }
output == "migrations" { read_migration_line(); next }
{ read_query_line() }

END {
    if (!failed) {
        sort(names, name_count)
        if (output == "header") {
            make_header()
        } else if (output == "source") {
            make_source()
        } else {
            make_migrations()
        }
    }
    if (!failed && output != "migrations") {
        check_fragments()
    }
    if (failed) {
        close("cat 1>&2")
        exit 1
    }
    printf "%s", result
}

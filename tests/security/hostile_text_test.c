/* What injects into SQL, paths, headers, logs and markup, and what is no text at all, in every place that
 * takes text. */
#include <unistd.h>

#include "base/random.h"
#include "security/places.h"
#include "support/expect.h"
#include "support/figure.h"

/* Stands in each text, so that what is stored of it is found again. */
#define MARK "hostile-mark"

#define MAXIMUM_PLACES 64
#define LONG_TEXT      65000
#define TEXTS          (sizeof(texts) / sizeof(texts[0]))

/* TEXT() as a constant. */
#define BYTES(literal)                  \
    {                                   \
        "" literal, sizeof(literal) - 1 \
    }

/* `malformed`: no body, form or query may hold it. */
struct hostile {
    const char *name;
    struct text text;
    const char *json;
    bool malformed;
};

static struct hostile texts[] = {
    {"end of a string", BYTES(MARK "' OR '1'='1"), NULL, false},
    {"second statement", BYTES(MARK "'; DROP TABLE sentinel; --"), NULL, false},
    {"division by zero", BYTES(MARK "'||(SELECT 1/0)||'"), NULL, false},
    {"union", BYTES(MARK "' UNION SELECT password_hash FROM users --"), NULL, false},
    {"dollar quote", BYTES(MARK "$$; DELETE FROM sentinel; $$ $1 :name {order:a} %s %n"), NULL, false},
    {"LIKE pattern", BYTES("%" MARK "_\\%"), NULL, false},
    {"array and composite", BYTES("{" MARK ",\"NULL\",(1,2)}"), NULL, false},
    {"path", BYTES("../../../../../../../../etc/passwd" MARK), NULL, false},
    {"path to be written", BYTES("/tmp/" MARK "/../" MARK "-file"), NULL, false},
    {"backslash path", BYTES("..\\..\\" MARK), NULL, false},
    {"header", BYTES(MARK "\r\nX-Injected: yes\r\n\r\n<html>"), NULL, false},
    {"log line", BYTES(MARK "\ntime=2001-01-01T00:00:00Z level=error event=\"forged\""), NULL, false},
    {"terminal", BYTES(MARK "\x1b]0;title\x07\x1b[2J\x7f"), NULL, false},
    {"shell", BYTES(MARK "; touch /tmp/" MARK "-file `id` $(id) | id & id"), NULL, false},
    {"markup", BYTES(MARK "\"'><script>alert(1)</script><!ENTITY x SYSTEM \"file:///etc/passwd\">&x;"), NULL,
     false},
    {"address", BYTES("a" MARK "@example.test\r\nBcc: all@example.test"), NULL, false},
    {"other site", BYTES("https://evil.test/" MARK "?@app.example.test"), NULL, false},
    {"right to left", BYTES(MARK "\xe2\x80\xae\xe2\x80\x8b\xef\xbb\xbf\xf0\x9f\x92\xa9\xcc\x81"), NULL,
     false},
    {"long", {NULL, 0}, NULL, false},
    {"zero", BYTES(MARK "\0tail"), NULL, true},
    {"broken UTF-8", BYTES(MARK "\xff\xfe"), NULL, true},
    {"cut UTF-8", BYTES(MARK "\xe2\x82"), NULL, true},
    {"overlong UTF-8", BYTES(MARK "\xc0\xaf\xe0\x80\xaf"), NULL, true},
    {"surrogate in UTF-8", BYTES(MARK "\xed\xa0\x80"), NULL, true},
    {"above Unicode", BYTES(MARK "\xf4\x90\x80\x80"), NULL, true},
    {"lone surrogate escape", BYTES(MARK "\xed\xb0\x80"), "\"" MARK "\\ud800\"", true},
    {"zero escape", BYTES(MARK "\0"), "\"" MARK "\\u0000\"", true},
};

static struct callers callers;
static size_t calls;

static int setup(void **state)
{
    struct world *world = world_start("open_registration = on\n");
    char *long_text = arena_copy_string(world_arena(world), world_print(world, "%*s", LONG_TEXT, MARK));
    memset(long_text, 'x', LONG_TEXT - strlen(MARK));
    for (size_t i = 0; i < TEXTS; i++) {
        if (texts[i].text.data == NULL) {
            texts[i].text = text_of(long_text);
        }
    }
    callers = make_callers(world, "Hostile");
    world_sql(world, "CREATE TABLE sentinel AS SELECT 1 AS one", NULL);
    world_sql(world, "GRANT ALL ON sentinel TO PUBLIC", NULL);
    *state = world;
    return 0;
}

/* nginx and the first steps answer these to anybody. */
static bool is_usual_refusal(int status)
{
    static const int usual[] = {400, 404, 406, 413, 414, 415, 431};
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        if (usual[i] == status) {
            return true;
        }
    }
    return false;
}

static bool is_in_header(const struct answer *answer)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        if (strcmp(answer->headers[i].name, "X-Injected") == 0) {
            return true;
        }
    }
    return false;
}

/* What must hold for an answer to a hostile text. */
static const char *fault_of(const struct place *place, const struct hostile *hostile,
                            const struct answer *answer)
{
    bool decoded = place->kind == PLACE_BODY || place->kind == PLACE_FORM || place->kind == PLACE_QUERY;
    int malformed = place->row->unreadable == PROBLEM_FORBIDDEN ? 403 : 400;
    bool long_query = place->kind == PLACE_QUERY && answer->status == 414;
    if (answer->status >= 500) {
        return "an error of the server";
    }
    if (answer->status >= 400 && !is_usual_refusal(answer->status) &&
        !is_declared(place->row, answer->status)) {
        return "a status that is not documented";
    }
    if (decoded && hostile->malformed && !long_query && answer->status != malformed) {
        return "not refused as malformed";
    }
    if (is_in_header(answer)) {
        return "a header that the text made";
    }
    return strstr(answer->body, "root:x:0") != NULL ? "the content of a file" : NULL;
}

static void check(struct world *world, const struct place *place, const struct hostile *hostile)
{
    struct answer *answer =
        call_place(world, &callers, place, (struct payload){hostile->text, hostile->json});
    const char *fault = fault_of(place, hostile, answer);
    if (fault != NULL) {
        fail_msg("%s of %s with %s: %s: %d %s", place->name, place->row->name, hostile->name, fault,
                 answer->status, answer->body);
    }
    calls++;
}

/* All texts in the long form; else a few, others in each place. */
static void check_all(struct world *world, const struct place *place)
{
    size_t step = short_or_long(TEXTS / 2, 1);
    for (size_t i = calls % step; i < TEXTS; i += step) {
        check(world, place, &texts[i]);
    }
}

static void hostile_text_is_refused_or_taken_as_text(void **state)
{
    struct place places[MAXIMUM_PLACES];
    size_t filled = 0;
    for (size_t i = 0; i < endpoint_count; i++) {
        size_t count = places_of(*state, &endpoints[i], places, MAXIMUM_PLACES);
        for (size_t j = 0; j < count; j++) {
            check_all(*state, &places[j]);
        }
        filled += count;
    }
    figure("%zu hostile texts in %zu places of %zu operations", calls, filled, endpoint_count);
    assert_true(filled > endpoint_count);
}

static void hostile_headers_are_refused_or_taken_as_text(void **state)
{
    size_t before = calls;
    for (size_t i = 0; i < endpoint_count; i++) {
        size_t step = short_or_long(8, 1);
        for (size_t j = i % step; j < READ_HEADERS; j += step) {
            const struct place place = {.row = &endpoints[i], .kind = PLACE_HEADER, .name = read_headers[j]};
            check_all(*state, &place);
        }
    }
    figure("%zu hostile headers", calls - before);
}

/* Whether each line of a log begins as the program begins it; where not, that line in `line`. */
static bool has_only_own_lines(const char *log, struct text *line)
{
    struct text rest = text_of(log);
    while (rest.length > 0) {
        *line = text_cut(&rest, '\n');
        if (!text_starts_with(*line, TEXT("time=20")) ||
            memmem(line->data, line->length, "time=2001-", 10) == line->data) {
            return false;
        }
        for (size_t i = 0; i < line->length; i++) {
            if ((unsigned char)line->data[i] < ' ' || line->data[i] == 127) {
                return false;
            }
        }
    }
    return true;
}

static void no_line_in_a_log_is_forged(void **state)
{
    static const char *const logs[] = {"muster.log", "nginx/muster.access.log"};
    struct world *world = *state;
    struct text line = NO_TEXT;
    for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
        const char *log = world_read_file(world, world_print(world, "%s/%s", world_folder(world), logs[i]));
        assert_non_null(log);
        if (!has_only_own_lines(log, &line)) {
            fail_msg("%s has a line that a request made: %.*s", logs[i], TEXT_ARGUMENTS(line));
        }
    }
    assert_true(has_only_own_lines("time=2019-05-01T00:00:00Z level=info event=\"a\"\n", &line));
    assert_false(has_only_own_lines("time=2019-05-01T00:00:00Z level=info\nforged\n", &line));
    assert_false(has_only_own_lines("time=2001-01-01T00:00:00Z level=error\n", &line));
    assert_false(has_only_own_lines("time=2019-05-01T00:00:00Z event=\"\x1b[2J\"\n", &line));
}

/* Every stored text with the mark, one a line as hexadecimal bytes, with its table and column. Generated
 * columns and documents hold parts of others. */
static const char *stored_texts(struct world *world)
{
    world_sql(
        world,
        "CREATE OR REPLACE FUNCTION pg_temp.stored() RETURNS text LANGUAGE plpgsql AS $$ "
        "DECLARE item record; found text; report text := ''; BEGIN "
        "FOR item IN SELECT table_name, column_name, data_type FROM information_schema.columns "
        "  JOIN information_schema.tables USING (table_schema, table_name) WHERE table_schema = 'public' "
        "  AND table_type = 'BASE TABLE' AND is_generated = 'NEVER' AND data_type IN ('text', 'ARRAY') LOOP "
        "EXECUTE format('SELECT string_agg(DISTINCT %L || '' '' || encode(convert_to(value, ''UTF8''), "
        "  ''hex''), E''\\n'') FROM %I, unnest(%s) AS value WHERE value ~ %L', "
        "  item.table_name || '.' || item.column_name, item.table_name, "
        "  CASE item.data_type WHEN 'text' THEN format('ARRAY[%I]', item.column_name) ELSE "
        "  format('%I::text[]', item.column_name) END, '" MARK "') INTO found; "
        "report := report || coalesce(found || E'\\n', ''); "
        "END LOOP; RETURN report; END $$",
        NULL);
    return world_sql(world, "SELECT pg_temp.stored()", NULL);
}

/* A file in a folder of that name, or the second part of a key of two: its text. */
static struct text own_part_of(struct text stored)
{
    size_t name = sizeof("/00000000000000000000000000000000.csv") - 1;
    size_t id = UUID_TEXT_SIZE - 1;
    bool is_file = stored.length > name && memcmp(stored.data + stored.length - 4, ".csv", 4) == 0;
    if (is_file && stored.data[stored.length - name] == '/') {
        return text_part(stored, 0, stored.length - name);
    }
    bool is_key = stored.length > id && stored.data[id] == '/' && text_is_uuid(text_part(stored, 0, id));
    return is_key ? text_part(stored, id + 1, stored.length) : stored;
}

/* Whether it is one of the texts as it was sent, trimmed, or in small letters. */
static bool is_as_sent(struct world *world, struct text stored)
{
    stored = own_part_of(stored);
    if (text_equal_string(stored, MARK)) {
        return true; /* a header ends at a zero */
    }
    for (size_t i = 0; i < TEXTS; i++) {
        struct text sent = text_trim(texts[i].text);
        struct text lower = text_lower(world_arena(world), sent);
        if (!texts[i].malformed && (text_equal(stored, sent) || text_equal(stored, lower))) {
            return true;
        }
    }
    return false;
}

static struct text bytes_of(struct world *world, struct text hexadecimal)
{
    char *bytes = arena_allocate(world_arena(world), hexadecimal.length / 2 + 1);
    for (size_t i = 0; i + 1 < hexadecimal.length; i += 2) {
        char pair[3] = {hexadecimal.data[i], hexadecimal.data[i + 1], '\0'};
        bytes[i / 2] = (char)strtoul(pair, NULL, 16);
    }
    return (struct text){bytes, hexadecimal.length / 2};
}

static void what_was_stored_is_what_was_sent(void **state)
{
    struct world *world = *state;
    struct text rest = text_of(stored_texts(world));
    size_t stored = 0;
    while (rest.length > 0) {
        struct text value = text_cut(&rest, '\n');
        struct text column = text_cut(&value, ' ');
        struct text bytes = bytes_of(world, value);
        if (!is_as_sent(world, bytes)) {
            fail_msg("%.*s holds something that nobody sent: %.*s", TEXT_ARGUMENTS(column),
                     TEXT_ARGUMENTS(bytes));
        }
        stored++;
    }
    figure("%zu of the texts stored, each as it was sent", stored);
    assert_true(stored > 0);
    assert_false(is_as_sent(world, TEXT(MARK "' OR '1'='1 and more")));
}

static void nothing_was_run(void **state)
{
    struct world *world = *state;
    assert_string_equal(world_sql(world, "SELECT count(*) FROM sentinel", NULL), "1");
    assert_int_equal(access("/tmp/" MARK "-file", F_OK), -1);
    assert_null(strstr(world_log(world), "syntax error"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_text_is_refused_or_taken_as_text),
        cmocka_unit_test(hostile_headers_are_refused_or_taken_as_text),
        cmocka_unit_test(what_was_stored_is_what_was_sent),
        cmocka_unit_test(nothing_was_run),
        cmocka_unit_test(no_line_in_a_log_is_forged),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}

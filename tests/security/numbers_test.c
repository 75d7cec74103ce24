/* Numbers at and past every limit: each is taken as it is or refused by name, never changed into another. */
#include <json-c/json.h>

#include "security/places.h"
#include "support/expect.h"
#include "support/figure.h"
#include "support/raw.h"

#define MAXIMUM_PLACES 64
#define MANY_KEYS      100000

static struct callers callers;
static size_t calls;

static int setup(void **state)
{
    *state = world_start("open_registration = on\n");
    callers = make_callers(*state, "Numbers");
    return 0;
}

/* What no integer field takes, whatever its range. */
static const char *const extremes[] = {
    "-9223372036854775809",
    "-9223372036854775808",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "99999999999999999999999999999999999999999999999999",
    "1e400",
    "-1e400",
    "1e2",
    "1.0",
    "0.5",
};

/* The same of what is no number in JSON; in a query it is text. */
static const char *const malformed[] = {"NaN",  "Infinity", "-Infinity", "01",   "+1",
                                        "0x10", "1,5",      "--1",       "1_000"};

static struct answer *call_number(struct world *world, const struct place *place, const char *number)
{
    calls++;
    return call_place(world, &callers, place, (struct payload){text_of(number), number});
}

static bool names(const struct answer *answer, const char *name)
{
    return strcasestr(answer->body, name) != NULL;
}

/* 404 is what a number in a path says that nothing has; a number that cannot be read is 400. */
static void expect_refused(struct world *world, const struct place *place, const char *number, bool by_name)
{
    struct answer *answer = call_number(world, place, number);
    bool refused = answer->status == 400 || answer->status == 422 ||
                   (place->kind == PLACE_PATH && answer->status == 404);
    if (!refused || (by_name && !names(answer, place->name))) {
        fail_msg("%s of %s takes %s, or does not name the fault: %d %s", place->name, place->row->name,
                 number, answer->status, answer->body);
    }
}

/* Whether the field's value is refused for itself. */
static bool is_refused_by_name(const struct place *place, const struct answer *answer)
{
    return (answer->status == 400 || answer->status == 422) && names(answer, place->name);
}

static void check_bound(struct world *world, const struct place *place, int64_t inside, int64_t outside)
{
    struct answer *answer = call_number(world, place, world_print(world, "%lld", (long long)inside));
    if (answer->status >= 500 || is_refused_by_name(place, answer)) {
        fail_msg("%s of %s refuses its own limit %lld: %d %s", place->name, place->row->name,
                 (long long)inside, answer->status, answer->body);
    }
    expect_refused(world, place, world_print(world, "%lld", (long long)outside), true);
}

static void check_number(struct world *world, const struct place *place, int64_t minimum, int64_t maximum)
{
    bool in_body = place->kind == PLACE_BODY;
    check_bound(world, place, minimum, minimum - 1);
    check_bound(world, place, maximum, maximum + 1);
    for (size_t i = 0; i < sizeof(extremes) / sizeof(extremes[0]); i++) {
        expect_refused(world, place, extremes[i], true);
    }
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        expect_refused(world, place, malformed[i], !in_body);
    }
}

static bool is_page_number(const struct place *place)
{
    return place->field == NULL && (strcmp(place->name, "page") == 0 || strcmp(place->name, "size") == 0);
}

static void check_page(struct world *world, const struct place *place)
{
    bool page = strcmp(place->name, "page") == 0;
    int64_t first = place->row->pages_from_zero ? 0 : 1;
    check_number(world, place, page ? first : 1, page ? INT32_MAX : 100);
}

/* Fields whose limits are the moment's or a rule's, not the table's. */
static bool has_other_limits(const struct place *place)
{
    return strcmp(place->name, "client_supplied_occured_at_in_ms") == 0 ||
           strcmp(place->name, "userGroup") == 0;
}

/* Whether the place takes a number, which was checked then. */
static bool check_place(struct world *world, const struct place *place)
{
    const struct field *field = place->field;
    if (is_page_number(place)) {
        check_page(world, place);
        return true;
    }
    if (field == NULL || field->type != FIELD_INTEGER || place->kind == PLACE_HEADER) {
        return false;
    }
    assert_true(field->maximum > field->minimum);
    if (has_other_limits(place)) {
        expect_refused(world, place, world_print(world, "%lld", (long long)field->minimum - 1), true);
        expect_refused(world, place, world_print(world, "%lld", (long long)field->maximum + 1), true);
        expect_refused(world, place, extremes[0], true);
        expect_refused(world, place, extremes[7], true);
    } else {
        check_number(world, place, field->minimum, field->maximum);
    }
    return true;
}

static void every_number_is_taken_as_it_is_or_refused_by_name(void **state)
{
    struct place places[MAXIMUM_PLACES];
    size_t checked = 0;
    for (size_t i = 0; i < endpoint_count; i++) {
        size_t count = places_of(*state, &endpoints[i], places, MAXIMUM_PLACES);
        for (size_t j = 0; j < count; j++) {
            checked += check_place(*state, &places[j]);
        }
    }
    figure("%zu numbers in %zu places", calls, checked);
    assert_true(checked > 30);
}

static void numbers_in_paths_are_those_of_things_or_not_found(void **state)
{
    static const char *const values[] = {"0",
                                         "-1",
                                         "2147483648",
                                         "9007199254740992",
                                         "9223372036854775808",
                                         "18446744073709551617",
                                         "00000000000000000000001",
                                         "-0"};
    size_t before = calls;
    for (size_t i = 0; i < endpoint_count; i++) {
        struct place places[MAXIMUM_PLACES];
        size_t count = places_of(*state, &endpoints[i], places, MAXIMUM_PLACES);
        for (size_t j = 0; j < count; j++) {
            bool number = places[j].kind == PLACE_PATH && strstr(places[j].name, "_number") != NULL;
            for (size_t k = 0; number && k < sizeof(values) / sizeof(values[0]); k++) {
                struct answer *answer = call_number(*state, &places[j], values[k]);
                bool told = answer->status == 200 && strstr(answer->body, "\"status\":\"error\"") != NULL;
                if (answer->status != 404 && answer->status != 400 && !told) {
                    fail_msg("%s of %s finds %s: %d %s", places[j].name, places[j].row->name, values[k],
                             answer->status, answer->body);
                }
            }
        }
    }
    assert_true(calls > before);
}

/* A good number stays what it was, at the limit too. */
static void a_number_at_its_limit_is_stored_as_it_was_sent(void **state)
{
    struct world *world = *state;
    const char *path =
        world_print(world, "/api/v1/worklete_admin/organizations/%s", callers.tenant.organization_id);
    struct answer *answer = CALL(world, .method = "PATCH", .path = path, .session = &callers.employee.session,
                                 .body = "{\"data\": {\"new_hire_delay_days\": 3650}}");
    expect_status(answer, 200);
    expect_integer(answer, "data.new_hire_delay_days", 3650);
    answer = CALL(world, .method = "PATCH", .path = path, .session = &callers.employee.session,
                  .body = "{\"data\": {\"new_hire_delay_days\": 3651}}");
    expect_error(answer, 422, "new_hire_delay_days");
    assert_string_equal(world_sql(world, "SELECT new_hire_delay_days FROM organizations WHERE id = $1::uuid",
                                  callers.tenant.organization_id, NULL),
                        "3650");
}

/* --- Lengths ----------------------------------------------------------------------------------------------
 */

static void lengths_that_nothing_has_are_refused_by_nginx(void **state)
{
    static const struct {
        const char *length;
        int status;
    } rows[] = {
        {"2147483646", 413},           {"4294967295", 413}, {"4294967296", 413}, {"9223372036854775807", 413},
        {"9223372036854775808", 400},  {"-1", 400},         {"1e3", 400},        {"0x10", 400},
        {"18446744073709551616", 400}, {"1048577", 413},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct answer *answer =
            raw_print(*state,
                      "POST /api/v1/auth HTTP/1.1\r\nHost: muster.test\r\nContent-Type: application/json\r\n"
                      "Content-Length: %s\r\nConnection: close\r\n\r\n{}",
                      rows[i].length);
        expect_status(answer, rows[i].status);
    }
}

/* --- Depth and breadth ------------------------------------------------------------------------------------
 */

static struct answer *change_account(struct world *world, const char *body)
{
    struct session session = insert_session(world, callers.tenant.member.user_id, "1 day");
    return CALL(world, .method = "PATCH", .path = "/api/v1/auth", .session = &session, .body = body);
}

static const char *nested(struct world *world, size_t depth, char open, char close)
{
    char *text = arena_allocate(world_arena(world), 2 * depth + 1);
    memset(text, open, depth);
    memset(text + depth, close, depth);
    return text;
}

static void depth_has_a_limit(void **state)
{
    expect_status(change_account(*state, world_print(*state, "{\"x\":%s}", nested(*state, 31, '[', ']'))),
                  200);
    expect_error(change_account(*state, world_print(*state, "{\"x\":%s}", nested(*state, 32, '[', ']'))), 400,
                 "deep");
    expect_error(change_account(*state, world_print(*state, "{\"x\":%s}", nested(*state, 500000, '[', ']'))),
                 400, "deep");
    expect_status(change_account(*state, nested(*state, 500000, '{', '}')), 400);
}

static const char *with_keys(struct world *world, size_t count, const char *last)
{
    struct builder out;
    builder_start(&out, world_arena(world), 1 << 20, 2 << 20);
    builder_add_character(&out, '{');
    for (size_t i = 0; i < count; i++) {
        builder_add_format(&out, "\"%zx\":1,", i);
    }
    builder_add_format(&out, "\"%s\":1}", last);
    return arena_copy_text(world_arena(world), builder_text(&out)).data;
}

/* Names that nobody knows are ignored however many they are; one that comes twice is found among them. */
static void many_keys_are_read_and_a_double_one_is_found(void **state)
{
    expect_status(change_account(*state, with_keys(*state, MANY_KEYS, "last")), 200);
    /* Sorted, these stand at the beginning, in the middle and at the end. */
    static const char *const doubles[] = {"0", "8000", "ffff"};
    for (size_t i = 0; i < sizeof(doubles) / sizeof(doubles[0]); i++) {
        expect_error(change_account(*state, with_keys(*state, MANY_KEYS, doubles[i])), 400, "duplicate");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_is_taken_as_it_is_or_refused_by_name),
        cmocka_unit_test(numbers_in_paths_are_those_of_things_or_not_found),
        cmocka_unit_test(a_number_at_its_limit_is_stored_as_it_was_sent),
        cmocka_unit_test(lengths_that_nothing_has_are_refused_by_nginx),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(many_keys_are_read_and_a_double_one_is_found),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}

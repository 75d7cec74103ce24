/* Every operation with every id of another organization: answered exactly as for an id that does not exist,
 * and no list leaks one. */
#include <regex.h>

#include "base/random.h"
#include "support/expect.h"
#include "support/operations.h"

static struct tenant own;
static struct tenant foreign;

static int setup(void **state)
{
    *state = world_start("open_registration = on\n");
    own = make_tenant(*state, "Own");
    foreign = make_tenant(*state, "Foreign");
    return 0;
}

/* Which things of a request are the foreign organization's, or nobody's; the rest is one's own. */
struct choice {
    const char *name; /* NULL: all ids */
    bool exists;
    char unknown[UUID_TEXT_SIZE];
};

/* Nobody has got so far. */
#define UNKNOWN_NUMBER "9007199254740000"

static bool is_number(const char *name)
{
    return strstr(name, "_number") != NULL;
}

/* A course belongs to no organization: that it exists is no secret. */
static bool is_of_tenant(const struct endpoint *row, const char *name)
{
    bool player = strncmp(row->path, "/player/", 8) == 0;
    return is_id(name) && !(player && strcmp(name, "course_id") == 0);
}

static const char *chosen_thing(struct world *world, const struct endpoint *row, const char *name,
                                const void *argument)
{
    const struct choice *choice = argument;
    bool chosen = is_of_tenant(row, name) && (choice->name == NULL || strcmp(choice->name, name) == 0);
    if (chosen && !choice->exists) {
        return is_number(name) ? UNKNOWN_NUMBER : choice->unknown;
    }
    return tenant_thing(world, row, name, chosen ? &foreign : &own);
}

/* `text` with the part of each match that is in parentheses left out. */
static const char *without(struct world *world, const char *text, const char *pattern)
{
    regex_t expression;
    regmatch_t matches[2];
    assert_int_equal(regcomp(&expression, pattern, REG_EXTENDED), 0);
    while (regexec(&expression, text, 2, matches, 0) == 0) {
        text = world_print(world, "%.*s%s", (int)matches[1].rm_so, text, text + matches[1].rm_eo);
    }
    regfree(&expression);
    return text;
}

/* What Moab's answers have of the request or of chance: the number that was asked about, the trace. */
static const char *comparable(struct world *world, const struct answer *answer)
{
    if (answer->endpoint->api != API_MOAB) {
        return answer->body;
    }
    return without(world, without(world, answer->body, "^\\{\"id\":([0-9]+)"), "\"traceId\":\"([^\"]+)\"");
}

/* Moab tells that it has not done something with 200. */
static bool is_refused(const struct answer *answer)
{
    return answer->status >= 400 ||
           (answer->endpoint->api == API_MOAB && strstr(answer->body, "\"status\":\"error\"") != NULL);
}

static void expect_same(struct world *world, const struct endpoint *row, const struct answer *foreign_answer,
                        const struct answer *unknown_answer)
{
    bool same = foreign_answer->status == unknown_answer->status &&
                strcmp(comparable(world, foreign_answer), comparable(world, unknown_answer)) == 0 &&
                foreign_answer->header_count == unknown_answer->header_count;
    if (!same) {
        fail_msg("%s tells a foreign id from an unknown one:\n%d %s\n%d %s", row->name,
                 foreign_answer->status, foreign_answer->body, unknown_answer->status, unknown_answer->body);
    }
    if (!is_refused(foreign_answer)) {
        fail_msg("%s takes a foreign id: %d %s", row->name, foreign_answer->status, foreign_answer->body);
    }
}

static void compare(struct world *world, const struct endpoint *row, const struct person *caller,
                    const char *name)
{
    struct choice choice = {.name = name, .exists = true};
    struct presented presented = presented_by(world, row, caller);
    random_uuid(choice.unknown);
    struct answer *foreign_answer = call_operation_by(world, row, presented, NULL, chosen_thing, &choice);
    choice.exists = false;
    expect_same(world, row, foreign_answer,
                call_operation_by(world, row, presented, NULL, chosen_thing, &choice));
}

/* The names of ids that a call of the row has, each once. */
struct names {
    const char *list[16];
    size_t count;
};

static const char *note_name(struct world *world, const struct endpoint *row, const char *name,
                             const void *argument)
{
    struct names *names = *(struct names *const *)argument;
    bool known = !is_of_tenant(row, name);
    for (size_t i = 0; i < names->count; i++) {
        known = known || strcmp(names->list[i], name) == 0;
    }
    if (!known && names->count < 16) {
        names->list[names->count++] = world_print(world, "%s", name);
    }
    return "";
}

static struct names names_of(struct world *world, const struct endpoint *row)
{
    const struct operation *operation = operation_of(row);
    struct names names = {.count = 0};
    struct names *place = &names;
    fill(world, row->path, row, note_name, &place);
    fill(world, operation->query, row, note_name, &place);
    fill(world, operation->body != NULL ? operation->body : "", row, note_name, &place);
    return names;
}

static void foreign_ids_are_answered_like_unknown_ones(void **state)
{
    const struct person *callers[] = {&own.organization_admin, &own.team_admin, &own.member};
    size_t compared = 0;
    for (size_t i = 0; i < endpoint_count; i++) {
        struct names names = names_of(*state, &endpoints[i]);
        for (size_t j = 0; j < 3 * names.count; j++) {
            compare(*state, &endpoints[i], callers[j % 3], names.list[j / 3]);
            compare(*state, &endpoints[i], callers[j % 3], NULL);
            compared++;
        }
    }
    assert_true(compared > 0);
}

/* Everything by which something of the foreign organization could be known, one a line. */
static const char *foreign_marks(struct world *world)
{
    return world_sql(
        world,
        "WITH people AS (SELECT * FROM memberships WHERE organization_id = $1::uuid) "
        "SELECT string_agg(mark, E'\\n') FROM ("
        "SELECT $1::uuid::text AS mark UNION ALL SELECT name FROM organizations WHERE id = $1::uuid "
        "UNION ALL SELECT id::text FROM people UNION ALL SELECT user_id::text FROM people WHERE user_id IS "
        "NOT NULL "
        "UNION ALL SELECT email FROM users WHERE id IN (SELECT user_id FROM people) "
        "UNION ALL SELECT id::text FROM teams WHERE organization_id = $1::uuid "
        "UNION ALL SELECT id::text FROM training_categories WHERE organization_id = $1::uuid "
        "UNION ALL SELECT id::text FROM invitations WHERE organization_id = $1::uuid "
        "UNION ALL SELECT invite_code FROM invitations WHERE organization_id = $1::uuid) AS marks",
        foreign.organization_id, NULL);
}

static void expect_no_mark(struct world *world, const struct answer *answer, const char *marks)
{
    struct text rest = text_of(marks);
    while (rest.data != NULL) {
        struct text mark = text_cut(&rest, '\n');
        if (strstr(answer->body, world_print(world, "\"%.*s\"", TEXT_ARGUMENTS(mark))) != NULL) {
            fail_msg("%s shows %.*s of another organization: %s", answer->request, TEXT_ARGUMENTS(mark),
                     answer->body);
        }
    }
}

static void nothing_foreign_is_in_any_answer(void **state)
{
    const struct person *callers[] = {&own.organization_admin, &own.team_admin, &own.member};
    const char *marks = foreign_marks(*state);
    for (size_t i = 0; i < endpoint_count; i++) {
        for (size_t j = 0; j < 3 && endpoints[i].method == METHOD_GET && endpoints[i].access != ACCESS_PUBLIC;
             j++) {
            struct answer *answer =
                call_operation_by(*state, &endpoints[i], presented_by(*state, &endpoints[i], callers[j]),
                                  NULL, tenant_thing, &own);
            expect_no_mark(*state, answer, marks);
        }
    }
}

/* The organization's id and name; of everybody who has joined, by the calls before too, the id, the
 * membership's and the address, where there is one. */
static size_t marks_of_a_list_of_users(struct world *world)
{
    const char *count = world_sql(world,
                                  "SELECT 2 + 2 * count(*) + count(users.email) FROM memberships "
                                  "JOIN users ON users.id = user_id WHERE organization_id = $1::uuid",
                                  foreign.organization_id, NULL);
    return strtoul(count, NULL, 10);
}

/* The marks are what answers would show. */
static void the_foreign_admin_sees_its_marks(void **state)
{
    struct world *world = *state;
    struct answer *answer = call_get(world, &foreign.organization_admin.session, "/api/v1/users?size=100");
    const char *marks = foreign_marks(world);
    size_t seen = 0;
    struct text rest = text_of(marks);
    while (rest.data != NULL) {
        struct text mark = text_cut(&rest, '\n');
        seen += strstr(answer->body, world_print(world, "\"%.*s\"", TEXT_ARGUMENTS(mark))) != NULL;
    }
    assert_int_equal(seen, marks_of_a_list_of_users(world));
    assert_true(seen >= 2 + 3 * 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_ids_are_answered_like_unknown_ones),
        cmocka_unit_test(nothing_foreign_is_in_any_answer),
        cmocka_unit_test(the_foreign_admin_sees_its_marks),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}

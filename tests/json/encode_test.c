/* Rows to JSON: each type's form, nested lists from following rows, and what a binding refuses. */
#include "support/context.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "json/encode.h"
#include "json/json.h"

#define COLUMNS 6

/* Rows in the test itself; NULL is SQL's NULL. */
struct table {
    const char *names[COLUMNS];
    const char *cells[12][COLUMNS];
};

static struct text table_value(const void *owner, size_t row, int column)
{
    return text_of(((const struct table *)owner)->cells[row][column]);
}

static int table_column(const void *owner, const char *name)
{
    const struct table *table = owner;

    for (int column = 0; column < COLUMNS && table->names[column] != NULL; column++) {
        if (strcmp(table->names[column], name) == 0) {
            return column;
        }
    }
    return -1;
}

static struct row_source source_of(const struct table *table, size_t rows)
{
    return (struct row_source){.owner = table, .rows = rows, .value = table_value, .column = table_column};
}

static struct text encode(const struct shape *shape, const struct row_source *source)
{
    struct builder *out = ARENA_NEW(test_context.arena, struct builder);
    struct json_writer writer;
    struct binding *binding = binding_create(shape, source);

    assert_non_null(binding);
    assert_ptr_equal(binding_shape(binding), shape);
    builder_start(out, test_context.arena, 64, 8 * 1024 * 1024);
    json_start(&writer, out);
    encode_array(&writer, binding, source);
    binding_destroy(binding);
    assert_false(out->overflowed);
    assert_null(json_scan(builder_text(out), JSON_MAXIMUM_DEPTH).fault);
    return builder_text(out);
}

/* Expects the only column of the only row as JSON. */
static void expect_json(enum field_type type, const char *value, const char *json)
{
    const struct table table = {.names = {"x"}, .cells = {{value}}};
    const struct field field = {.name = "value", .type = type, .column = "x"};
    const struct shape shape = {.name = "One", .fields = &field, .count = 1};
    const struct row_source source = source_of(&table, 1);
    struct builder out;
    struct json_writer writer;
    struct binding *binding = binding_create(&shape, &source);

    assert_non_null(binding);
    builder_start(&out, test_context.arena, 8, 4096);
    json_start(&writer, &out);
    encode_object(&writer, binding, &source, 0);
    binding_destroy(binding);
    expect_text(builder_text(&out), arena_print(test_context.arena, "{\"value\":%s}", json));
}

static void writes_each_type(void **state)
{
    (void)state;
    expect_json(FIELD_TEXT, "a\"\\\n\xc3\xa9", "\"a\\\"\\\\\\n\xc3\xa9\"");
    expect_json(FIELD_TEXT, "", "\"\"");
    expect_json(FIELD_EMAIL, "a@b.c", "\"a@b.c\"");
    expect_json(FIELD_URL, "https://a.b/\"", "\"https://a.b/\\\"\"");
    expect_json(FIELD_UUID, "0b9b4ffe-6a0e-4e0f-8c2c-0d6f1f0a4d51",
                "\"0b9b4ffe-6a0e-4e0f-8c2c-0d6f1f0a4d51\"");
    expect_json(FIELD_INTEGER, "-9223372036854775808", "-9223372036854775808");
    expect_json(FIELD_BOOLEAN, "t", "true");
    expect_json(FIELD_BOOLEAN, "f", "false");
    expect_json(FIELD_DATE, "2019-05-01", "\"2019-05-01\"");
    expect_json(FIELD_JSON, "{ \"a\": 1.50}", "{ \"a\": 1.50}");
    for (int type = FIELD_TEXT; type <= FIELD_EMAILS; type++) {
        if (type != FIELD_PASSWORD && type != FIELD_OBJECT && type != FIELD_LIST) {
            expect_json((enum field_type)type, NULL, "null");
        }
    }
}

static void writes_times(void **state)
{
    (void)state;
    expect_json(FIELD_TIME, "2019-05-01 16:44:18+00", "\"2019-05-01T16:44:18.000Z\"");
    expect_json(FIELD_TIME, "2019-05-01 16:44:18.4+00", "\"2019-05-01T16:44:18.400Z\"");
    expect_json(FIELD_TIME, "2019-05-01 16:44:18.40+00", "\"2019-05-01T16:44:18.400Z\"");
    expect_json(FIELD_TIME, "2019-05-01 16:44:18.407+00", "\"2019-05-01T16:44:18.407Z\"");
    expect_json(FIELD_TIME, "2019-05-01 16:44:18.407999+00", "\"2019-05-01T16:44:18.407Z\"");
    expect_json(FIELD_TIME, "infinity", "\"infinity\"");
    expect_json(FIELD_TIME, "0044-03-15 12:00:00+00 BC", "\"0044-03-15 12:00:00+00 BC\"");
    expect_json(FIELD_TIME, "12019-05-01 16:44:18+00", "\"12019-05-01 16:44:18+00\"");
    expect_json(FIELD_UNIX_TIME, "2019-05-01 16:44:18.999999+00", "1556729058");
    expect_json(FIELD_UNIX_TIME, "1970-01-01 00:00:00+00", "0");
    expect_json(FIELD_UNIX_TIME, "1969-12-31 23:59:58.5+00", "-2");
    expect_json(FIELD_UNIX_TIME, "-infinity", "\"-infinity\"");
}

static void writes_addresses_without_the_mask_of_a_host(void **state)
{
    (void)state;
    expect_json(FIELD_ADDRESS, "127.0.0.1", "\"127.0.0.1\"");
    expect_json(FIELD_ADDRESS, "127.0.0.1/32", "\"127.0.0.1\"");
    expect_json(FIELD_ADDRESS, "10.0.0.0/8", "\"10.0.0.0/8\"");
    expect_json(FIELD_ADDRESS, "2001:db8::1/128", "\"2001:db8::1\"");
    expect_json(FIELD_ADDRESS, "2001:db8::1/32", "\"2001:db8::1/32\"");
}

static void writes_arrays(void **state)
{
    (void)state;
    expect_json(FIELD_TEXTS, "{}", "[]");
    expect_json(FIELD_TEXTS, "{a,\"b c\",NULL,\"NULL\",\"\"}", "[\"a\",\"b c\",null,\"NULL\",\"\"]");
    expect_json(FIELD_TEXTS, "{\"a,b\",\"c\\\"d\\\\e\",\"{}\"}", "[\"a,b\",\"c\\\"d\\\\e\",\"{}\"]");
    expect_json(FIELD_TEXTS, "{\"line\nend\",\xc3\xa9}", "[\"line\\nend\",\"\xc3\xa9\"]");
    expect_json(FIELD_UUIDS, "{0b9b4ffe-6a0e-4e0f-8c2c-0d6f1f0a4d51,ffffffff-ffff-4fff-bfff-ffffffffffff}",
                "[\"0b9b4ffe-6a0e-4e0f-8c2c-0d6f1f0a4d51\",\"ffffffff-ffff-4fff-bfff-ffffffffffff\"]");
}

static void obeys_when_and_constant(void **state)
{
    (void)state;
    static const struct field fields[] = {
        {.name = "secret", .type = FIELD_TEXT, .when = "admin"},
        {.name = "password", .type = FIELD_PASSWORD, .constant = "null"},
        {.name = "id", .type = FIELD_INTEGER},
        {.name = "fixed", .type = FIELD_BOOLEAN, .constant = "true", .when = "admin"},
    };
    static const struct shape shape = SHAPE("Thing", "A thing.", fields);
    static const struct table table = {.names = {"id", "secret", "admin"},
                                       .cells = {{"1", "x", "t"}, {"2", "y", "f"}, {"3", "z", NULL}}};
    const struct row_source source = source_of(&table, 3);

    expect_text(encode(&shape, &source), "[{\"secret\":\"x\",\"password\":null,\"id\":1,\"fixed\":true},"
                                         "{\"password\":null,\"id\":2},{\"password\":null,\"id\":3}]");
}

static const struct field organization_fields[] = {
    {.name = "id", .type = FIELD_INTEGER, .column = "organization_id"},
    {.name = "name", .type = FIELD_TEXT, .column = "organization_name"},
};
static const struct shape organization = SHAPE("Organization", "An organization.", organization_fields);
static const struct field membership_fields[] = {
    {.name = "id", .type = FIELD_INTEGER, .column = "membership_id"},
    {.name = "organization", .type = FIELD_OBJECT, .shape = &organization, .key = "organization_id"},
};
static const struct shape membership = SHAPE("Membership", "A membership.", membership_fields);
static const struct field user_fields[] = {
    {.name = "id", .type = FIELD_INTEGER},
    {.name = "organizations", .type = FIELD_LIST, .shape = &organization},
    {.name = "memberships", .type = FIELD_LIST, .shape = &membership, .key = "membership_id"},
    {.name = "email", .type = FIELD_EMAIL},
};
static const struct shape user = SHAPE("User", "A user.", user_fields);

static const struct table users = {
    .names = {"id", "email", "organization_id", "organization_name", "membership_id"},
    .cells = {{"1", "a@b.c", "10", "X", "100"},
              {"1", "a@b.c", "11", "Y", "100"},
              {"1", "a@b.c", "10", "X", "101"},
              {"1", "a@b.c", NULL, NULL, "102"},
              {"2", NULL, NULL, NULL, NULL},
              {NULL, NULL, "12", "Z", NULL},
              {"3", "d@e.f", "10", "X", NULL}},
};

static void following_rows_carry_the_elements(void **state)
{
    (void)state;
    const struct row_source source = source_of(&users, 7);

    expect_text(
        encode(&user, &source),
        "[{\"id\":1,\"organizations\":[{\"id\":10,\"name\":\"X\"},{\"id\":11,\"name\":\"Y\"}],"
        "\"memberships\":[{\"id\":100,\"organization\":{\"id\":10,\"name\":\"X\"}},"
        "{\"id\":101,\"organization\":{\"id\":10,\"name\":\"X\"}},{\"id\":102,\"organization\":null}],"
        "\"email\":\"a@b.c\"},"
        "{\"id\":2,\"organizations\":[],\"memberships\":[],\"email\":null},"
        "{\"id\":3,\"organizations\":[{\"id\":10,\"name\":\"X\"}],\"memberships\":[],\"email\":\"d@e.f\"}]");
    const struct row_source none = source_of(&users, 0);
    expect_text(encode(&user, &none), "[]");
}

/* Where no field alone tells one thing from the next, a column does that is not shown. */
static void an_identity_of_its_own_tells_things_apart(void **state)
{
    (void)state;
    static const struct field fields[] = {
        {.name = "id", .type = FIELD_INTEGER},
        {.name = "organizations", .type = FIELD_LIST, .shape = &organization},
    };
    static const struct shape shape = {
        .name = "Pair", .about = "A pair.", .fields = fields, .count = 2, .identity = "pair"};
    static const struct table table = {
        .names = {"id", "organization_id", "organization_name", "pair"},
        .cells = {
            {"1", "10", "X", "a"}, {"1", "11", "Y", "a"}, {"1", "10", "X", "b"}, {"1", NULL, NULL, NULL}}};
    const struct row_source source = source_of(&table, 4);

    expect_text(encode(&shape, &source),
                "[{\"id\":1,\"organizations\":[{\"id\":10,\"name\":\"X\"},{\"id\":11,\"name\":\"Y\"}]},"
                "{\"id\":1,\"organizations\":[{\"id\":10,\"name\":\"X\"}]}]");
}

static void tells_where_a_thing_ends(void **state)
{
    (void)state;
    const struct row_source source = source_of(&users, 7);
    struct binding *binding = binding_create(&user, &source);
    struct binding *flat = binding_create(&organization, &source);

    assert_int_equal(encode_group_end(binding, &source, 0), 4);
    assert_int_equal(encode_group_end(binding, &source, 4), 5);
    assert_int_equal(encode_group_end(binding, &source, 6), 7);
    assert_int_equal(encode_group_end(flat, &source, 0), 1);
    binding_destroy(binding);
    binding_destroy(flat);
}

static void members_stand_beside_others(void **state)
{
    (void)state;
    const struct row_source source = source_of(&users, 7);
    struct binding *binding = binding_create(&organization, &source);
    struct builder out;
    struct json_writer writer;

    builder_start(&out, test_context.arena, 64, 4096);
    json_start(&writer, &out);
    json_open_object(&writer);
    json_key(&writer, "success");
    json_boolean(&writer, true);
    encode_members(&writer, binding, &source, 1);
    json_key(&writer, "last");
    json_null(&writer);
    json_close_object(&writer);
    binding_destroy(binding);
    expect_text(builder_text(&out), "{\"success\":true,\"id\":11,\"name\":\"Y\",\"last\":null}");
}

static const struct field team_fields[] = {
    {.name = "id", .type = FIELD_INTEGER, .column = "membership_id"},
    {.name = "organizations", .type = FIELD_LIST, .shape = &organization},
};
static const struct shape team = SHAPE("Team", "A list in a list.", team_fields);
static const struct field tree_fields[] = {
    {.name = "id", .type = FIELD_INTEGER},
    {.name = "teams", .type = FIELD_LIST, .shape = &team},
};
static const struct shape tree = SHAPE("Tree", "A tree.", tree_fields);

static void lists_may_hold_lists(void **state)
{
    (void)state;
    static const struct table table = {
        .names = {"id", "membership_id", "organization_id", "organization_name"},
        .cells = {{"1", "5", "7", "a"}, {"1", "5", "8", "b"}, {"1", "6", "7", "a"}, {"2", "6", NULL, NULL}}};
    const struct row_source source = source_of(&table, 4);

    expect_text(encode(&tree, &source), "[{\"id\":1,\"teams\":[{\"id\":5,\"organizations\":[{\"id\":7,"
                                        "\"name\":\"a\"},{\"id\":8,\"name\":\"b\"}]},"
                                        "{\"id\":6,\"organizations\":[{\"id\":7,\"name\":\"a\"}]}]},"
                                        "{\"id\":2,\"teams\":[{\"id\":6,\"organizations\":[]}]}]");
}

/* One thing of many rows: the key of each row is its number modulo `elements`. */
struct many {
    size_t elements;
};

static struct text many_value(const void *owner, size_t row, int column)
{
    const struct many *many = owner;

    return column == 0 ? TEXT("1") : text_of(arena_print(test_context.arena, "%zu", row % many->elements));
}

static int many_column(const void *owner, const char *name)
{
    (void)owner;
    return strcmp(name, "id") == 0 ? 0 : 1;
}

static void large_groups_repeat_nothing_either(void **state)
{
    (void)state;
    const struct many many = {.elements = 500};
    const struct row_source source = {
        .owner = &many, .rows = 2000, .value = many_value, .column = many_column};
    static const struct field element_fields[] = {{.name = "key", .type = FIELD_INTEGER}};
    static const struct shape element = SHAPE("Element", "An element.", element_fields);
    static const struct field thing_fields[] = {{.name = "id", .type = FIELD_INTEGER},
                                                {.name = "list", .type = FIELD_LIST, .shape = &element}};
    static const struct shape thing = SHAPE("Thing", "A thing.", thing_fields);

    const struct text json = encode(&thing, &source);
    const struct json_scan scan = json_scan(json, 8);
    assert_int_equal(scan.keys, 2 + 500);
    assert_true(text_starts_with(json, TEXT("[{\"id\":1,\"list\":[{\"key\":0},{\"key\":1},")));
}

static const struct field badge_fields[] = {
    {.name = "key", .type = FIELD_INTEGER, .column = "badge"},
};
static const struct shape badge =
    RENDERED_SHAPE("Badge", "All of it is ready.", badge_fields, "ready badge", 1);
static const struct field rendered_fields[] = {
    {.name = "id", .type = FIELD_INTEGER, .column = "number"},
    {.name = "email", .type = FIELD_EMAIL},
    {.name = "kind", .type = FIELD_TEXT, .constant = "\"person\""},
    {.name = "badges", .type = FIELD_LIST, .shape = &badge, .key = "badge"},
    {.name = "first", .type = FIELD_OBJECT, .shape = &badge, .key = "badge"},
};
static const struct shape rendered = RENDERED_SHAPE("Rendered", "Mostly ready.", rendered_fields, "ready", 3);

static void what_is_rendered_is_copied(void **state)
{
    (void)state;
    static const struct table table = {.names = {"ready", "ready badge"},
                                       .cells = {{"\"as\":\"it is\\n\",\"x\":null", "\"b\":1"},
                                                 {"\"as\":\"it is\\n\",\"x\":null", "\"b\":2"},
                                                 {"\"as\":\"it is\\n\",\"x\":null", "\"b\":1"},
                                                 {NULL, "\"b\":3"},
                                                 {"\"any\":0", NULL}}};
    const struct row_source source = source_of(&table, 5);

    expect_text(encode(&rendered, &source),
                "[{\"as\":\"it is\\n\",\"x\":null,\"badges\":[{\"b\":1},{\"b\":2}],\"first\":{\"b\":1}},"
                "{\"any\":0,\"badges\":[],\"first\":null}]");
    const struct row_source none = source_of(&table, 0);
    expect_text(encode(&rendered, &none), "[]");
}

static void without_a_rendering_the_fields_are_encoded(void **state)
{
    (void)state;
    static const struct table table = {
        .names = {"number", "email", "badge"},
        .cells = {{"1", "a@b.c", "5"}, {"1", "a@b.c", "6"}, {"2", NULL, NULL}, {NULL, NULL, "7"}}};
    const struct row_source source = source_of(&table, 4);

    expect_text(encode(&rendered, &source),
                "[{\"id\":1,\"email\":\"a@b.c\",\"kind\":\"person\",\"badges\":[{\"key\":5},{\"key\":6}],"
                "\"first\":{\"key\":5}},"
                "{\"id\":2,\"email\":null,\"kind\":\"person\",\"badges\":[],\"first\":null}]");
}

static const struct field password_fields[] = {{.name = "email", .type = FIELD_PASSWORD}};
static const struct shape password = SHAPE("Password", "It would be shown.", password_fields);
static const struct field uncovered_fields[] = {{.name = "absent", .type = FIELD_TEXT}};
static const struct shape uncovered = SHAPE("Uncovered", "No such column.", uncovered_fields);
static const struct field hidden_fields[] = {{.name = "email", .type = FIELD_TEXT, .when = "absent"}};
static const struct shape hidden = SHAPE("Hidden", "No such condition.", hidden_fields);
static const struct shape endless;
static const struct field endless_fields[] = {{.name = "id", .type = FIELD_INTEGER},
                                              {.name = "children", .type = FIELD_LIST, .shape = &endless}};
static const struct shape endless = SHAPE("Endless", "It holds itself.", endless_fields);

static bool binding_aborts_on(const struct shape *shape, const struct table *table)
{
    const struct row_source source = source_of(table, 1);
    const pid_t child = fork();
    int status = 0;

    if (child == 0) {
        (void)signal(SIGABRT, SIG_DFL);
        assert_non_null(freopen("/dev/null", "w", stderr));
        binding_destroy(binding_create(shape, &source));
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static bool binding_aborts(const struct shape *shape)
{
    return binding_aborts_on(shape, &users);
}

static void refuses_what_the_statement_does_not_cover(void **state)
{
    (void)state;
    assert_true(binding_aborts(&password));
    assert_true(binding_aborts(&uncovered));
    assert_true(binding_aborts(&hidden));
    assert_true(binding_aborts(&endless));
    assert_false(binding_aborts(&user));
}

/* What a rendering stands for is always there, is shown, and is read from one row; what stands behind it has
 * columns. */
static void refuses_a_rendering_that_cannot_be(void **state)
{
    (void)state;
    static const struct table ready = {.names = {"ready", "badge"}};
    static const struct table bare = {.names = {"ready"}};
    static const struct shape conditional = RENDERED_SHAPE("Conditional", "", hidden_fields, "email", 1);
    static const struct shape secret = RENDERED_SHAPE("Secret", "", password_fields, "email", 1);
    static const struct shape listing = RENDERED_SHAPE("Listing", "", user_fields, "email", 2);

    assert_false(binding_aborts_on(&rendered, &ready));
    assert_true(binding_aborts_on(&rendered, &bare));
    assert_true(binding_aborts(&conditional));
    assert_true(binding_aborts(&secret));
    assert_true(binding_aborts(&listing));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CONTEXT(writes_each_type),
        IN_CONTEXT(writes_times),
        IN_CONTEXT(writes_addresses_without_the_mask_of_a_host),
        IN_CONTEXT(writes_arrays),
        IN_CONTEXT(obeys_when_and_constant),
        IN_CONTEXT(following_rows_carry_the_elements),
        IN_CONTEXT(an_identity_of_its_own_tells_things_apart),
        IN_CONTEXT(tells_where_a_thing_ends),
        IN_CONTEXT(members_stand_beside_others),
        IN_CONTEXT(lists_may_hold_lists),
        IN_CONTEXT(large_groups_repeat_nothing_either),
        IN_CONTEXT(what_is_rendered_is_copied),
        IN_CONTEXT(without_a_rendering_the_fields_are_encoded),
        IN_CONTEXT(refuses_what_the_statement_does_not_cover),
        IN_CONTEXT(refuses_a_rendering_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Every body with every column of every table added: what an operation does not name it never sets. */
#include <json-c/json.h>

#include "base/encoding.h"
#include "support/expect.h"
#include "support/operations.h"

/* What is looked for in the tables afterwards; no good value looks like these. */
#define TEXT_MARK   "mass-assigned"
#define UUID_MARK   "dead0000-dead-4ead-8ead-dead00000000"
#define TIME_MARK   "2001-02-03T04:05:06.789Z"
#define TIME_SHOWN  "2001-02-03 04:05:06.789"
#define NUMBER_MARK "424242"

static struct tenant tenant;

static int setup(void **state)
{
    *state = world_start("open_registration = on\n");
    tenant = make_tenant(*state, "Mass");
    return 0;
}

/* A value for a column that is none of the usual ones: of truth values and small numbers, which cannot be
 * told apart, another than the usual one. */
static const char values_of_columns[] =
    "SELECT json_object_agg(column_name, value)::text FROM (SELECT DISTINCT ON (column_name) column_name, "
    "CASE "
    "WHEN data_type = 'uuid' THEN to_json('" UUID_MARK "'::text) "
    "WHEN data_type = 'boolean' THEN to_json(coalesce(column_default, 'false') <> 'true') "
    "WHEN data_type = 'smallint' THEN to_json(1) "
    "WHEN data_type IN ('integer', 'bigint') THEN to_json(" NUMBER_MARK ") "
    "WHEN data_type LIKE 'timestamp%' OR data_type = 'date' THEN to_json('" TIME_MARK "'::text) "
    "WHEN data_type = 'ARRAY' THEN '[\"" TEXT_MARK "\"]'::json "
    "ELSE to_json('" TEXT_MARK "'::text) END AS value "
    "FROM information_schema.columns WHERE table_schema = 'public' ORDER BY column_name, table_name) AS "
    "columns";

static struct json_object *parsed(const char *text)
{
    struct json_object *object = json_tokener_parse(text);
    assert_non_null(object);
    return object;
}

/* An object gets what is not the row's own, beside what it has and as objects of their own. */
static void add_columns(const struct endpoint *row, struct json_object *object, struct json_object *all)
{
    struct json_object *extra = json_object_new_object();
    json_object_object_foreach(all, name, value)
    {
        if (shape_find_member(row->body, name) == row->body->count) {
            json_object_object_add(object, name, json_object_get(value));
            json_object_object_add(extra, name, json_object_get(value));
        }
    }
    json_object_object_add(object, "user", json_object_get(extra));
    json_object_object_add(object, "attributes", extra);
}

/* The body with the columns that it has not, in each of the objects whose members are fields. */
static const char *with_columns(struct world *world, const struct endpoint *row, const char *body,
                                const char *columns)
{
    struct json_object *all = parsed(columns);
    struct json_object *object = parsed(body);
    struct json_object *inner = json_object_object_get(object, "data");
    if (row->wrapped && inner != NULL) {
        add_columns(row, inner, all);
    }
    add_columns(row, object, all);
    const char *text = world_print(world, "%s", json_object_to_json_string(object));
    json_object_put(object);
    json_object_put(all);
    return text;
}

/* How many columns an address has room for. */
#define COLUMNS_OF_A_QUERY 100

/* Columns from the one numbered `start` on as parameters, for rows that take fields from the query, and for
 * forms. */
static const char *columns_as_parameters(struct world *world, const struct endpoint *row, const char *columns,
                                         size_t start, size_t count)
{
    struct json_object *all = parsed(columns);
    const char *text = "";
    size_t index = 0;
    json_object_object_foreach(all, name, value)
    {
        struct text written = text_of(json_object_get_string(value));
        bool chosen = index >= start && index < start + count;
        if (chosen && shape_find_member(row->body, name) == row->body->count) {
            text =
                world_print(world, "%s&%s=%s", text, name, encode_percent(world_arena(world), written).data);
        }
        index++;
    }
    json_object_put(all);
    return text;
}

/* The body's members as a form. */
static const char *body_as_form(struct world *world, const char *body)
{
    struct json_object *object = parsed(body);
    const char *form = "";
    json_object_object_foreach(object, name, value)
    {
        struct text text = text_of(json_object_get_string(value));
        form = world_print(world, "%s%s%s=%s", form, *form != '\0' ? "&" : "", name,
                           encode_percent(world_arena(world), text).data);
    }
    json_object_put(object);
    return form;
}

/* How many rows of any table show a mark, and how many have an unusual truth value or the strongest role. */
static const char *state_of_tables(struct world *world)
{
    world_sql(
        world,
        "CREATE OR REPLACE FUNCTION pg_temp.inspect() RETURNS text LANGUAGE plpgsql AS $$ "
        "DECLARE item record; found bigint; report text := ''; BEGIN "
        "FOR item IN SELECT table_name, NULL::text AS clause FROM information_schema.tables "
        "  WHERE table_schema = 'public' AND table_type = 'BASE TABLE' "
        "UNION ALL SELECT table_name, format('%I = %L', column_name, CASE data_type WHEN 'smallint' THEN '1' "
        "  ELSE (coalesce(column_default, 'false') <> 'true')::text END) "
        "  FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name) "
        "  WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND data_type IN ('boolean', "
        "'smallint') "
        "ORDER BY 1, 2 LOOP "
        "EXECUTE format('SELECT count(*) FROM %I AS thing WHERE ', item.table_name) || coalesce(item.clause, "
        "  'thing::text ~ ''" TEXT_MARK "|" UUID_MARK "|" TIME_SHOWN "|[^0-9]" NUMBER_MARK
        "[^0-9]''') INTO found; "
        "report := report || item.table_name || ' ' || coalesce(item.clause, 'marks') || ': ' || found || "
        "E'\\n'; "
        "END LOOP; RETURN report; END $$",
        NULL);
    return world_sql(world, "SELECT pg_temp.inspect()", NULL);
}

/* The number at the end of a line. */
static int64_t number_of_line(struct text line)
{
    int64_t number = 0;
    while (line.data != NULL && text_find(line, ' ') < line.length) {
        text_cut(&line, ' ');
    }
    assert_true(text_to_integer(line, 0, INT64_MAX, &number));
    return number;
}

/* Whether the second change of the tables did only what the first one did too. */
static bool is_usual_change(const char *before, const char *between, const char *after)
{
    struct text lines[3] = {text_of(before), text_of(between), text_of(after)};
    while (lines[0].length > 0) {
        int64_t numbers[3];
        for (size_t i = 0; i < 3; i++) {
            numbers[i] = number_of_line(text_cut(&lines[i], '\n'));
        }
        if (numbers[2] != numbers[1] && numbers[2] - numbers[1] != numbers[1] - numbers[0]) {
            return false;
        }
    }
    return true;
}

static struct presented new_presented(struct world *world, const struct endpoint *row,
                                      struct session *session)
{
    if (row->api != API_WORKLETE) {
        return presented_by(world, row, &tenant.organization_admin);
    }
    *session = insert_session(world, tenant.organization_admin.user_id, "1 day");
    return (struct presented){.session = session};
}

/* How the columns come: in the body, in a form, or from the one numbered so on in the query. */
enum way { IN_BODY, IN_FORM, IN_QUERY };

static struct answer *call_with_columns(struct world *world, const struct endpoint *row, enum way way,
                                        size_t start, const char *columns)
{
    const struct operation *operation = operation_of(row);
    const char *path = world_print(world, "%s%s%s", api_base(row->api), row->path, operation->query);
    const char *body = fill(world, operation->body, row, tenant_thing, &tenant);
    struct session session;
    struct presented presented = new_presented(world, row, &session);
    struct call call = {.method = method_name(row->method),
                        .path = fill(world, path, row, tenant_thing, &tenant),
                        .session = presented.session,
                        .body = body,
                        .headers = {presented.authorization}};
    if (way == IN_BODY) {
        call.body = with_columns(world, row, body, columns);
    } else if (way == IN_FORM) {
        call.type = "application/x-www-form-urlencoded";
        call.body = world_print(world, "%s%s", body_as_form(world, body),
                                columns_as_parameters(world, row, columns, 0, SIZE_MAX));
    } else {
        assert_string_equal(operation->query, "");
        call.path = world_print(world, "%s?x=1%s", call.path,
                                columns_as_parameters(world, row, columns, start, COLUMNS_OF_A_QUERY));
    }
    return call_send(world, call);
}

/* The one who may most of those that are no employee; on itself where the operation is about oneself. The
 * plain call shows what the operation does anyway, such as making an administrator. */
static void check_row(struct world *world, const struct endpoint *row, enum way way, size_t start,
                      const char *columns)
{
    struct session session;
    struct presented plain = new_presented(world, row, &session);
    const char *before = state_of_tables(world);
    call_operation_by(world, row, plain, NULL, tenant_thing, &tenant);
    const char *between = state_of_tables(world);
    struct answer *answer = call_with_columns(world, row, way, start, columns);
    expect_status(answer, expected_status(row, admin_role(row)));
    const char *after = state_of_tables(world);
    if (!is_usual_change(before, between, after)) {
        fail_msg("%s set what it does not name:\nbefore:\n%safter:\n%s", row->name, between, after);
    }
    assert_null(strstr(answer->body, TEXT_MARK));
    assert_null(strstr(answer->body, UUID_MARK));
    assert_null(strstr(answer->body, TIME_MARK));
}

static void columns_that_a_body_does_not_name_are_never_set(void **state)
{
    const char *columns = world_sql(*state, values_of_columns, NULL);
    size_t checked = 0;
    for (size_t i = 0; i < endpoint_count; i++) {
        if (endpoints[i].body != NULL && !endpoints[i].form_only) {
            check_row(*state, &endpoints[i], IN_BODY, 0, columns);
            checked++;
        }
    }
    assert_true(checked > 0);
}

static void nor_are_those_that_a_form_or_a_query_does_not_name(void **state)
{
    const char *columns = world_sql(*state, values_of_columns, NULL);
    struct json_object *all = parsed(columns);
    size_t count = (size_t)json_object_object_length(all);
    json_object_put(all);
    size_t forms = 0;
    size_t queries = 0;
    for (size_t i = 0; i < endpoint_count; i++) {
        if (endpoints[i].body != NULL && endpoints[i].form && !endpoints[i].form_only) {
            check_row(*state, &endpoints[i], IN_FORM, 0, columns);
            forms++;
        }
        for (size_t j = 0; endpoints[i].body_in_query && j < count; j += COLUMNS_OF_A_QUERY) {
            check_row(*state, &endpoints[i], IN_QUERY, j, columns);
            queries++;
        }
    }
    assert_true(forms > 0);
    assert_true(queries > count / COLUMNS_OF_A_QUERY);
}

/* The inspection sees what it is meant to see. */
static void what_is_set_is_noticed(void **state)
{
    static const char *const changes[] = {
        "UPDATE users SET first_name = '" TEXT_MARK "' WHERE id = $1::uuid",
        "UPDATE users SET created_at = '" TIME_MARK "' WHERE id = $1::uuid",
        "UPDATE users SET sign_in_count = " NUMBER_MARK " WHERE id = $1::uuid",
        "UPDATE users SET former_uids = '{" TEXT_MARK "}' WHERE id = $1::uuid",
        "UPDATE users SET worklete_employee = true WHERE id = $1::uuid",
        "UPDATE users SET enabled = false WHERE id = $1::uuid",
        "UPDATE memberships SET role = 1 WHERE user_id = $1::uuid",
    };
    struct world *world = *state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        const char *before = state_of_tables(world);
        world_sql(world, "BEGIN", NULL);
        world_sql(world, changes[i], tenant.colleague.user_id, NULL);
        const char *after = state_of_tables(world);
        world_sql(world, "ROLLBACK", NULL);
        assert_string_not_equal(after, before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_that_a_body_does_not_name_are_never_set),
        cmocka_unit_test(nor_are_those_that_a_form_or_a_query_does_not_name),
        cmocka_unit_test(what_is_set_is_noticed),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}

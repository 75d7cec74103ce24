/* The stored renderings of users, memberships and organizations are what the encoder makes of the columns of
 * the same rows, byte for byte, whatever stands in them. */
#include "api/shapes.h"
#include "support/expect.h"
#include "support/people.h"
#include "support/world_parts.h"
#include "json/encode.h"
#include "json/json.h"

#define MAXIMUM_ANSWER ((size_t)64 << 20)

/* Rows of a result, with or without their renderings. */
struct rows {
    const PGresult *result;
    bool rendered;
};

static struct text value_of_row(const void *owner, size_t row, int column)
{
    const PGresult *result = ((const struct rows *)owner)->result;
    if (PQgetisnull(result, (int)row, column)) {
        return NO_TEXT;
    }
    return (struct text){PQgetvalue(result, (int)row, column), (size_t)PQgetlength(result, (int)row, column)};
}

static int column_of_row(const void *owner, const char *name)
{
    const struct rows *rows = owner;
    return strstr(name, "rendering") != NULL && !rows->rendered ? -1 : PQfnumber(rows->result, name);
}

static struct text encoded(struct world *world, const PGresult *result, bool rendered)
{
    const struct rows rows = {result, rendered};
    const struct row_source source = {
        .owner = &rows, .rows = (size_t)PQntuples(result), .value = value_of_row, .column = column_of_row};
    struct binding *binding = binding_create(&user_answer, &source);
    struct json_writer writer;
    struct builder out;
    assert_non_null(binding);
    builder_start(&out, world_arena(world), 4096, MAXIMUM_ANSWER);
    json_start(&writer, &out);
    encode_array(&writer, binding, &source);
    binding_destroy(binding);
    assert_false(out.overflowed);
    return builder_text(&out);
}

static void set(struct world *world, const char *setting)
{
    PGresult *result = PQexec(world->database, setting);
    assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
    PQclear(result);
}

static const char everybody[] =
    "SELECT users.*, memberships.id AS membership_id, memberships.organization_id, "
    "       memberships.job_title AS membership_job_title, memberships.role = 1 AS membership_org_admin, "
    "       memberships.status AS membership_status, organizations.name AS organization_name, "
    "       memberships.rendering AS membership_rendering, organizations.rendering AS organization_rendering "
    "  FROM users LEFT JOIN memberships ON memberships.user_id = users.id "
    "  LEFT JOIN organizations ON organizations.id = memberships.organization_id "
    " ORDER BY users.number, memberships.id";

/* Compares all users, of whom there must be at least `least`. */
static void expect_equal_renderings(struct world *world, int least)
{
    set(world, "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'");
    PGresult *result = PQexec(world->database, everybody);
    assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
    assert_true(PQntuples(result) >= least);
    struct text ready = encoded(world, result, true);
    struct text made = encoded(world, result, false);
    for (size_t i = 0; i < ready.length && i < made.length; i++) {
        if (ready.data[i] != made.data[i]) {
            size_t from = i > 100 ? i - 100 : 0;
            fail_msg("the rendering differs at …%.*s\nfrom the encoder's …%.*s", 120, ready.data + from, 120,
                     made.data + from);
        }
    }
    assert_int_equal(ready.length, made.length);
    assert_null(json_scan(ready, JSON_MAXIMUM_DEPTH).fault);
    PQclear(result);
}

/* In pieces, because a text of all of them would not fit into an index entry. */
static void every_character_is_escaped_alike(void **state)
{
    struct world *world = *state;
    world_sql(world,
              "INSERT INTO users (username, provider, first_name, last_name, language_code) "
              "SELECT 'piece' || piece, 'username', text, 'x' || text, text || text FROM ("
              "  SELECT point / 256 AS piece, string_agg(chr(point), '' ORDER BY point) AS text "
              "    FROM generate_series(1, x'10FFFF'::integer) AS point "
              "   WHERE point NOT BETWEEN x'D800'::integer AND x'DFFF'::integer "
              "     AND (point < 4096 OR point / 256 % 64 = 0 OR point >= x'10FF00'::integer "
              "          OR point BETWEEN x'1F00'::integer AND x'20FF'::integer) "
              "   GROUP BY point / 256) AS pieces",
              NULL);
    world_sql(world, "INSERT INTO organizations (name) SELECT username || left(first_name, 190) FROM users",
              NULL);
    world_sql(world,
              "INSERT INTO memberships (organization_id, user_id, user_created_at, first_name, last_name, "
              "                         job_title, role, status) "
              "SELECT organizations.id, users.id, users.created_at, 'x', 'y', users.first_name, "
              "       1 + (users.number + position('x' IN organizations.name)) % 3, "
              "       (ARRAY['invited', 'active', 'inactive'])[1 + users.number % 3] "
              "  FROM users JOIN organizations ON organizations.name LIKE users.username || '%' "
              "    OR organizations.name LIKE 'piece1%'",
              NULL);
    expect_equal_renderings(world, 80);
}

static void every_value_of_a_column_is_written_alike(void **state)
{
    struct world *world = *state;
    world_sql(
        world,
        "INSERT INTO users (username, email, provider, first_name, last_name, language_code, "
        "                   worklete_employee, enabled, sign_in_count, current_sign_in_at, "
        "                   last_sign_in_at, current_sign_in_ip, last_sign_in_ip, created_at, "
        "                   updated_at) "
        "SELECT CASE WHEN n % 3 > 0 OR provider = 'username' THEN 'value' || n END, "
        "       CASE WHEN n % 4 > 0 OR provider = 'email' THEN '\"o''x\\y\"' || n || '@example.test' END, "
        "       provider, '\"', '\\', CASE n % 5 WHEN 0 THEN '' ELSE 'de' END, n % 2 = 0, n % 7 > 2, "
        "       (ARRAY[0, -1, 1, 2147483647])[1 + n % 4], time, next_time, address, next_address, "
        "       coalesce(time, now()), coalesce(next_time, now()) "
        "  FROM (SELECT n, (ARRAY['email', 'username'])[1 + n % 2] AS provider, "
        "               (times)[1 + n % 9] AS time, (times)[1 + n / 3 % 9] AS next_time, "
        "               (addresses)[1 + n % 8] AS address, (addresses)[1 + n / 5 % 8] AS next_address "
        "          FROM generate_series(1, 360) AS n, "
        "               (SELECT ARRAY['2019-05-01 16:44:18.407Z', '2019-05-01 16:44:18.4Z', "
        "                             '2019-05-01 16:44:18Z', '2019-12-31 23:59:59.9994Z', "
        "                             '2019-12-31 23:59:59.9996Z', '0001-01-01 00:00:00.001Z', "
        "                             '9999-12-31 23:59:59.999Z', '2024-02-29 12:00:00.01+05:45', "
        "                             NULL]::timestamptz(3)[] AS times, "
        "                       ARRAY['192.0.2.1', '255.255.255.255', '::1', '2001:db8::ff00:42:8329', "
        "                             '::ffff:192.0.2.1', 'fe80::1', '0.0.0.0', NULL]::inet[] AS "
        "addresses) AS lists) AS rows",
        NULL);
    expect_equal_renderings(world, 360);
}

/* Not even an upgrade by dump and restore, which makes all renderings anew with an empty search path. */
static void no_setting_has_a_say_in_it(void **state)
{
    struct world *world = *state;
    set(world, "SET TimeZone = 'Asia/Kathmandu'; SET DateStyle = 'German'");
    world_sql(world,
              "INSERT INTO users (username, provider, first_name, last_name, current_sign_in_at) "
              "VALUES ('elsewhere', 'username', 'Else', 'Where', now())",
              NULL);
    world_sql(world, "UPDATE users SET last_sign_in_at = now(), updated_at = now()", NULL);
    expect_equal_renderings(world, 1);
    set(world, "SET search_path = ''; SET TimeZone = 'Asia/Kathmandu'; SET DateStyle = 'German'");
    assert_string_equal(
        world_sql(world,
                  "SELECT count(*) FILTER (WHERE rendering = public.muster_user_rendering(id, username, "
                  "email, first_name, last_name, language_code, provider, worklete_employee, enabled, "
                  "sign_in_count, current_sign_in_at, last_sign_in_at, current_sign_in_ip, last_sign_in_ip, "
                  "created_at, updated_at)) = count(*) AND count(*) > 0 FROM public.users",
                  NULL),
        "t");
    assert_string_equal(
        world_sql(world,
                  "SELECT count(*) FILTER (WHERE rendering = public.muster_membership_rendering(id, "
                  "organization_id, job_title, role, status)) = count(*) AND count(*) > 0 "
                  "FROM public.memberships",
                  NULL),
        "t");
    assert_string_equal(
        world_sql(world,
                  "SELECT count(*) FILTER (WHERE rendering = "
                  "public.muster_organization_rendering(id, name)) = count(*) AND count(*) > 0 "
                  "FROM public.organizations",
                  NULL),
        "t");
    set(world, "RESET search_path");
}

static void an_answer_shows_what_was_changed_last(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, make_organization(world, "Rendered"), "Anna");
    struct answer *answer = CALL(
        world, .method = "PATCH", .path = "/api/v1/auth", .session = &person.session,
        .body = "{\"first_name\": \"\\u0001\\\"\\\\\\u007f\\u2028\\ud83d\\ude00\", \"last_name\": \"Ω\"}");
    expect_status(answer, 200);
    expect_text(answer, "data.first_name", "\001\"\\\177\xe2\x80\xa8\xf0\x9f\x98\x80");
    expect_equal_renderings(world, 1);
    answer = call_get(world, &person.session, "/api/v1/session");
    expect_text(answer, "data.first_name", "\001\"\\\177\xe2\x80\xa8\xf0\x9f\x98\x80");
    expect_text(answer, "data.last_name", "Ω");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_is_escaped_alike),
        cmocka_unit_test(every_value_of_a_column_is_written_alike),
        cmocka_unit_test(no_setting_has_a_say_in_it),
        cmocka_unit_test(an_answer_shows_what_was_changed_last),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}

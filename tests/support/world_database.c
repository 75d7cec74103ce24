/* Each world has a database of its own, copied from a template that was migrated once, since migrating takes
 * longer than the tests. */
#include <inttypes.h>

#include "base/random.h"
#include "database/migrate.h"
#include "support/world_parts.h"

/* Any number, as long as all test programs use the same. */
#define TEMPLATE_LOCK "7215301"

static PGconn *connect_to(const char *url)
{
    PGconn *connection = PQconnectdb(url);
    if (PQstatus(connection) != CONNECTION_OK) {
        world_give_up("cannot connect to the test database: %s", PQerrorMessage(connection));
    }
    return connection;
}

static void execute(PGconn *connection, const char *statement)
{
    PGresult *result = PQexec(connection, statement);
    ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        world_give_up("%s: %s", statement, PQerrorMessage(connection));
    }
}

/* The maintenance URL with another database and, unless NULL, another user. Options of PostgreSQL's own
 * parser keep every form of it right. */
static char *url_of(struct world *world, const char *maintenance_url, const char *database, const char *user)
{
    PQconninfoOption *options = PQconninfoParse(maintenance_url, NULL);
    char *url = world_print(world, "dbname='%s'", database);
    if (options == NULL) {
        world_give_up("MUSTER_TEST_DATABASE_URL cannot be read");
    }
    if (user != NULL) {
        url = world_print(world, "%s user='%s'", url, user);
    }
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++) {
        struct text keyword = text_of(option->keyword);
        bool replaced =
            text_equal_string(keyword, "dbname") || (user != NULL && text_equal_string(keyword, "user"));
        if (option->val != NULL && !replaced) {
            url = world_print(world, "%s %s='%s'", url, option->keyword, option->val);
        }
    }
    PQconninfoFree(options);
    return url;
}

/* Another set of migrations is another template. */
static char *template_name(struct world *world)
{
    uint64_t digest = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < migration_count; i++) {
        for (const char *at = migrations[i].text; *at != '\0'; at++) {
            digest = (digest ^ (unsigned char)*at) * UINT64_C(1099511628211);
        }
    }
    return world_print(world, "muster_test_template_%016" PRIx64, digest);
}

static bool database_exists(struct world *world, const char *name)
{
    PGresult *result = PQexecParams(world->maintenance, "SELECT 1 FROM pg_database WHERE datname = $1", 1,
                                    NULL, &name, NULL, NULL, 0);
    bool exists = PQntuples(result) > 0;
    PQclear(result);
    return exists;
}

/* Roles belong to the whole cluster: another program's tests may have made them. */
static void make_role(struct world *world, const char *role)
{
    PGresult *result = PQexecParams(world->maintenance, "SELECT 1 FROM pg_roles WHERE rolname = $1", 1, NULL,
                                    &role, NULL, NULL, 0);
    bool exists = PQntuples(result) > 0;
    PQclear(result);
    if (!exists) {
        execute(world->maintenance, world_print(world, "CREATE ROLE %s LOGIN", role));
    }
}

/* As in any deployment the tables belong to one role, and the program connects as another. */
static void name_urls(struct world *world, const char *maintenance_url, const char *database)
{
    world->database_url = url_of(world, maintenance_url, database, WORLD_PROGRAM);
    world->migration_database_url = url_of(world, maintenance_url, database, WORLD_OWNER);
}

static void make_template(struct world *world, const char *maintenance_url, const char *name)
{
    char *building = world_print(world, "%s_building", name);
    make_role(world, WORLD_OWNER);
    make_role(world, WORLD_PROGRAM);
    execute(world->maintenance, world_print(world, "DROP DATABASE IF EXISTS %s", building));
    execute(world->maintenance, world_print(world, "CREATE DATABASE %s OWNER " WORLD_OWNER, building));
    name_urls(world, maintenance_url, building);
    world_configure(world, NULL);
    world_command(world, NULL, "migrate", NULL);
    execute(world->maintenance, world_print(world, "ALTER DATABASE %s RENAME TO %s", building, name));
}

void world_make_database(struct world *world, const char *maintenance_url)
{
    char *template = template_name(world);
    char suffix[UUID_TEXT_SIZE];
    world->maintenance = connect_to(maintenance_url);
    execute(world->maintenance, "SET client_min_messages = warning");
    execute(world->maintenance, "SELECT pg_advisory_lock(" TEMPLATE_LOCK ")");
    if (!database_exists(world, template)) {
        make_template(world, maintenance_url, template);
    }
    random_uuid(suffix);
    suffix[8] = '\0';
    world->database_name = world_print(world, "muster_test_%s", suffix);
    execute(world->maintenance, world_print(world, "CREATE DATABASE %s TEMPLATE %s OWNER " WORLD_OWNER,
                                            world->database_name, template));
    execute(world->maintenance, "SELECT pg_advisory_unlock(" TEMPLATE_LOCK ")");
    name_urls(world, maintenance_url, world->database_name);
    world->database = connect_to(url_of(world, maintenance_url, world->database_name, NULL));
}

void world_drop_database(struct world *world)
{
    PQfinish(world->database);
    execute(world->maintenance, world_print(world, "DROP DATABASE %s WITH (FORCE)", world->database_name));
    PQfinish(world->maintenance);
}

const char *world_sql(struct world *world, const char *statement, ...)
{
    const char *values[32];
    int count = 0;
    va_list arguments;
    va_start(arguments, statement);
    for (const char *value = va_arg(arguments, const char *); value != NULL;
         value = va_arg(arguments, const char *)) {
        values[count++] = value;
    }
    va_end(arguments);
    PGresult *result = PQexecParams(world->database, statement, count, NULL, values, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(result);
    char *first = arena_copy_string(world->arena, PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        world_give_up("%s: %s", statement, PQerrorMessage(world->database));
    }
    return first;
}

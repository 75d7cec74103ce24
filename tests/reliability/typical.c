/* The eight are sent as nginx would send them, and judged by the database. */
#include "reliability/typical.h"

#include "support/operations.h"

#define MAXIMUM_PARAMETERS 32

enum caller { NOBODY_SIGNED_IN, MEMBER_OF_IT, ADMIN_OF_IT, EMPLOYEE_OF_US, KEY_OF_IT, TOKEN_OF_IT };

/* What is sent; {key} stands for the key, {user} and the like for things of the tenant. */
static const struct request_of {
    const char *method;
    const char *uri;
    enum caller caller;
    const char *body;
    const char *preparation; /* a statement that is carried out first */
} requests[TYPICAL_COUNT] = {
    {"GET", "/api/v1/session", MEMBER_OF_IT, NULL, NULL},
    {"POST", "/api/v1/auth/sign_in", NOBODY_SIGNED_IN,
     "{\"username\": \"{username}\", \"password\": \"{password}\"}", NULL},
    {"PATCH", "/api/v1/users/{user}", ADMIN_OF_IT, "{\"email\": \"{key}@example.test\"}", NULL},
    {"POST", "/api/v1/worklete_admin/memberships", EMPLOYEE_OF_US,
     "{\"organization_id\": \"{organization}\", \"first_name\": \"{key}\", \"last_name\": \"B\", "
     "\"team_ids\": [\"{team}\"]}",
     NULL},
    {"POST", "/api/v1/player/courses/{lesson}/user_course_statuses", MEMBER_OF_IT,
     "{\"event_type\": \"update_progress\", \"player_session_id\": \"{key}\", "
     "\"client_supplied_occured_at_in_ms\": 1000, \"progress\": {\"n\": 1}}",
     NULL},
    {"GET", "/api/v1/worklete_admin/organizations/{organization}/upload_memberships_list_url", EMPLOYEE_OF_US,
     NULL, NULL},
    {"POST", "/v3/users/delete", KEY_OF_IT, "{\"emails\": [\"{key}@leaver.test\"]}",
     "INSERT INTO memberships (organization_id, first_name, last_name, email) VALUES ('{organization}', "
     "'Lea', 'Ver', '{key}@leaver.test')"},
    {"POST", "/api/v1/user", TOKEN_OF_IT,
     "{\"firstName\": \"John\", \"lastName\": \"Doe\", \"userDescription\": \"Night shift\", "
     "\"userEmailAddress\": \"{key}@moab.test\", \"userPassword\": \"" CANARY "1\", \"role\": 3, "
     "\"userGroup\": 0, \"agreeToTermsAndPolicies\": 1, \"enabled\": 1}",
     NULL},
};

struct typical typical[TYPICAL_COUNT] = {
    {.name = "session"},
    {.name = "sign-in",
     .slow = true,
     .varies = true,
     .effect = "SELECT count(*) FROM audit_events WHERE request_id = $1 AND action = 'session.create'"},
    {.name = "user PATCH", .effect = "SELECT count(*) FROM users WHERE email = $1 || '@example.test'"},
    {.name = "membership create", .effect = "SELECT count(*) FROM memberships WHERE first_name = $1"},
    {.name = "player event",
     .varies = true,
     .effect = "SELECT count(*) FROM player_events WHERE session_id = $1::uuid"},
    {.name = "upload address"},
    {.name = "Moodwork delete",
     .effect = "SELECT 1 - count(*) FROM memberships WHERE email = $1 || '@leaver.test'"},
    {.name = "Moab create",
     .slow = true,
     .moab = true,
     .effect = "SELECT count(*) FROM users WHERE email = $1 || '@moab.test'"},
};

static struct tenant tenant;
static struct person employee;
static const char *api_key;
static const char *token;

static const char *thing(struct world *world, const struct endpoint *row, const char *name,
                         const void *argument)
{
    (void)world;
    (void)row;
    const struct {
        const char *name;
        const char *value;
    } things[] = {
        {"key", argument},
        {"user", tenant.member.user_id},
        {"username", tenant.colleague.email},
        {"password", tenant.colleague.password},
        {"organization", tenant.organization_id},
        {"team", tenant.team_id},
        {"lesson", tenant.lesson_id},
    };
    for (size_t i = 0; i < sizeof things / sizeof things[0]; i++) {
        if (strcmp(things[i].name, name) == 0) {
            return things[i].value;
        }
    }
    fail_msg("nothing is known as {%s}", name);
    return NULL;
}

static const char *filled(struct world *world, const char *text, const char *key)
{
    char *copy = world_print(world, "%s", "");
    while (*text != '\0') {
        const char *open = strchrnul(text, '{');
        size_t name = *open != '\0' ? strspn(open + 1, "abcdefghijklmnopqrstuvwxyz") : 0;
        bool placeholder = name > 0 && open[1 + name] == '}';
        copy = world_print(world, "%s%.*s", copy, (int)(open - text), text);
        if (placeholder) {
            copy = world_print(world, "%s%s", copy,
                               thing(world, NULL, world_print(world, "%.*s", (int)name, open + 1), key));
            text = open + name + 2;
        } else {
            copy = world_print(world, "%s%.*s", copy, *open != '\0', open);
            text = open + (*open != '\0');
        }
    }
    return copy;
}

void typical_key(char key[static TYPICAL_KEY_SIZE])
{
    static unsigned long number;
    snprintf(key, TYPICAL_KEY_SIZE, "00000000-0000-4000-8000-%012lu", ++number % 1000000000000);
}

static size_t add(const char **parameters, size_t count, const char *name, const char *value)
{
    assert_true(count + 2 < MAXIMUM_PARAMETERS);
    parameters[count] = name;
    parameters[count + 1] = value;
    return count + 2;
}

static size_t add_session(const char **parameters, size_t count, const struct session *session)
{
    count = add(parameters, count, "HTTP_ACCESS_TOKEN", session->access_token);
    count = add(parameters, count, "HTTP_TOKEN_TYPE", "Bearer");
    count = add(parameters, count, "HTTP_CLIENT", session->client);
    return add(parameters, count, "HTTP_UID", session->uid);
}

static size_t add_caller(struct world *world, const char **parameters, size_t count, enum caller caller)
{
    switch (caller) {
    case MEMBER_OF_IT:
        return add_session(parameters, count, &tenant.member.session);
    case ADMIN_OF_IT:
        return add_session(parameters, count, &tenant.organization_admin.session);
    case EMPLOYEE_OF_US:
        return add_session(parameters, count, &employee.session);
    case KEY_OF_IT:
        return add(parameters, count, "HTTP_AUTHORIZATION", world_print(world, "Bearer %s", api_key));
    case TOKEN_OF_IT:
        return add(parameters, count, "HTTP_AUTHORIZATION", world_print(world, "Bearer %s", token));
    case NOBODY_SIGNED_IN:
        break;
    }
    return count;
}

void typical_send(struct world *world, const struct typical *operation, const char *key,
                  struct exchange *exchange)
{
    const struct request_of *request = &requests[operation - typical];
    const char *parameters[MAXIMUM_PARAMETERS] = {NULL};
    size_t count = 0;
    if (request->preparation != NULL) {
        world_sql(world, filled(world, request->preparation, key), NULL);
    }
    count = add(parameters, count, "REQUEST_METHOD", request->method);
    count = add(parameters, count, "REQUEST_URI", filled(world, request->uri, key));
    count = add(parameters, count, "REMOTE_ADDR", "192.0.2.1");
    count = add(parameters, count, "HTTP_X_REQUEST_ID", key);
    add_caller(world, parameters, count, request->caller);
    exchange_send(world_socket(world), parameters,
                  request->body != NULL ? filled(world, request->body, key) : NULL, exchange);
}

bool typical_is_done(const struct typical *operation, const struct exchange *exchange)
{
    bool good = exchange->complete && exchange->status >= 200 && exchange->status < 300;
    return good && (!operation->moab || strstr(exchange->body, "\"success\"") != NULL);
}

static int64_t count_of(struct world *world, const char *statement, const char *key)
{
    int64_t count = -1;
    assert_true(text_to_integer(text_of(world_sql(world, statement, key, NULL)), -1000, INT32_MAX, &count));
    return count;
}

static int64_t events_of(struct world *world, const char *key)
{
    return count_of(world, "SELECT count(*) FROM audit_events WHERE request_id = $1", key);
}

bool typical_is_stored(struct world *world, const struct typical *operation, const char *key)
{
    int64_t events = events_of(world, key);
    int64_t rows = operation->effect != NULL ? count_of(world, operation->effect, key) : events > 0;
    bool whole = operation->varies || events == operation->events;
    if (rows < 0 || rows > 1 || (rows == 1 ? !whole : events != 0)) {
        fail_msg("%s: %d rows and %d events, where a whole request leaves %d events", operation->name,
                 (int)rows, (int)events, (int)operation->events);
    }
    return rows == 1;
}

void typical_expect_form(const struct typical *operation, const struct exchange *exchange)
{
    bool documented = exchange->complete && (exchange->status == 500 || exchange->status == 503) &&
                      strstr(exchange->text, "\r\nContent-Type: application/") != NULL &&
                      strstr(exchange->text, "\r\nX-Request-Id: ") != NULL &&
                      (exchange->status == 500 || strstr(exchange->text, "\r\nRetry-After: ") != NULL) &&
                      exchange->body[0] == '{';
    if (!documented) {
        fail_msg("%s: %s: %s", operation->name, exchange->complete ? "answered with" : "broken off",
                 exchange->text);
    }
}

void typical_start(struct world *world)
{
    tenant = make_tenant(world, "Typical");
    employee = make_employee(world, "Emma");
    api_key = make_api_key(world, tenant.organization_id, "users:delete");
    token = make_security_token(world, &tenant.organization_admin);
    for (size_t i = 0; i < TYPICAL_COUNT; i++) {
        char key[TYPICAL_KEY_SIZE];
        struct exchange exchange;
        typical_key(key);
        typical_send(world, &typical[i], key, &exchange);
        if (!typical_is_done(&typical[i], &exchange)) {
            fail_msg("%s: %s", typical[i].name, exchange.text);
        }
        typical[i].events = events_of(world, key);
        (void)typical_is_stored(world, &typical[i], key);
    }
}

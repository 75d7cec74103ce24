/* What can be said of a row without running it. */
#include "http/endpoint.h"

#include <string.h>

static const char *const method_names[] = {"GET",    "POST", "PUT",     "PATCH",
                                           "DELETE", "HEAD", "OPTIONS", "OTHER"};

const char *method_name(enum method method)
{
    return method_names[method];
}

const char *access_name(enum access access)
{
    switch (access) {
    case ACCESS_UNSET:
        break;
    case ACCESS_PUBLIC:
        return "public";
    case ACCESS_SESSION:
        return "session";
    case ACCESS_EMPLOYEE:
        return "employee";
    case ACCESS_SELF_OR_ORGANIZATION_ADMIN:
        return "self, organization admin";
    case ACCESS_MEMBERSHIP_READERS:
        return "self, team admin, organization admin";
    case ACCESS_MEMBER:
        return "member";
    case ACCESS_TEAM_MEMBER:
        return "team member, team admin, organization admin";
    case ACCESS_TEAM_ADMIN:
        return "team admin, organization admin";
    case ACCESS_ORGANIZATION_ADMIN:
        return "organization admin";
    case ACCESS_READER:
        return "reader, contributor, creator";
    case ACCESS_CONTRIBUTOR:
        return "contributor, creator";
    case ACCESS_CREATOR:
        return "creator";
    case ACCESS_USERS_DELETE:
        return "users:delete";
    }
    return "unset";
}

enum problem problem_in_dialect(enum api api, enum problem problem)
{
    const struct dialect *dialect = &dialects[api];

    if (problem == PROBLEM_REFUSED && dialect->refused != PROBLEM_NONE) {
        return dialect->refused;
    }
    if (problem == PROBLEM_FORBIDDEN && dialect->forbidden != PROBLEM_NONE) {
        return dialect->forbidden;
    }
    return problem;
}

const struct placeholder *placeholder_find(struct text name)
{
    for (size_t i = 0; i < placeholder_count; i++) {
        if (text_equal_string(name, placeholders[i].name)) {
            return &placeholders[i];
        }
    }
    return NULL;
}

bool endpoint_needs_body(const struct endpoint *endpoint)
{
    const struct shape *body = endpoint->body;

    for (size_t i = 0; body != NULL && !endpoint->body_in_query && i < body->count; i++) {
        if (body->fields[i].required) {
            return true;
        }
    }
    return false;
}

static bool can_answer(const struct endpoint *endpoint, enum problem problem)
{
    bool has_path_value = strchr(endpoint->path, '{') != NULL;

    switch (problem) {
    case PROBLEM_MALFORMED:
        return endpoint->api != API_SERVER; /* any query can be malformed */
    case PROBLEM_FORBIDDEN:
        return endpoint->access != ACCESS_PUBLIC && endpoint->access != ACCESS_SESSION &&
               endpoint->access != ACCESS_READER;
    case PROBLEM_NOT_FOUND:
        return has_path_value && endpoint->access != ACCESS_PUBLIC;
    case PROBLEM_NOT_ACCEPTABLE:
        return endpoint->status != 302 && endpoint->form_of_answer != ANSWER_NOTHING;
    case PROBLEM_TOO_LARGE:
    case PROBLEM_UNSUPPORTED_TYPE:
        return endpoint->body != NULL;
    case PROBLEM_REFUSED:
        return endpoint->body != NULL || endpoint->query != NULL;
    case PROBLEM_INTERNAL:
    case PROBLEM_UNAVAILABLE:
        return endpoint->api != API_SERVER;
    default:
        return (endpoint->access != ACCESS_PUBLIC || endpoint->session_optional) &&
               problem == (endpoint->no_session != PROBLEM_NONE ? endpoint->no_session : PROBLEM_NO_SESSION);
    }
}

static bool lists_problem(const struct endpoint *endpoint, enum problem problem)
{
    for (const enum problem *own = endpoint->problems; own != NULL && *own != PROBLEM_NONE; own++) {
        if (*own == problem) {
            return true;
        }
    }
    return false;
}

size_t endpoint_problems(const struct endpoint *endpoint, enum problem *list)
{
    bool answered[PROBLEM_COUNT] = {false};
    size_t count = 0;

    for (enum problem problem = PROBLEM_NONE + 1; problem < PROBLEM_COUNT; problem++) {
        if (can_answer(endpoint, problem) || lists_problem(endpoint, problem)) {
            answered[problem_in_dialect(endpoint->api, problem)] = true;
        }
    }
    /* problems.def is ordered by status. */
    for (enum problem problem = PROBLEM_NONE + 1; problem < PROBLEM_COUNT; problem++) {
        if (answered[problem]) {
            list[count++] = problem;
        }
    }
    return count;
}

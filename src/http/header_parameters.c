/* A documented API puts plain values into headers; here they become parameters like those of a query. */
#include "http/header_parameters.h"

#define CGI_PREFIX "HTTP_"

/* The name by which a header comes here: "user_id" is HTTP_USER_ID, and so is "User-Id". */
static const char *cgi_name(struct arena *arena, const char *name)
{
    char *cgi = arena_print(arena, CGI_PREFIX "%s", name);

    for (char *letter = cgi; *letter != '\0'; letter++) {
        if (*letter >= 'a' && *letter <= 'z') {
            *letter = (char)(*letter - 'a' + 'A');
        } else if (*letter == '-') {
            *letter = '_';
        }
    }
    return cgi;
}

static enum problem read_header(struct request *request, const char *name, struct parameter *parameter)
{
    const struct text value = request_header(request, cgi_name(request->context.arena, name));

    *parameter = (struct parameter){.name = text_of(name), .value = text_trim(value)};
    if (value.data != NULL && !text_is_utf8(value)) {
        return FAIL(&request->context, PROBLEM_MALFORMED, "The header %s is not UTF-8 text.", name);
    }
    return PROBLEM_NONE;
}

enum problem parameters_with_headers(struct request *request, const struct shape *shape,
                                     struct parameters *parameters)
{
    const struct parameters query = request->query_parameters;

    *parameters = query;
    if (!request->endpoint->values_in_headers) {
        return PROBLEM_NONE;
    }
    struct parameter *list =
        ARENA_ARRAY(request->context.arena, struct parameter, query.count + shape->count);
    for (size_t index = 0; index < query.count; index++) {
        list[index] = query.list[index];
    }
    parameters->list = list;
    for (size_t index = 0; index < shape->count; index++) {
        struct parameter *place = &list[parameters->count];
        TRY(read_header(request, shape->fields[index].name, place));
        parameters->count += place->value.data != NULL;
    }
    return PROBLEM_NONE;
}

/* Any method and path: a row whose values were judged, or a problem that says what is wrong; never a row and
 * a problem. */
#include "fuzz.h"

#include "http/router.h"

static size_t placeholders_of(const struct endpoint *row)
{
    size_t count = 0;

    for (const char *open = strchr(row->path, '{'); open != NULL; open = strchr(open + 1, '{')) {
        count++;
    }
    return count;
}

static void check_values(const struct request *request)
{
    require(request->path_value_count == placeholders_of(request->endpoint));
    for (size_t i = 0; i < request->path_value_count; i++) {
        const struct path_value *value = &request->path_values[i];
        require(value->placeholder != NULL);
        require(value->text.data[value->text.length] == '\0');
        require(!value->valid || value->placeholder->type != PLACEHOLDER_UUID || text_is_uuid(value->text));
        require(!value->valid || (text_is_utf8(value->text) && value->text.length > 0));
    }
}

static bool has_allow(const struct request *request)
{
    return request->response.header_count == 1 &&
           text_equal_string(text_of(request->response.headers[0].name), "Allow") &&
           !text_is_empty(request->response.headers[0].value);
}

/* The first byte tells the method. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct request request;

    if (size == 0) {
        return 0;
    }
    request = (struct request){0};
    fuzz_context(&request.context);
    request.incoming.method = (enum method)(data[0] % (METHOD_OTHER + 1));
    request.incoming.path = fuzz_text(data + 1, size - 1);
    const enum problem problem = route(&request);
    require((unsigned)request.api < API_COUNT);
    if (problem != PROBLEM_NONE) {
        require(request.endpoint == NULL);
        require(problem == PROBLEM_NOT_FOUND ||
                (problem == PROBLEM_METHOD_NOT_ALLOWED && has_allow(&request)));
    } else if (request.endpoint == NULL) {
        require(request.incoming.method == METHOD_OPTIONS && has_allow(&request));
    } else {
        check_values(&request);
    }
    return 0;
}

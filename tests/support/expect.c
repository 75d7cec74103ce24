/* Assertions that show the whole answer when they fail. */
#include "support/expect.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <strings.h>

static void __attribute__((format(printf, 4, 5)))
disappoint(const struct answer *answer, const char *file, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char reason[1024];
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    print_error("%s: status %d: %s\n%s\n", answer->request, answer->status, reason, answer->body);
    _fail(file, line);
}

static bool step(struct json_object *holder, struct text name, struct json_object **value)
{
    char key[128];
    int64_t index = 0;
    snprintf(key, sizeof(key), "%.*s", TEXT_ARGUMENTS(name));
    if (json_object_is_type(holder, json_type_array)) {
        bool inside =
            text_to_integer(name, 0, INT32_MAX, &index) && (size_t)index < json_object_array_length(holder);
        *value = inside ? json_object_array_get_idx(holder, (size_t)index) : NULL;
        return inside;
    }
    return json_object_is_type(holder, json_type_object) && json_object_object_get_ex(holder, key, value);
}

bool json_at(const struct answer *answer, const char *path, struct json_object **value)
{
    struct text rest = text_of(path);
    *value = answer->json;
    while (rest.length > 0) {
        if (!step(*value, text_cut(&rest, '.'), value)) {
            return false;
        }
    }
    return true;
}

/* The value at the path, of that type. */
static struct json_object *typed_at(const struct answer *answer, const char *path, json_type type,
                                    const char *file, int line)
{
    struct json_object *value = NULL;
    if (!json_at(answer, path, &value)) {
        disappoint(answer, file, line, "there is no %s", path);
    }
    if (!json_object_is_type(value, type)) {
        disappoint(answer, file, line, "%s is not of type %s", path, json_type_to_name(type));
    }
    return value;
}

const char *get_text_at(const struct answer *answer, const char *path, const char *file, int line)
{
    return json_object_get_string(typed_at(answer, path, json_type_string, file, line));
}

int64_t get_integer_at(const struct answer *answer, const char *path, const char *file, int line)
{
    return json_object_get_int64(typed_at(answer, path, json_type_int, file, line));
}

size_t get_length_at(const struct answer *answer, const char *path, const char *file, int line)
{
    return json_object_array_length(typed_at(answer, path, json_type_array, file, line));
}

void expect_status_at(const struct answer *answer, int status, const char *file, int line)
{
    if (answer->status != status) {
        disappoint(answer, file, line, "expected status %d", status);
    }
}

void expect_text_at(const struct answer *answer, const char *path, const char *text, const char *file,
                    int line)
{
    const char *found = get_text_at(answer, path, file, line);
    if (!text_equal_string(text_of(found), text)) {
        disappoint(answer, file, line, "%s is \"%s\", expected \"%s\"", path, found, text);
    }
}

void expect_integer_at(const struct answer *answer, const char *path, int64_t integer, const char *file,
                       int line)
{
    int64_t found = get_integer_at(answer, path, file, line);
    if (found != integer) {
        disappoint(answer, file, line, "%s is %" PRId64 ", expected %" PRId64, path, found, integer);
    }
}

void expect_boolean_at(const struct answer *answer, const char *path, bool boolean, const char *file,
                       int line)
{
    if ((json_object_get_boolean(typed_at(answer, path, json_type_boolean, file, line)) != 0) != boolean) {
        disappoint(answer, file, line, "%s is not %s", path, boolean ? "true" : "false");
    }
}

void expect_null_at(const struct answer *answer, const char *path, const char *file, int line)
{
    typed_at(answer, path, json_type_null, file, line);
}

void expect_absent_at(const struct answer *answer, const char *path, const char *file, int line)
{
    struct json_object *value = NULL;
    if (json_at(answer, path, &value)) {
        disappoint(answer, file, line, "%s is there", path);
    }
}

void expect_length_at(const struct answer *answer, const char *path, size_t length, const char *file,
                      int line)
{
    size_t found = get_length_at(answer, path, file, line);
    if (found != length) {
        disappoint(answer, file, line, "%s has %zu elements, expected %zu", path, found, length);
    }
}

void expect_header_at(const struct answer *answer, const char *name, const char *value, const char *file,
                      int line)
{
    const char *found = answer_header(answer, name);
    bool same = value == NULL ? found == NULL : found != NULL && text_equal_string(text_of(found), value);
    if (!same) {
        disappoint(answer, file, line, "header %s is %s, expected %s", name, found != NULL ? found : "absent",
                   value != NULL ? value : "absent");
    }
}

void expect_body_at(const struct answer *answer, const char *body, const char *file, int line)
{
    if (!text_equal_string(text_of(answer->body), body)) {
        disappoint(answer, file, line, "expected the body %s", body);
    }
}

void expect_error_at(const struct answer *answer, int status, const char *part, const char *file, int line)
{
    struct json_object *errors = NULL;
    expect_status_at(answer, status, file, line);
    if (!json_at(answer, "errors", &errors)) {
        disappoint(answer, file, line, "there are no errors");
    }
    const char *all = json_object_to_json_string_ext(errors, JSON_C_TO_STRING_NOSLASHESCAPE);
    if (part != NULL && strstr(all, part) == NULL) {
        disappoint(answer, file, line, "no error says \"%s\"", part);
    }
}

/* From text to json-c's tree: everything json-c is lenient about has been refused before or is checked after.
 */
#include "json/json.h"

#include <json-c/json.h>

#include <limits.h>

#include "json/duplicates.h"
#include "json/outline.h"
#include "json/source.h"
#include "json/tree.h"

/* json-c counts a scalar inside the innermost container as one more level. */
#define TOKENER_DEPTH (JSON_MAXIMUM_DEPTH + 1)

/* What was kept of a body at level 2 can stand at level 4 of a file. */
#define FILE_DEPTH (JSON_MAXIMUM_DEPTH + 2)

/* What json-c made, with the text that came. Registered in the arena before json-c is called, so that no way
 * out leaks. */
struct parsed {
    struct json_tokener *tokener;
    struct json_object *root;
    struct text source;
};

static void parsed_free(void *thing)
{
    struct parsed *parsed = thing;

    if (parsed->tokener != NULL) {
        json_tokener_free(parsed->tokener);
    }
    json_object_put(parsed->root);
}

struct counts {
    size_t keys;
    size_t values; /* other than null */
    size_t bytes;  /* of strings and keys */
};

static void count(struct json_object *value, struct counts *counts)
{
    counts->values += value != NULL;
    if (json_object_is_type(value, json_type_array)) {
        for (size_t index = 0; index < json_object_array_length(value); index++) {
            count(json_object_array_get_idx(value, index), counts);
        }
    } else if (json_object_is_type(value, json_type_object)) {
        counts->keys += (size_t)json_object_object_length(value);
        struct json_object_iterator at = json_object_iter_begin(value);
        const struct json_object_iterator end = json_object_iter_end(value);
        for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
            counts->bytes += strlen(json_object_iter_peek_name(&at));
            count(json_object_iter_peek_value(&at), counts);
        }
    } else if (json_object_is_type(value, json_type_string)) {
        counts->bytes += (size_t)json_object_get_string_len(value);
    }
}

static bool is_whole(struct json_object *root, struct json_scan scan)
{
    struct counts counts = {0};

    count(root, &counts);
    return counts.keys == scan.keys && counts.values == scan.values - scan.nulls &&
           counts.bytes == scan.bytes;
}

/* Whether json-c took the whole text. A number or word alone ends only with a byte that cannot belong to it.
 */
static bool tokenize(struct parsed *parsed, struct text text)
{
    struct json_tokener *tokener = parsed->tokener;

    parsed->root = json_tokener_parse_ex(tokener, text.data, (int)text.length);
    if (json_tokener_get_error(tokener) == json_tokener_continue) {
        parsed->root = json_tokener_parse_ex(tokener, "", 1);
    }
    return json_tokener_get_error(tokener) == json_tokener_success;
}

static enum problem build(struct context *context, struct parsed *parsed, struct text text)
{
    parsed->tokener = json_tokener_new_ex(TOKENER_DEPTH);
    if (parsed->tokener == NULL) {
        return FAIL_PLAINLY(context, PROBLEM_INTERNAL);
    }
    json_tokener_set_flags(parsed->tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    const bool whole = tokenize(parsed, text);
    json_tokener_free(parsed->tokener);
    parsed->tokener = NULL;
    if (!whole) {
        /* The scan has found the text to be JSON, so only memory can be at fault. */
        return FAIL_PLAINLY(context, PROBLEM_INTERNAL);
    }
    if (json_object_is_type(parsed->root, json_type_object)) {
        json_object_set_userdata(parsed->root, &parsed->source, NULL);
    }
    return PROBLEM_NONE;
}

static enum problem check_scan(struct context *context, struct json_scan scan)
{
    if (scan.fault != NULL) {
        return FAIL(context, PROBLEM_MALFORMED, "The JSON text %s (at byte %zu).", scan.fault,
                    scan.position + 1);
    }
    return PROBLEM_NONE;
}

/* Of two equal keys json-c keeps one value. Without memory it leaves values out,
 * has null for them or cuts strings, and says nothing. */
static enum problem missing_values(struct context *context, struct text text, struct json_scan scan)
{
    return json_has_duplicate_keys(context->arena, text, scan.keys)
               ? FAIL(context, PROBLEM_MALFORMED, JSON_DUPLICATE_KEY)
               : FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
}

/* Makes a tree of `text`, which is `source` or an outline of it. */
static enum problem parse(struct context *context, struct text source, struct text text,
                          struct json_object **value)
{
    const struct json_scan scan = json_scan(text, JSON_MAXIMUM_DEPTH);

    TRY(check_scan(context, scan));
    if (scan.values > JSON_MAXIMUM_VALUES || scan.containers > JSON_MAXIMUM_CONTAINERS ||
        text.length > INT_MAX) {
        return FAIL(context, PROBLEM_MALFORMED, "The JSON text has too many values.");
    }
    struct parsed *parsed = ARENA_NEW(context->arena, struct parsed);
    parsed->source = source;
    arena_on_reset(context->arena, parsed_free, parsed);
    TRY(build(context, parsed, text_trim(text)));
    if (!is_whole(parsed->root, scan)) {
        return missing_values(context, text, scan);
    }
    *value = parsed->root;
    return PROBLEM_NONE;
}

enum problem json_parse(struct context *context, struct text text, struct json_object **value)
{
    return parse(context, text_trim(text), text, value);
}

static enum problem check_object(struct context *context, const struct json_object *object)
{
    return json_object_is_type(object, json_type_object)
               ? PROBLEM_NONE
               : FAIL(context, PROBLEM_MALFORMED, "The JSON text must be an object.");
}

enum problem json_parse_object(struct context *context, struct text text, struct json_object **object)
{
    TRY(json_parse(context, text, object));
    return check_object(context, *object);
}

static enum problem parse_outline(struct context *context, struct text text, const struct shape *shape,
                                  const char *wrapper, size_t depth, struct json_object **object)
{
    const struct text source = text_trim(text);
    struct text outline;

    if (!shape_keeps_json(shape) || !text_starts_with(source, TEXT("{"))) {
        return json_parse_object(context, text, object);
    }
    TRY(check_scan(context, json_scan(text, depth)));
    TRY(json_outline(context, source, shape, wrapper, &outline));
    TRY(parse(context, source, outline, object));
    return check_object(context, *object);
}

enum problem json_parse_body(struct context *context, struct text text, const struct shape *shape,
                             const char *wrapper, struct json_object **object)
{
    return parse_outline(context, text, shape, wrapper, JSON_MAXIMUM_DEPTH, object);
}

enum problem json_parse_file(struct context *context, struct text text, const struct shape *shape,
                             struct json_object **object)
{
    return parse_outline(context, text, shape, NULL, FILE_DEPTH, object);
}

struct text json_source_of(struct json_object *root)
{
    const struct text *source = json_object_get_userdata(root);

    return source != NULL ? *source : NO_TEXT;
}

/* Where in the text the member stands; json-c keeps the order of the text. */
static struct text *source_of_member(struct context *context, struct json_object *object, const char *name)
{
    struct json_object_iterator at = json_object_iter_begin(object);
    const struct json_object_iterator end = json_object_iter_end(object);
    struct json_source walk = json_source_open(json_source_of(object));
    struct text *source = ARENA_NEW(context->arena, struct text);

    for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
        *source = json_source_next(&walk);
        if (strcmp(json_object_iter_peek_name(&at), name) == 0) {
            break;
        }
    }
    return source;
}

enum problem json_inner_object(struct context *context, struct json_object *object, const char *name,
                               struct json_object **inner)
{
    struct json_object *member;

    *inner = object;
    if (!json_object_object_get_ex(object, name, &member)) {
        return PROBLEM_NONE;
    }
    if (!json_object_is_type(member, json_type_object)) {
        context_fault(context, name, "%s must be an object.", name);
        return FAIL_ON_FAULTS(context, PROBLEM_MALFORMED);
    }
    json_object_set_userdata(member, source_of_member(context, object, name), NULL);
    *inner = member;
    return PROBLEM_NONE;
}

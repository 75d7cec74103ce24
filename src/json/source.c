/* Walks over a JSON text that is known to be well formed, so it only has to find where values begin and end.
 */
#include "json/source.h"

#include "json/plain.h"

static bool is_between_values(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t' || byte == ',' || byte == ':';
}

static void skip_between(struct json_source *source)
{
    while (source->at < source->end && is_between_values(*source->at)) {
        source->at++;
    }
}

/* From an opening quote to behind the closing one. */
static void skip_string(struct json_source *source)
{
    source->at++;
    while (source->at < source->end && *source->at != '"') {
        if (*source->at == '\\') {
            source->at += 2;
            continue;
        }
        source->at += plain_run((const unsigned char *)source->at, (size_t)(source->end - source->at), false);
    }
    source->at++;
}

static void skip_container(struct json_source *source)
{
    size_t level = 0;

    do {
        switch (*source->at) {
        case '"':
            skip_string(source);
            continue;
        case '{':
        case '[':
            level++;
            break;
        case '}':
        case ']':
            level--;
            break;
        default:
            break;
        }
        source->at++;
    } while (level > 0 && source->at < source->end);
}

static void skip_value(struct json_source *source)
{
    if (*source->at == '"') {
        skip_string(source);
    } else if (*source->at == '{' || *source->at == '[') {
        skip_container(source);
    } else {
        while (source->at < source->end && !is_between_values(*source->at)) {
            source->at++;
        }
    }
}

struct json_source json_source_open(struct text container)
{
    return (struct json_source){.at = container.data + 1,
                                .end = container.data + container.length - 1,
                                .object = container.data[0] == '{'};
}

struct text json_source_next(struct json_source *source)
{
    skip_between(source);
    if (source->at >= source->end) {
        return NO_TEXT;
    }
    const char *start = source->at;
    if (source->object) {
        skip_string(source);
        source->key = (struct text){start + 1, (size_t)(source->at - start) - 2};
        skip_between(source);
        start = source->at;
    }
    skip_value(source);
    return (struct text){start, (size_t)(source->at - start)};
}

/* The sentences about fields stand here side by side, so that they stay alike. */
#include "json/faults.h"

#include <inttypes.h>

/* More of a wrong entry than the longest right one has is not told. */
#define LONGEST_ENTRY 254

/* What is said of a value that is not of its field's type, and of text that is not a value of it. */
static const struct {
    const char *type;
    const char *content;
} sentences[] = {
    [FIELD_TEXT] = {"must be text", "is not allowed"},
    [FIELD_PASSWORD] = {"must be text", "is not allowed"},
    [FIELD_UUID] = {"must be a UUID in lower case", NULL},
    [FIELD_INTEGER] = {"must be a whole number", NULL},
    [FIELD_BOOLEAN] = {"must be true or false", NULL},
    [FIELD_TIME] = {"must be a time such as 2019-05-01T16:44:18.407Z", NULL},
    [FIELD_DATE] = {"must be text", "is not a date such as 2019-05-01"},
    [FIELD_UNIX_TIME] = {"must be a whole number of seconds", NULL},
    [FIELD_ADDRESS] = {"must be text", "is not an IP address"},
    [FIELD_EMAIL] = {"must be text", "is not an e-mail address"},
    [FIELD_URL] = {"must be text", "is not an address that begins with http:// or https://"},
    [FIELD_JSON] = {"must be a JSON object", NULL},
    [FIELD_OBJECT] = {"must be a JSON object", NULL},
    [FIELD_LIST] = {"must be a list of JSON objects", NULL},
    [FIELD_UUIDS] = {"must be a list of UUIDs in lower case", NULL},
    [FIELD_TEXTS] = {"must be a list of texts", "must not hold an empty text"},
    [FIELD_EMAILS] = {"must be a list of e-mail addresses", NULL},
};

void faults_start(struct faults *faults, struct context *context, enum problem content)
{
    *faults = (struct faults){.context = context, .content = content};
}

enum problem faults_end(struct faults *faults)
{
    if (faults->count == 0) {
        return PROBLEM_NONE;
    }
    return FAIL_ON_FAULTS(faults->context, faults->problem);
}

/* Whether one more fault is to be told; that of a malformed value is graver than one that is only refused. */
static bool counts(struct faults *faults, enum problem problem)
{
    if (faults->problem != PROBLEM_MALFORMED) {
        faults->problem = problem;
    }
    return faults->count++ < MAXIMUM_FAULTS;
}

/* "people[3].email" */
static const char *full_name(struct arena *arena, const struct place *place, const char *name)
{
    if (place == NULL) {
        return name;
    }
    const char *outer = full_name(arena, place->outer, place->field);
    if (place->element) {
        return arena_print(arena, "%s[%zu].%s", outer, place->index, name);
    }
    return arena_print(arena, "%s.%s", outer, name);
}

static void tell(struct faults *faults, enum problem problem, const struct field *field, const char *rest)
{
    if (counts(faults, problem)) {
        const char *name = full_name(faults->context->arena, faults->place, field->name);
        context_fault(faults->context, name, "%s %s.", name, rest);
    }
}

void fault_type(struct faults *faults, const struct field *field)
{
    tell(faults, PROBLEM_MALFORMED, field, sentences[field->type].type);
}

void fault_content(struct faults *faults, const struct field *field)
{
    tell(faults, faults->content, field, sentences[field->type].content);
}

void fault_range(struct faults *faults, const struct field *field)
{
    struct arena *arena = faults->context->arena;

    if (field->minimum == 0 && field->maximum == 0) {
        tell(faults, faults->content, field, "is out of range");
    } else if (field->maximum == 0 && field->minimum > 0) {
        tell(faults, faults->content, field, arena_print(arena, "must be at least %" PRId64, field->minimum));
    } else {
        tell(faults, faults->content, field,
             arena_print(arena, "must be between %" PRId64 " and %" PRId64, field->minimum, field->maximum));
    }
}

void fault_choice(struct faults *faults, const struct field *field)
{
    struct builder list;

    builder_start(&list, faults->context->arena, 128, 4096);
    for (size_t index = 0; field->choices[index] != NULL; index++) {
        builder_add_string(&list, index == 0 ? "must be one of " : ", ");
        builder_add_string(&list, field->choices[index]);
    }
    builder_add_character(&list, '\0');
    tell(faults, faults->content, field, list.overflowed ? "is not one of the choices" : list.data);
}

/* At most `maximum` bytes, and no code point cut in two. */
static struct text shorten(struct text text, size_t maximum)
{
    size_t length = 0;
    size_t next = text_code_point_length(text);

    while (next > 0 && length + next <= maximum) {
        length += next;
        next = text_code_point_length(text_part(text, length, text.length));
    }
    return text_part(text, 0, length);
}

void fault_entry(struct faults *faults, const struct field *field, struct text entry)
{
    const struct text told = shorten(entry, LONGEST_ENTRY);

    tell(faults, PROBLEM_MALFORMED, field,
         arena_print(faults->context->arena, "has an entry that is no e-mail address: \"%.*s\"%s",
                     TEXT_ARGUMENTS(told), told.length < entry.length ? "…" : ""));
}

void fault_twice(struct faults *faults, const struct field *field)
{
    tell(faults, PROBLEM_MALFORMED, field, "is given twice");
}

void fault_required(struct faults *faults, const struct field *field)
{
    tell(faults, PROBLEM_REFUSED, field, "is required");
}

void fault_empty(struct faults *faults, const struct field *field)
{
    tell(faults, PROBLEM_REFUSED, field, "must not be empty");
}

void fault_null(struct faults *faults, const struct field *field)
{
    tell(faults, PROBLEM_REFUSED, field, "must not be null");
}

/* "is too short (minimum is 4 characters)" */
static void tell_limit(struct faults *faults, const struct field *field, const char *complaint, int64_t limit,
                       const char *unit)
{
    tell(faults, PROBLEM_REFUSED, field,
         arena_print(faults->context->arena, "%s is %" PRId64 " %s%s)", complaint, limit, unit,
                     limit == 1 ? "" : "s"));
}

void fault_too_short(struct faults *faults, const struct field *field, int64_t minimum)
{
    tell_limit(faults, field, "is too short (minimum", minimum, "character");
}

void fault_too_long(struct faults *faults, const struct field *field, int64_t maximum)
{
    tell_limit(faults, field, "is too long (maximum", maximum, "character");
}

void fault_too_few(struct faults *faults, const struct field *field, int64_t minimum)
{
    tell_limit(faults, field, "has too few elements (minimum", minimum, "element");
}

void fault_too_many(struct faults *faults, const struct field *field, int64_t maximum)
{
    tell_limit(faults, field, "has too many elements (maximum", maximum, "element");
}

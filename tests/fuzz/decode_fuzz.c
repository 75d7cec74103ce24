/* Any JSON body, query or form for a shape with every type of field: values are what their type promises, or
 * there is a fault. */
#include "fuzz.h"

#include "json/decode.h"
#include "json/encode_value.h"
#include "json/json.h"

static const char *const choices[] = {"draft", "published", NULL};
static const struct field nested_fields[] = {
    {.name = "email", .type = FIELD_EMAIL, .required = true},
    {.name = "json", .type = FIELD_JSON, .nullable = true},
};
static const struct shape nested = SHAPE("Nested", "A nested shape.", nested_fields);
static const struct field fields[] = {
    {.name = "text", .type = FIELD_TEXT, .required = true, .minimum = 2, .maximum = 20},
    {.name = "blank", .type = FIELD_TEXT, .blank_allowed = true, .nullable = true},
    {.name = "choice", .type = FIELD_TEXT, .choices = choices},
    {.name = "password", .type = FIELD_PASSWORD, .minimum = 6, .maximum = 128},
    {.name = "uuid", .type = FIELD_UUID},
    {.name = "integer", .type = FIELD_INTEGER},
    {.name = "small", .type = FIELD_INTEGER, .minimum = -5, .maximum = 5},
    {.name = "boolean", .type = FIELD_BOOLEAN},
    {.name = "time", .type = FIELD_TIME},
    {.name = "date", .type = FIELD_DATE},
    {.name = "unix", .type = FIELD_UNIX_TIME},
    {.name = "address", .type = FIELD_ADDRESS},
    {.name = "email", .type = FIELD_EMAIL, .blank_allowed = true},
    {.name = "url", .type = FIELD_URL},
    {.name = "json", .type = FIELD_JSON},
    {.name = "object", .type = FIELD_OBJECT, .shape = &nested},
    {.name = "list", .type = FIELD_LIST, .shape = &nested},
    {.name = "uuids", .type = FIELD_UUIDS},
    {.name = "texts", .type = FIELD_TEXTS},
    {.name = "emails", .type = FIELD_EMAILS},
};
static const struct shape shape = SHAPE("Every", "A shape with every type of field.", fields);

/* What was decoded for PostgreSQL, written back as an answer, must be JSON again. */
static void check_round_trip(struct context *context, const struct field *field, struct text text)
{
    struct json_writer writer;
    struct builder out;

    builder_start(&out, context->arena, text.length + 64, 8 * text.length + 64);
    json_start(&writer, &out);
    encode_value(&writer, field->type, text);
    require(!out.overflowed);
    require(json_scan(builder_text(&out), JSON_MAXIMUM_DEPTH).fault == NULL);
}

static void check_value(struct context *context, const struct field *field, const struct field_value *value)
{
    require(value->null == (value->text.data == NULL));
    if (value->null) {
        return;
    }
    require(value->given);
    require(text_is_utf8(value->text));
    require(value->text.data[value->text.length] == '\0');
    require(field->type != FIELD_UUID || text_is_uuid(value->text));
    require(field->type != FIELD_EMAIL || is_email_address(value->text));
    if (field->type != FIELD_OBJECT && field->type != FIELD_LIST) {
        check_round_trip(context, field, value->text);
    }
}

static enum problem decode(struct context *context, unsigned kind, struct text text, struct values *values)
{
    struct json_object *object = NULL;
    struct parameters parameters;

    if (kind % 3 == 0) {
        TRY(json_parse_object(context, text, &object));
        return decode_object(context, &shape, object, values);
    }
    TRY(parameters_read(context, text, kind % 3 == 1, &parameters));
    return decode_parameters(context, &shape, parameters, kind % 3 == 1 ? PROBLEM_REFUSED : PROBLEM_MALFORMED,
                             values);
}

/* Whether a tree is made of what is kept as it was written makes no difference. */
static void check_outline(struct context *context, struct text text, enum problem expected,
                          const struct values *values)
{
    struct json_object *object = NULL;
    struct values others = {NULL, NULL};
    struct context other;

    context_start(&other, context->arena, NULL, NULL);
    enum problem problem = json_parse_body(&other, text, &shape, NULL, &object);
    if (problem == PROBLEM_NONE) {
        problem = decode_object(&other, &shape, object, &others);
    }
    require(problem == expected);
    for (size_t index = 0; problem == PROBLEM_NONE && index < shape.count; index++) {
        require(text_equal(values->fields[index].text, others.fields[index].text));
        require(values->fields[index].null == others.fields[index].null);
    }
}

/* The first byte tells what the rest is: '0' JSON, '1' a form, '2' a query. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct context context;
    struct values values;

    if (size == 0) {
        return 0;
    }
    fuzz_context(&context);
    const enum problem problem = decode(&context, data[0], fuzz_text(data + 1, size - 1), &values);
    require(problem == PROBLEM_NONE || problem == PROBLEM_MALFORMED || problem == PROBLEM_REFUSED);
    require(problem == context.problem);
    require(problem != PROBLEM_NONE || context.faults == NULL);
    if (data[0] % 3 == 0) {
        check_outline(&context, fuzz_text(data + 1, size - 1), problem, &values);
    }
    for (size_t index = 0; problem == PROBLEM_NONE && index < shape.count; index++) {
        check_value(&context, &shape.fields[index], &values.fields[index]);
    }
    return 0;
}

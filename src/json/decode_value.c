/* How each type of field is read and checked: the value is canonical text, ready for PostgreSQL, or a fault
 * is noted. */
#include "json/decode_value.h"

#include <arpa/inet.h>
#include <json-c/json.h>

#include "base/clock.h"

#define MAXIMUM_URL_CHARACTERS       2000
#define MICROSECONDS_PER_MILLISECOND 1000

void decode_set_text(struct faults *faults, struct field_value *value, struct text text)
{
    value->text = arena_copy_text(faults->context->arena, text);
}

bool decode_take_text(struct faults *faults, const struct field *field, const struct input *input,
                      struct text *text)
{
    if (input->kind == INPUT_PARAMETER) {
        *text = input->parameters[0];
        return true;
    }
    if (!json_object_is_type(input->json, json_type_string)) {
        fault_type(faults, field);
        return false;
    }
    *text =
        (struct text){json_object_get_string(input->json), (size_t)json_object_get_string_len(input->json)};
    return true;
}

/* Whether an empty text has been dealt with: a fault, or null where blanks are allowed. */
static bool settle_empty(struct faults *faults, const struct field *field, struct text text,
                         struct field_value *value)
{
    if (text.length > 0 || (!field->required && !field->blank_allowed)) {
        return false;
    }
    if (field->blank_allowed) {
        value->null = true;
    } else {
        fault_required(faults, field);
    }
    return true;
}

static bool is_choice(const struct field *field, struct text text)
{
    if (field->choices == NULL) {
        return true;
    }
    for (size_t index = 0; field->choices[index] != NULL; index++) {
        if (text_equal_string(text, field->choices[index])) {
            return true;
        }
    }
    return false;
}

bool decode_check_text(struct faults *faults, const struct field *field, struct text text, int64_t minimum,
                       int64_t maximum)
{
    const int64_t characters = (int64_t)text_characters(text);

    if (!is_choice(field, text)) {
        fault_choice(faults, field);
    } else if (characters < minimum) {
        fault_too_short(faults, field, minimum);
    } else if (characters > maximum) {
        fault_too_long(faults, field, maximum);
    } else {
        return true;
    }
    return false;
}

static void read_text(struct faults *faults, const struct field *field, const struct input *input,
                      struct field_value *value)
{
    const int64_t maximum = field->maximum > 0 ? field->maximum : DEFAULT_MAXIMUM_CHARACTERS;
    struct text text;

    if (!decode_take_text(faults, field, input, &text)) {
        return;
    }
    if (field->type == FIELD_TEXT) {
        text = text_trim(text);
    }
    if (text.length > 0) {
        if (!decode_check_text(faults, field, text, field->minimum, maximum)) {
            return;
        }
    } else if (!field->blank_allowed) {
        (field->required          ? fault_required
         : field->choices != NULL ? fault_choice
                                  : fault_empty)(faults, field);
        return;
    }
    decode_set_text(faults, value, text);
}

static void read_uuid(struct faults *faults, const struct field *field, const struct input *input,
                      struct field_value *value)
{
    struct text text;

    if (!decode_take_text(faults, field, input, &text) || settle_empty(faults, field, text, value)) {
        return;
    }
    if (!text_is_uuid(text)) {
        fault_type(faults, field);
        return;
    }
    decode_set_text(faults, value, text);
}

/* A minus sign or none, digits, and no zero in front: what JSON takes as a number without fraction and
 * exponent. */
static bool is_integer_form(struct text text)
{
    if (text.length > 0 && text.data[0] == '-') {
        text = text_part(text, 1, text.length);
    }
    if (text.length == 0 || (text.length > 1 && text.data[0] == '0')) {
        return false;
    }
    for (size_t index = 0; index < text.length; index++) {
        if (text.data[index] < '0' || text.data[index] > '9') {
            return false;
        }
    }
    return true;
}

/* The digits as they were written, since json-c silently changes integers that it cannot hold. */
static bool take_integer(struct faults *faults, const struct field *field, const struct input *input,
                         struct text *digits)
{
    const bool parameter = input->kind == INPUT_PARAMETER;

    *digits = parameter ? input->parameters[0] : input->source;
    if ((parameter || json_object_is_type(input->json, json_type_int)) && is_integer_form(*digits)) {
        return true;
    }
    fault_type(faults, field);
    return false;
}

static void read_integer(struct faults *faults, const struct field *field, const struct input *input,
                         struct field_value *value)
{
    const bool limited = field->minimum != 0 || field->maximum != 0;
    const int64_t minimum = limited ? field->minimum : INT64_MIN;
    const int64_t maximum = field->maximum != 0 || field->minimum < 0 ? field->maximum : INT64_MAX;
    struct text digits;

    if (!take_integer(faults, field, input, &digits)) {
        return;
    }
    if (text_equal(digits, TEXT("-0"))) {
        digits = TEXT("0");
    }
    if (!text_to_integer(digits, minimum, maximum, &value->integer)) {
        fault_range(faults, field);
        return;
    }
    decode_set_text(faults, value, digits);
}

static bool take_boolean(const struct input *input, bool *boolean)
{
    if (input->kind == INPUT_PARAMETER) {
        *boolean = text_equal(input->parameters[0], TEXT("true"));
        return *boolean || text_equal(input->parameters[0], TEXT("false"));
    }
    *boolean = json_object_get_boolean(input->json) != 0;
    return json_object_is_type(input->json, json_type_boolean);
}

static void read_boolean(struct faults *faults, const struct field *field, const struct input *input,
                         struct field_value *value)
{
    if (!take_boolean(input, &value->boolean)) {
        fault_type(faults, field);
        return;
    }
    value->text = value->boolean ? TEXT("true") : TEXT("false");
}

static void read_time(struct faults *faults, const struct field *field, const struct input *input,
                      struct field_value *value)
{
    char written[CLOCK_TEXT_SIZE];
    struct text text;
    int64_t rest;

    if (!decode_take_text(faults, field, input, &text) || settle_empty(faults, field, text, value)) {
        return;
    }
    if (!clock_read(text, &value->integer)) {
        fault_type(faults, field);
        return;
    }
    rest = value->integer % MICROSECONDS_PER_MILLISECOND;
    value->integer -= rest < 0 ? rest + MICROSECONDS_PER_MILLISECOND : rest;
    clock_write(value->integer, written);
    decode_set_text(faults, value, text_of(written));
}

static void read_date(struct faults *faults, const struct field *field, const struct input *input,
                      struct field_value *value)
{
    struct text text;

    if (!decode_take_text(faults, field, input, &text) || settle_empty(faults, field, text, value)) {
        return;
    }
    if (!clock_is_date(text)) {
        fault_content(faults, field);
        return;
    }
    decode_set_text(faults, value, text);
}

/* The address as the system writes it, so that equal ones are equal texts. */
static void read_address(struct faults *faults, const struct field *field, const struct input *input,
                         struct field_value *value)
{
    unsigned char binary[sizeof(struct in6_addr)];
    char canonical[INET6_ADDRSTRLEN];
    struct text text;

    if (!decode_take_text(faults, field, input, &text) || settle_empty(faults, field, text, value)) {
        return;
    }
    const char *string = arena_copy(faults->context->arena, text.data, text.length);
    const int family = text_find(text, ':') < text.length ? AF_INET6 : AF_INET;
    if (strlen(string) != text.length || inet_pton(family, string, binary) != 1 ||
        inet_ntop(family, binary, canonical, sizeof(canonical)) == NULL) {
        fault_content(faults, field);
        return;
    }
    decode_set_text(faults, value, text_of(canonical));
}

static void read_email(struct faults *faults, const struct field *field, const struct input *input,
                       struct field_value *value)
{
    struct text text;

    if (!decode_take_text(faults, field, input, &text) || settle_empty(faults, field, text, value)) {
        return;
    }
    if (!is_email_address(text)) {
        fault_content(faults, field);
        return;
    }
    decode_set_text(faults, value, text_lower(faults->context->arena, text));
}

/* An absolute address with a host, without spaces and control characters. */
static bool is_url(struct text text)
{
    const size_t scheme = text_starts_with(text, TEXT("https://"))  ? sizeof("https://") - 1
                          : text_starts_with(text, TEXT("http://")) ? sizeof("http://") - 1
                                                                    : 0;
    if (scheme == 0 || scheme == text.length || strchr("/?#:", text.data[scheme]) != NULL) {
        return false;
    }
    for (size_t index = 0; index < text.length; index++) {
        const unsigned char byte = (unsigned char)text.data[index];
        if (byte <= ' ' || byte == 0x7f || byte == '"' || byte == '<' || byte == '>' || byte == '\\') {
            return false;
        }
    }
    return true;
}

static void read_url(struct faults *faults, const struct field *field, const struct input *input,
                     struct field_value *value)
{
    struct text text;

    if (!decode_take_text(faults, field, input, &text) || settle_empty(faults, field, text, value)) {
        return;
    }
    text = text_trim(text);
    if (!is_url(text)) {
        fault_content(faults, field);
        return;
    }
    if (decode_check_text(faults, field, text, field->minimum,
                          field->maximum > 0 ? field->maximum : MAXIMUM_URL_CHARACTERS)) {
        decode_set_text(faults, value, text);
    }
}

static decode_function *const readers[] = {
    [FIELD_TEXT] = read_text,       [FIELD_PASSWORD] = read_text,     [FIELD_UUID] = read_uuid,
    [FIELD_INTEGER] = read_integer, [FIELD_BOOLEAN] = read_boolean,   [FIELD_TIME] = read_time,
    [FIELD_DATE] = read_date,       [FIELD_UNIX_TIME] = read_integer, [FIELD_ADDRESS] = read_address,
    [FIELD_EMAIL] = read_email,     [FIELD_URL] = read_url,           [FIELD_JSON] = decode_json,
    [FIELD_OBJECT] = decode_nested, [FIELD_LIST] = decode_list,       [FIELD_UUIDS] = decode_array,
    [FIELD_TEXTS] = decode_array,   [FIELD_EMAILS] = decode_emails,
};

void decode_input(struct faults *faults, const struct field *field, const struct input *input,
                  struct field_value *value)
{
    const bool null = input->kind == INPUT_NULL;

    *value = (struct field_value){.null = true};
    if (input->kind == INPUT_TWICE) {
        fault_twice(faults, field);
        return;
    }
    if (input->kind == INPUT_NONE || (null && !field->nullable)) {
        if (field->required) {
            fault_required(faults, field);
        }
        return;
    }
    value->given = true;
    if (!null) {
        value->null = false;
        readers[field->type](faults, field, input, value);
    }
}

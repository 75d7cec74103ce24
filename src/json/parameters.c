/* Query strings and forms, split and percent-decoded before anything looks at their names. */
#include "base/encoding.h"
#include "json/decode.h"

static size_t count_pieces(struct text encoded)
{
    size_t pieces = 1;

    for (size_t index = 0; index < encoded.length; index++) {
        pieces += encoded.data[index] == '&';
    }
    return pieces;
}

static enum problem decode_piece(struct context *context, struct text encoded, struct text *decoded)
{
    if (!decode_percent(context->arena, encoded, true, decoded)) {
        return FAIL(context, PROBLEM_MALFORMED, "A parameter has a %% without two hexadecimal digits.");
    }
    if (!text_is_utf8(*decoded)) {
        return FAIL(context, PROBLEM_MALFORMED, "A parameter is not UTF-8 text.");
    }
    return PROBLEM_NONE;
}

static bool may_repeat(struct text name)
{
    return name.length >= 2 && text_equal(text_part(name, name.length - 2, 2), TEXT("[]"));
}

static bool is_repeated(struct parameters parameters, struct text name)
{
    for (size_t index = 0; index < parameters.count; index++) {
        if (text_equal(parameters.list[index].name, name)) {
            return true;
        }
    }
    return false;
}

static enum problem read_piece(struct context *context, struct text piece, struct parameter *parameter)
{
    const struct text name = text_cut(&piece, '=');

    TRY(decode_piece(context, name, &parameter->name));
    return decode_piece(context, piece.data == NULL ? TEXT("") : piece, &parameter->value);
}

enum problem parameters_read(struct context *context, struct text encoded, bool unique,
                             struct parameters *parameters)
{
    const size_t pieces = count_pieces(encoded);

    *parameters = (struct parameters){NULL, 0};
    if (encoded.length == 0) {
        return PROBLEM_NONE;
    }
    if (pieces > MAXIMUM_PARAMETERS) {
        return FAIL(context, PROBLEM_MALFORMED, "There are too many parameters (maximum is %d).",
                    MAXIMUM_PARAMETERS);
    }
    struct parameter *list = ARENA_ARRAY(context->arena, struct parameter, pieces);
    parameters->list = list;
    while (encoded.data != NULL) {
        const struct text piece = text_cut(&encoded, '&');
        if (piece.length == 0) {
            continue;
        }
        struct parameter *parameter = &list[parameters->count];
        TRY(read_piece(context, piece, parameter));
        if (unique && !may_repeat(parameter->name) && is_repeated(*parameters, parameter->name)) {
            return FAIL(context, PROBLEM_MALFORMED, "A parameter is given twice.");
        }
        parameters->count++;
    }
    return PROBLEM_NONE;
}

struct text parameters_find(struct parameters parameters, const char *name)
{
    for (size_t index = 0; index < parameters.count; index++) {
        if (text_equal_string(parameters.list[index].name, name)) {
            return parameters.list[index].value;
        }
    }
    return NO_TEXT;
}

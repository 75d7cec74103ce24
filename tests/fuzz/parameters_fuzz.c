/* Any bytes as a query string or a form: what comes out is text, and no more pieces than went in. */
#include "fuzz.h"

#include "json/decode.h"

static bool may_repeat(struct text name)
{
    return name.length >= 2 && memcmp(name.data + name.length - 2, "[]", 2) == 0;
}

static void check(struct parameters parameters, bool unique)
{
    require(parameters.count <= MAXIMUM_PARAMETERS);
    for (size_t index = 0; index < parameters.count; index++) {
        const struct parameter *parameter = &parameters.list[index];
        require(text_is_utf8(parameter->name) && text_is_utf8(parameter->value));
        require(parameter->value.data[parameter->value.length] == '\0');
        const struct text first = parameters_find(parameters, parameter->name.data);
        require(!unique || may_repeat(parameter->name) || first.data == parameter->value.data);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const bool unique = size > 0 && (data[0] & 1) != 0;
    struct parameters parameters;
    struct context context;

    fuzz_context(&context);
    const enum problem problem = parameters_read(&context, fuzz_text(data, size), unique, &parameters);
    require(problem == PROBLEM_NONE || problem == PROBLEM_MALFORMED);
    if (problem == PROBLEM_NONE) {
        check(parameters, unique);
    }
    return 0;
}

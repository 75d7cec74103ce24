/* Where the reason of a refusal is kept. */
#include "saml/reading.h"

#include "saml/service.h"

void saml_reading_start(struct saml_reading *reading, struct context *context)
{
    *reading = (struct saml_reading){.context = context,
                                     .arena = context->arena,
                                     .entity_id = saml_entity_id(context),
                                     .consumer = saml_consumer(context)};
}

enum problem saml_refuse(struct saml_reading *reading, enum problem problem, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    reading->reason = arena_print_list(reading->arena, format, arguments);
    va_end(arguments);
    return problem;
}

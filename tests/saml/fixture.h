/* What the tests of src/saml share: files of tests/data/saml, and texts of which one place is changed. */
#ifndef MUSTER_TESTS_SAML_FIXTURE_H
#define MUSTER_TESTS_SAML_FIXTURE_H

#include "support/context.h"

#define DATA_FOLDER SOURCE_FOLDER "/tests/data/saml/"

/* `count` times the same text. */
__attribute__((unused)) static const char *repeated(const char *text, size_t count)
{
    struct builder builder;
    builder_start(&builder, test_context.arena, 1024, ARENA_MAXIMUM);
    for (size_t i = 0; i < count; i++) {
        builder_add_string(&builder, text);
    }
    builder_add_character(&builder, '\0');
    return builder.data;
}

/* The text with the only place where `from` stands changed. */
__attribute__((unused)) static const char *replaced(const char *text, const char *from, const char *to)
{
    const char *place = strstr(text, from);
    if (place == NULL || strstr(place + 1, from) != NULL) {
        fail_msg("\"%s\" is not there exactly once", from);
        return text;
    }
    return arena_print(test_context.arena, "%.*s%s%s", (int)(place - text), text, to, place + strlen(from));
}

/* A file of tests/data/saml. */
__attribute__((unused)) static struct text data_file(const char *name)
{
    static const size_t maximum = (size_t)1024 * 1024;
    FILE *file = fopen(arena_print(test_context.arena, DATA_FOLDER "%s", name), "rb");
    assert_non_null(file);
    char *content = arena_allocate(test_context.arena, maximum);
    size_t length = fread(content, 1, maximum - 1, file);
    assert_int_equal(fclose(file), 0);
    return (struct text){content, length};
}

/* The base64 of tests/data/saml/certificates/NAME.pem, in its lines. */
__attribute__((unused)) static const char *certificate_lines(const char *name)
{
    struct text pem = data_file(arena_print(test_context.arena, "certificates/%s.pem", name));
    const char *start = strchr(pem.data, '\n');
    assert_non_null(start);
    const char *end = strstr(start, "\n-----END");
    assert_non_null(end);
    return arena_copy(test_context.arena, start + 1, (size_t)(end - start) - 1);
}

/* The text with each "{NAME}" replaced by the certificate of that name. */
__attribute__((unused)) static const char *with_certificates(const char *text)
{
    struct builder builder;
    struct text rest = text_of(text);
    builder_start(&builder, test_context.arena, 4096, ARENA_MAXIMUM);
    while (rest.data != NULL) {
        builder_add_text(&builder, text_cut(&rest, '{'));
        if (rest.data != NULL) {
            struct text name = text_cut(&rest, '}');
            builder_add_string(&builder, certificate_lines(arena_copy_text(test_context.arena, name).data));
        }
    }
    builder_add_character(&builder, '\0');
    return builder.data;
}

#endif

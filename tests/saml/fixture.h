/* What the tests of src/saml share: a context with an arena of its own for each test, files of
 * tests/data/saml, and metadata that one place of is changed. */
#ifndef MUSTER_TESTS_SAML_FIXTURE_H
#define MUSTER_TESTS_SAML_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/context.h"

#define ARENA_MAXIMUM ((size_t)64 * 1024 * 1024)
#define DATA_FOLDER   SOURCE_FOLDER "/tests/data/saml/"

static struct context test_context;

static int start_context(void **state)
{
    (void)state;
    context_start(&test_context, arena_create(ARENA_MAXIMUM), NULL, NULL);
    return test_context.arena == NULL;
}

static int end_context(void **state)
{
    (void)state;
    arena_destroy(test_context.arena);
    return 0;
}

/* Makes the context as new between two tries of one test. */
__attribute__((unused)) static void start_again(void)
{
    arena_reset(test_context.arena);
    context_start(&test_context, test_context.arena, NULL, NULL);
}

__attribute__((unused)) static void expect_text(struct text text, const char *expected)
{
    assert_non_null(text.data);
    assert_string_equal(arena_copy(test_context.arena, text.data, text.length), expected);
}

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

#define IN_CONTEXT(test) cmocka_unit_test_setup_teardown(test, start_context, end_context)

#endif

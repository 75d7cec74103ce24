/* The limits of the XML reader, each on both of its sides. */
#include "saml/xml_fixture.h"

static void the_size_is_limited_by_the_caller(void **state)
{
    (void)state;
    const char *xml = arena_print(test_context.arena, "<r>%s</r>", repeated("x", MAXIMUM_SIZE - 7));
    assert_non_null(root_of(xml, &strict));
    refuses(arena_print(test_context.arena, "%s\n", xml), "is larger than 256 KiB");
    refuses_text(NO_TEXT, &strict, "is empty");
}

static void a_tag_is_limited(void **state)
{
    (void)state;
    const char *longest =
        arena_print(test_context.arena, "<r a='>%s'/>", repeated("x", XML_MAXIMUM_TAG - 10));
    assert_int_equal(strlen(longest), XML_MAXIMUM_TAG);
    assert_non_null(root_of(longest, &strict));
    const char *longer = arena_print(test_context.arena, "<r a='>%s'/>", repeated("x", XML_MAXIMUM_TAG - 9));
    refuses(longer, "has a tag of more than 16 KiB");
    refuses(arena_print(test_context.arena, "<r>%s</r>", longer), "has a tag of more than 16 KiB");
    refuses(arena_print(test_context.arena, "<r%s", repeated(" ", XML_MAXIMUM_TAG)),
            "has a tag of more than 16 KiB");
    refuses(arena_print(test_context.arena, "<r></r%s>", repeated(" ", XML_MAXIMUM_TAG)),
            "has a tag of more than 16 KiB");
}

static const char *attributes(size_t count)
{
    struct builder builder;
    builder_start(&builder, test_context.arena, 1024, ARENA_MAXIMUM);
    for (size_t i = 0; i < count; i++) {
        builder_add_format(&builder, " a%zu='\"'", i);
    }
    builder_add_character(&builder, '\0');
    return builder.data;
}

static void the_attributes_of_a_tag_are_limited(void **state)
{
    (void)state;
    assert_non_null(root_of(arena_print(test_context.arena, "<r%s/>", attributes(64)), &strict));
    refuses(arena_print(test_context.arena, "<r%s/>", attributes(65)),
            "has a tag with more than 64 attributes");
}

static void all_attributes_together_are_limited(void **state)
{
    (void)state;
    const char *element = arena_print(test_context.arena, "<e%s/>", attributes(50));
    const char *elements = repeated(element, 200);
    assert_non_null(root_of(arena_print(test_context.arena, "<r>%s</r>", elements), &strict));
    refuses(arena_print(test_context.arena, "<r>%s<e a=''/></r>", elements),
            "has more than 10000 attributes");
}

static void elements_are_limited(void **state)
{
    (void)state;
    const char *most = repeated("<e/>", XML_MAXIMUM_ELEMENTS - 1);
    assert_non_null(root_of(arena_print(test_context.arena, "<r>%s</r>", most), &strict));
    refuses(arena_print(test_context.arena, "<r>%s<e/></r>", most), "has more than 5000 elements");
}

static const char *nested(size_t depth)
{
    return arena_print(test_context.arena, "%s%s", repeated("<e>", depth), repeated("</e>", depth));
}

static void depth_is_limited(void **state)
{
    (void)state;
    assert_non_null(root_of(nested(XML_MAXIMUM_DEPTH), &strict));
    refuses(nested(XML_MAXIMUM_DEPTH + 1), "has more than 64 levels of elements");
    refuses(nested(2500), "has more than 64 levels of elements");
    refuses(repeated("<e>", 5000), "has more than 64 levels of elements");
}

/* `levels` elements inside of each other with 32 namespaces each. */
static const char *namespaces(size_t levels)
{
    struct builder builder;
    builder_start(&builder, test_context.arena, 1024, ARENA_MAXIMUM);
    for (size_t level = 0; level < levels; level++) {
        builder_add_string(&builder, "<e");
        for (size_t i = 0; i < 32; i++) {
            builder_add_format(&builder, " xmlns:n%zu='u'", level * 32 + i);
        }
        builder_add_string(&builder, ">");
    }
    return arena_print(test_context.arena, "%.*s%s", TEXT_ARGUMENTS(builder_text(&builder)),
                       repeated("</e>", levels));
}

static void the_namespaces_in_one_place_are_limited(void **state)
{
    (void)state;
    const char *most = namespaces(XML_MAXIMUM_NAMESPACES / 32);
    assert_non_null(root_of(arena_print(test_context.arena, "<r>%s%s</r>", most, most), &strict));
    refuses(replaced(most, "n255='u'>", "n255='u' xmlns='u'>"), "has more than 256 namespaces in one place");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CONTEXT(the_size_is_limited_by_the_caller),
        IN_CONTEXT(a_tag_is_limited),
        IN_CONTEXT(the_attributes_of_a_tag_are_limited),
        IN_CONTEXT(all_attributes_together_are_limited),
        IN_CONTEXT(elements_are_limited),
        IN_CONTEXT(depth_is_limited),
        IN_CONTEXT(the_namespaces_in_one_place_are_limited),
    };
    return cmocka_run_group_tests_name("xml limits", tests, NULL, NULL);
}

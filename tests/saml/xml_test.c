/* The XML reader: what it takes, each thing it refuses with the words it has for it, and that it never opens
 * anything or prints. */
#include "saml/xml_fixture.h"

#include <fcntl.h>
#include <unistd.h>

#include <libxml/parser.h>
#include <libxml/xmlIO.h>

#include "saml/xml_parse.h"

/* The parser's own words follow, which are not ours to fix. */
static void refuses_as_malformed(const char *xml)
{
    const char *fault = NULL;
    assert_null(xml_read(test_context.arena, text_of(xml), &strict, &fault));
    assert_non_null(fault);
    if (strncmp(fault, "is not well-formed XML (line ", 29) != 0) {
        fail_msg("%s: it %s", xml, fault);
    }
}

/* --- What is read -------------------------------------------------------------------------------------- */

static void elements_attributes_and_text_are_read(void **state)
{
    (void)state;
    xmlNode *root = root_of("<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n"
                            "<a:r xmlns:a='urn:a' xmlns:b='urn:b' b:id='2' id='1'>"
                            "<a:c>x &amp; &lt;&#x41;</a:c><b:c/><a:c>second</a:c></a:r>",
                            &strict);
    assert_true(xml_is(root, "urn:a", "r"));
    assert_false(xml_is(root, "urn:b", "r"));
    assert_false(xml_is(root, "urn:a", "R"));
    assert_int_equal(xml_count(root, "urn:a", "c"), 2);
    xmlNode *child = xml_first(root, "urn:a", "c");
    expect_text(xml_text(test_context.arena, child), "x & <A");
    expect_text(xml_text(test_context.arena, xml_next(child, "urn:a", "c")), "second");
    expect_text(xml_text(test_context.arena, xml_first(root, "urn:b", "c")), "");
    expect_text(xml_attribute(test_context.arena, root, "id"), "1");
    assert_null(xml_attribute(test_context.arena, root, "ID").data);
    assert_null(xml_text(test_context.arena, root).data);
    assert_null(xml_first(root, "urn:c", "c"));
}

static void an_element_without_a_namespace_is_in_none(void **state)
{
    (void)state;
    assert_false(xml_is(root_of("<r/>", &strict), "", "r"));
    assert_true(xml_is(root_of("<r xmlns='urn:a'/>", &strict), "urn:a", "r"));
}

static void a_byte_order_mark_and_cdata_are_read(void **state)
{
    (void)state;
    xmlNode *root =
        root_of("\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?><r>a<![CDATA[<b> & ]]>c</r>", &strict);
    expect_text(xml_text(test_context.arena, root), "a<b> & c");
}

static void allowed_comments_leave_no_trace(void **state)
{
    (void)state;
    xmlNode *root =
        root_of("<!-- \" ' < -->\n<r>admin<!-- x -->@example.com<!-- --></r><!---->", &with_comments);
    expect_text(xml_text(test_context.arena, root), "admin@example.com");
    assert_null(root->prev);
    assert_null(root->next);
}

static void a_long_comment_is_no_long_tag(void **state)
{
    (void)state;
    const char *xml = arena_print(test_context.arena, "<r><!-- %s --></r>", repeated("'x ", 20000));
    assert_non_null(root_of(xml, &with_comments));
}

static void names_that_begin_like_a_declaration_are_names(void **state)
{
    (void)state;
    refuses("<?xml-stylesheet href='file:///etc/passwd'?><r/>", "has a processing instruction");
}

/* --- What is refused ----------------------------------------------------------------------------------- */

static void a_document_type_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "<!DOCTYPE r><r/>",
        "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r>&x;</r>",
        "<!DOCTYPE r [<!ENTITY x SYSTEM 'http://127.0.0.1:9/'>]><r>&x;</r>",
        "<!DOCTYPE r SYSTEM 'http://127.0.0.1:9/r.dtd'><r/>",
        "<!DOCTYPE r PUBLIC '-//X//Y' 'file:///etc/passwd'><r/>",
        "<!DOCTYPE r [<!ENTITY % x SYSTEM 'file:///etc/passwd'> %x;]><r/>",
        "<?xml version='1.0'?>\n<!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b "
        "'&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>"
        "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;'>"
        "<!ENTITY e '&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;'><!ENTITY f "
        "'&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;'>]><r>&f;</r>",
        "<!DOCTYPE r [<!ATTLIST r id ID 'default'>]><r/>",
        "<!DOCTYPE r [<!ENTITY a '&a;'>]><r a='&a;'/>",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        refuses(bad[i], "has a document type declaration (DOCTYPE)");
    }
}

/* The scan finds them first; the parser must not depend on it. */
static void the_parser_alone_stops_at_what_is_not_allowed(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r>&x;</r>",
         "has a document type declaration (DOCTYPE)"},
        {"<!DOCTYPE r SYSTEM 'http://127.0.0.1:9/r.dtd'><r/>", "has a document type declaration (DOCTYPE)"},
        {"<!DOCTYPE r [<!ENTITY x '", "has a document type declaration (DOCTYPE)"},
        {"<r><?x y?></r>", "has a processing instruction"},
        {"<r><!-- --></r>", "has a comment"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *fault = NULL;
        assert_null(xml_parse(test_context.arena, text_of(bad[i][0]), false, &fault));
        assert_string_equal(fault, bad[i][1]);
    }
}

static void processing_instructions_are_refused_everywhere(void **state)
{
    (void)state;
    refuses("<?x?><r/>", "has a processing instruction");
    refuses("<r><?php echo 1 ?></r>", "has a processing instruction");
    refuses("<r/><?x y?>", "has a processing instruction");
    refuses(" <?xml version='1.0'?><r/>", "has a processing instruction");
    refuses_text(TEXT("<r>a<?x?></r>"), &with_comments, "has a processing instruction");
}

static void comments_are_refused_unless_allowed(void **state)
{
    (void)state;
    refuses("<!-- --><r/>", "has a comment");
    refuses("<r>admin<!---->@example.com</r>", "has a comment");
    refuses("<r/><!-- -->", "has a comment");
}

static void references_to_anything_but_characters_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "<r>&nbsp;</r>",
        "<r a='&x;'/>",
        "<r>&</r>",
        "<r>&amp</r>",
        "<r>& amp;</r>",
        "<r>&Amp;</r>",
        "<r>&#;</r>",
        "<r>&#x;</r>",
        "<r>&#0;</r>",
        "<r>&#x1;</r>",
        "<r>&#xD800;</r>",
        "<r>&#x110000;</r>",
        "<r>&#65</r>",
        "<r>&#xFFFE;</r>",
        "<r>&#X41;</r>",
        "<r>&#4294967361;</r>",
        "<r a=\"&#-1;\"/>",
        "<r>&lt;&</r>",
        "<r>&#99999999999999999999;</r>",
        "&",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        refuses(bad[i],
                "has an & that begins neither a character reference nor one of the five entities of XML");
    }
}

static void references_to_characters_are_read(void **state)
{
    (void)state;
    xmlNode *root = root_of(
        "<r a='&#9;&quot;&#x9;'>&#65;&#x42;&#x1F600;&amp;amp;&lt;&gt;&apos;<![CDATA[&x;]]></r>", &strict);
    expect_text(xml_text(test_context.arena, root), "AB\xF0\x9F\x98\x80&amp;<>'&x;");
    expect_text(xml_attribute(test_context.arena, root, "a"), "\t\"\t");
    expect_text(xml_text(test_context.arena, root_of("<r><!-- &x; --></r>", &with_comments)), "");
}

static void what_costs_the_parser_most_is_refused_before_it(void **state)
{
    (void)state;
    refuses("<r>x]]></r>", "has \"]]>\" outside of a CDATA section");
    refuses("<r><!-- a -- b --></r>", "has a comment with \"--\" inside, or without an end");
    refuses("<r/><!--", "has a comment with \"--\" inside, or without an end");
    refuses("<r/><!-- --->", "has a comment with \"--\" inside, or without an end");
    refuses("<r>\x01</r>", "has the control character U+0001");
    refuses("<r a='\x1F'/>", "has the control character U+001F");
    refuses("<r>\xEF\xBF\xBE</r>", "has the character U+FFFE or U+FFFF");
    refuses("<r>\xEF\xBF\xBF</r>", "has the character U+FFFE or U+FFFF");
    refuses("<r", "ends inside of a tag");
    refuses("<r a='", "ends inside of a tag");
}

static void what_is_not_well_formed_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "x",
        " ",
        "<r>",
        "<r></s>",
        "<r/><r/>",
        "<r a='1' a='2'/>",
        "<r a=1/>",
        "<r a='<'/>",
        "<r><![CDATA[x</r>",
        "<a:r/>",
        "<r b:a='1'/>",
        "<r xmlns:a='urn:a' xmlns:b='urn:a' a:x='1' b:x='2'/>",
        "<r xmlns:a=''/>",
        "<r xmlns:xml='urn:a'/>",
        "<r xml:id='1'/>",
        "<r><a xml:id='same'/><b xml:id='same'/></r>",
        "<r/>rest",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        refuses_as_malformed(bad[i]);
    }
}

static void the_fault_of_a_malformed_document_is_one_line_of_plain_characters(void **state)
{
    (void)state;
    const char *fault = NULL;
    const char *xml = arena_print(test_context.arena, "<r><\xC3\xA9%s></b></r>", repeated("\xC3\xA9", 2000));
    assert_null(xml_read(test_context.arena, text_of(xml), &strict, &fault));
    assert_true(strlen(fault) < 300);
    for (const char *at = fault; *at != '\0'; at++) {
        assert_in_range(*at, 0x20, 0x7E);
    }
}

static void other_encodings_are_refused(void **state)
{
    (void)state;
    refuses_text(TEXT("\xFF\xFE<\0r\0/\0>\0"), &strict, "is not UTF-8");
    refuses_text(TEXT("\xFE\xFF\0<\0r\0/\0>"), &strict, "is not UTF-8");
    refuses_text(TEXT("<\0r\0/\0>\0"), &strict, "is not UTF-8");
    refuses_text(TEXT("\0\0\0<\0\0\0r\0\0\0/\0\0\0>"), &strict, "is not UTF-8");
    refuses_text(TEXT("\x4C\x6F\xA7\x94"), &strict, "is not UTF-8");
    refuses_text(TEXT("<r>\0</r>"), &strict, "is not UTF-8");
    refuses("<r>\xC0\xBC</r>", "is not UTF-8");
    refuses("<?xml version='1.0' encoding='UTF-16'?><r/>",
            "declares the encoding UTF-16; only UTF-8 is read");
    refuses("<?xml version='1.0' encoding='UTF-7'?>+ADw-r/+AD4-",
            "declares the encoding UTF-7; only UTF-8 is read");
    refuses("<?xml version='1.0'\tencoding = \"ISO-8859-1\" ?><r/>",
            "declares the encoding ISO-8859-1; only UTF-8 is read");
    refuses("\xEF\xBB\xBF<?xml version='1.0' encoding='ISO-2022-CN-EXT'?><r/>",
            "declares the encoding ISO-2022-CN-EXT; only UTF-8 is read");
    refuses(arena_print(test_context.arena, "<?xml version='1.0' encoding='%s'?><r/>", repeated("A", 100)),
            "declares the encoding something else; only UTF-8 is read");
}

static void other_versions_and_bad_declarations_are_refused(void **state)
{
    (void)state;
    refuses("<?xml version='1.1'?><r/>", "declares XML version 1.1; only 1.0 is read");
    refuses("<?xml version='1.0\n'?><r/>", "declares XML version something else; only 1.0 is read");
    refuses("<?xml?><r/>", "has an XML declaration without a version");
    refuses("<?xml encoding='UTF-16'?><r/>", "has an XML declaration without a version");
    refuses("<?xml version='1.0", "has an XML declaration without a version");
    refuses("<?xml version='1.0' standalone='yes' encoding='UTF-16'?><r/>",
            "has a malformed XML declaration");
    refuses("<?xml version='1.0' x='y'?><r/>", "has a malformed XML declaration");
    refuses("<?xml version='1.0'encoding='UTF-16'?><r/>", "has a malformed XML declaration");
    refuses("<?xml version='1.0' encoding='UTF-8' encoding='UTF-16'?><r/>",
            "has a malformed XML declaration");
}

/* --- Nothing outside is touched ------------------------------------------------------------------------ */

static void libxml2_opens_no_file(void **state)
{
    (void)state;
    const char *path = DATA_FOLDER "metadata/okta.xml";
    assert_int_equal(access(path, R_OK), 0);
    assert_non_null(root_of("<r/>", &strict));
    assert_null(xmlReadFile(path, NULL, 0));
    assert_null(xmlParserInputBufferCreateFilename(path, XML_CHAR_ENCODING_NONE));
}

static void nothing_is_printed(void **state)
{
    (void)state;
    char printed[1] = "";
    int ends[2];
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    int kept = dup(STDERR_FILENO);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    const char *fault = NULL;
    const xmlDoc *document = xml_read(test_context.arena, TEXT("<r a='&x;'><b></c>"), &strict, &fault);
    xmlFreeDoc(xmlReadMemory("<r", 2, NULL, NULL, 0));
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    assert_null(document);
    assert_int_equal(read(ends[0], printed, sizeof printed), -1);
    assert_int_equal(close(kept) | close(ends[0]) | close(ends[1]), 0);
}

/* Whether an arena of this size suffices for a refused document and one that is read. */
static bool suffices(size_t maximum)
{
    jmp_buf escape;
    struct arena *arena = arena_create(maximum);
    assert_non_null(arena);
    arena_set_escape(arena, &escape);
    if (setjmp(escape) != 0) {
        arena_destroy(arena);
        return false;
    }
    const char *fault = NULL;
    assert_null(xml_read(arena, TEXT("<r><a>text</a>"), &strict, &fault));
    const xmlDoc *document = xml_read(arena, TEXT("<r><a>text</a></r>"), &strict, &fault);
    assert_non_null(document);
    (void)xml_text(arena, xmlDocGetRootElement(document)->children);
    arena_destroy(arena);
    return true;
}

/* It leaves by a jump; the sanitizer sees whether the tree or the parser is lost by it. */
static void an_exhausted_arena_loses_nothing(void **state)
{
    (void)state;
    size_t maximum = 0;
    while (!suffices(maximum)) {
        maximum += 16;
    }
    assert_in_range(maximum, 64, 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CONTEXT(elements_attributes_and_text_are_read),
        IN_CONTEXT(an_element_without_a_namespace_is_in_none),
        IN_CONTEXT(a_byte_order_mark_and_cdata_are_read),
        IN_CONTEXT(allowed_comments_leave_no_trace),
        IN_CONTEXT(a_long_comment_is_no_long_tag),
        IN_CONTEXT(names_that_begin_like_a_declaration_are_names),
        IN_CONTEXT(a_document_type_is_refused),
        IN_CONTEXT(the_parser_alone_stops_at_what_is_not_allowed),
        IN_CONTEXT(processing_instructions_are_refused_everywhere),
        IN_CONTEXT(comments_are_refused_unless_allowed),
        IN_CONTEXT(references_to_anything_but_characters_are_refused),
        IN_CONTEXT(references_to_characters_are_read),
        IN_CONTEXT(what_costs_the_parser_most_is_refused_before_it),
        IN_CONTEXT(what_is_not_well_formed_is_refused),
        IN_CONTEXT(the_fault_of_a_malformed_document_is_one_line_of_plain_characters),
        IN_CONTEXT(other_encodings_are_refused),
        IN_CONTEXT(other_versions_and_bad_declarations_are_refused),
        IN_CONTEXT(libxml2_opens_no_file),
        IN_CONTEXT(nothing_is_printed),
        IN_CONTEXT(an_exhausted_arena_loses_nothing),
    };
    return cmocka_run_group_tests_name("xml", tests, NULL, NULL);
}

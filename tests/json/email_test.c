/* Which e-mail addresses are taken. */
#include "support/context.h"

#include "json/decode.h"

static void takes_plain_addresses(void **state)
{
    (void)state;
    static const char *const addresses[] = {
        "a@b.c",
        "first.last@example.com",
        "x+tag@sub.example-host.co.uk",
        "!#$%&'*+-/=?^_`{|}~@example.org",
        "0@1.2",
        "A.B@EXAMPLE.COM",
        "a@xn--bcher-kva.example",
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl@example.com",
        "a@abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk.com",
    };

    for (size_t index = 0; index < sizeof(addresses) / sizeof(addresses[0]); index++) {
        if (!is_email_address(text_of(addresses[index]))) {
            fail_msg("refused: %s", addresses[index]);
        }
    }
}

static void refuses_everything_else(void **state)
{
    (void)state;
    static const char *const addresses[] = {
        "",
        "@",
        "a",
        "a@",
        "@b.c",
        "a@b",
        "a@b.",
        "a@.b",
        "a@b..c",
        ".a@b.c",
        "a.@b.c",
        "a..b@c.d",
        "a@b@c.d",
        " a@b.c",
        "a@b.c ",
        "a b@c.d",
        "\"a\"@b.c",
        "a@[127.0.0.1]",
        "a@-b.c",
        "a@b-.c",
        "a@b_c.d",
        "a@b.c\n",
        "a\r\n@b.c",
        "<a@b.c>",
        "a@b.c,d@e.f",
        "a@b.c;d@e.f",
        "m\xc3\xbcller@example.com",
        "a@m\xc3\xbcller.de",
        "a(b)@c.d",
        "a\\b@c.d",
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklm@example.com",
        "a@abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl.com",
    };

    for (size_t index = 0; index < sizeof(addresses) / sizeof(addresses[0]); index++) {
        if (is_email_address(text_of(addresses[index]))) {
            fail_msg("taken: %s", addresses[index]);
        }
    }
    assert_false(is_email_address(NO_TEXT));
    assert_false(is_email_address((struct text){"a\0b@c.d", 7}));
}

/* "a@" and labels of 49 letters with a dot, then `rest` letters. */
static struct text long_address(size_t rest)
{
    struct builder address;

    builder_start(&address, test_context.arena, 512, 512);
    builder_add_string(&address, "ab@");
    for (size_t index = 0; index < 200 + rest; index++) {
        builder_add_character(&address, index % 50 == 49 ? '.' : 'x');
    }
    return builder_text(&address);
}

static void is_at_most_254_bytes_long(void **state)
{
    (void)state;
    assert_int_equal(long_address(49).length, 252);
    assert_true(is_email_address(long_address(49)));
    assert_int_equal(long_address(51).length, 254);
    assert_true(is_email_address(long_address(51)));
    assert_int_equal(long_address(52).length, 255);
    assert_false(is_email_address(long_address(52)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CONTEXT(takes_plain_addresses),
        IN_CONTEXT(refuses_everything_else),
        IN_CONTEXT(is_at_most_254_bytes_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

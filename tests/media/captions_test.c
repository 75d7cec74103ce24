/* Captions become WebVTT that no player takes for anything but text, and what is none is refused by its line.
 */
#include "media/captions.h"
#include "support/context.h"

#define HEAD "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n"

static struct builder out;

static enum problem convert(const char *source)
{
    start_again();
    builder_start(&out, test_context.arena, 256, CAPTIONS_LONGEST_SOURCE * 4);
    return captions_convert(&test_context, text_of(source), &out);
}

static void expect_cues(const char *source, const char *cues)
{
    assert_int_equal(convert(source), PROBLEM_NONE);
    expect_text(builder_text(&out), arena_print(test_context.arena, HEAD "%s", cues));
}

static void expect_refused(const char *source, const char *part)
{
    assert_int_equal(convert(source), PROBLEM_REFUSED);
    assert_non_null(strstr(test_context.detail, part));
}

static void subrip_becomes_webvtt(void **state)
{
    (void)state;
    expect_cues("1\n00:00:01,000 --> 00:00:02,500\nHello,\nworld\n\n2\n00:00:03,000 --> 00:00:04,000\nBye\n",
                "\n00:00:01.000 --> 00:00:02.500\nHello,\nworld\n\n00:00:03.000 --> 00:00:04.000\nBye\n");
}

static void line_ends_and_a_byte_order_mark_are_taken(void **state)
{
    const char *cues = "\n00:00:01.000 --> 00:00:02.000\nA\nB\n\n01:00:03.000 --> 01:00:04.000\nC\n";

    (void)state;
    expect_cues("\xEF\xBB\xBF"
                "1\r\n00:00:01,000 --> 00:00:02,000\r\nA\r\nB\r\n\r\n2\r\n01:00:03,000 --> 01:00:04,000\r\nC",
                cues);
    expect_cues("1\r00:00:01,000 --> 00:00:02,000\rA\rB\r\r2\r01:00:03,000 --> 01:00:04,000\rC\r", cues);
    expect_cues("\n\n00:00:01,000 --> 00:00:02,000\nA\nB\n\n\n\n01:00:03,000 --> 01:00:04,000\nC\n\n\n",
                cues);
}

static void text_is_escaped(void **state)
{
    (void)state;
    expect_cues("1\n00:00:01,000 --> 00:00:02,000\nR&D <script>alert(1)</script> a --> b &amp; <\n",
                "\n00:00:01.000 --> 00:00:02.000\n"
                "R&amp;D &lt;script&gt;alert(1)&lt;/script&gt; a --&gt; b &amp;amp; &lt;\n");
}

static void some_markup_is_kept_and_some_left_out(void **state)
{
    (void)state;
    expect_cues("1\n00:00:01,000 --> 00:00:02,000\n{\\an8}<I>all</I> <font color=\"red\">in</font> "
                "<b>bold</b> <i x>\n",
                "\n00:00:01.000 --> 00:00:02.000\n<i>all</i> in <b>bold</b> &lt;i x&gt;\n");
}

static void webvtt_is_read_too(void **state)
{
    (void)state;
    expect_cues(
        "WEBVTT - title\nKind: captions\n\nNOTE a remark\nof two lines\n\nSTYLE\n::cue { color: red }\n\n"
        "first\n00:01.000 --> 00:02.000 position:10% line:0\n<v Ann>Hi &amp; <c.red>bye</c> & "
        "<00:01.500>now\n",
        "\n00:00:01.000 --> 00:00:02.000\nHi &amp; bye &amp; now\n");
}

static void cues_are_put_in_order(void **state)
{
    (void)state;
    expect_cues("1\n00:00:05,000 --> 00:00:06,000\nlater\n\n2\n00:00:01,000 --> 00:00:02,000\nsooner\n\n"
                "3\n00:00:01,000 --> 00:00:03,000\nsame\n",
                "\n00:00:01.000 --> 00:00:02.000\nsooner\n\n00:00:01.000 --> 00:00:03.000\nsame\n\n"
                "00:00:05.000 --> 00:00:06.000\nlater\n");
}

static void a_line_of_which_nothing_is_left_does_not_end_the_cue(void **state)
{
    (void)state;
    expect_cues("WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n<c></c>\n\x1a\nTwo\n",
                "\n00:00:01.000 --> 00:00:02.000\nOne\nTwo\n");
}

static void an_empty_cue_is_left_out(void **state)
{
    (void)state;
    expect_cues("1\n00:00:01,000 --> 00:00:02,000\n\n2\n00:00:03,000 --> 00:00:04,000\nC\n",
                "\n00:00:03.000 --> 00:00:04.000\nC\n");
}

static void times_that_are_none_are_refused_by_their_line(void **state)
{
    static const char *const times[] = {"00:00:02,000 --> 00:00:01,000",
                                        "00:00:02,000 --> 00:00:02,000",
                                        "00:00:61,000 --> 00:01:02,000",
                                        "00:60:00,000 --> 01:02:00,000",
                                        "00:00:01 --> 00:00:02",
                                        "-00:00:01,000 --> 00:00:02,000",
                                        "99999:00:01,000 --> 99999:00:02,000",
                                        "00:00:01,00 --> 00:00:02,000",
                                        "00:00:01,0000 --> 00:00:02,000",
                                        "a --> b",
                                        "-->",
                                        "00:00:01,000 -->",
                                        "00:00:01,000 --> 00:00:02,000x",
                                        "1:2:3:4,000 --> 1:2:3:5,000",
                                        "9999:00:00,000 --> 9999:00:01,000",
                                        "99999999999999999999999:00:00,000 --> 01:00:00,000"};

    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char source[160];

        snprintf(source, sizeof source, "1\n00:00:00,000 --> 00:00:01,000\nA\n\n2\n%s\nB\n", times[i]);
        expect_refused(source, "Line 6 of the captions");
    }
}

static void what_is_no_captions_is_refused(void **state)
{
    (void)state;
    expect_refused("", "no cue");
    expect_refused("WEBVTT\n", "no cue");
    expect_refused("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "Line 2");
    expect_refused("1\n", "Line 2");
    expect_refused("1\n00:00:01,000 --> 00:00:02,000\n\xE9t\xE9\n", "not UTF-8");
}

static void what_is_too_long_is_refused(void **state)
{
    size_t length = CAPTIONS_LONGEST_SOURCE + 1;
    char *source = malloc(length + 1);

    (void)state;
    memset(source, 'a', length);
    source[length] = '\0';
    expect_refused(source, "too long");
    free(source);
}

static void many_cues_are_refused(void **state)
{
    struct builder source;

    (void)state;
    builder_start(&source, test_context.arena, 1 << 20, CAPTIONS_LONGEST_SOURCE);
    for (int i = 0; i < 50001; i++) {
        builder_add_string(&source, "00:00:01,000 --> 00:00:02,000\nA\n\n");
    }
    struct text text = builder_text(&source);
    builder_start(&out, test_context.arena, 256, CAPTIONS_LONGEST_SOURCE * 4);
    assert_int_equal(captions_convert(&test_context, text, &out), PROBLEM_REFUSED);
    text.length -= strlen("00:00:01,000 --> 00:00:02,000\nA\n\n");
    context_forgive(&test_context);
    assert_int_equal(captions_convert(&test_context, text, &out), PROBLEM_NONE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_CONTEXT(subrip_becomes_webvtt),
        IN_CONTEXT(line_ends_and_a_byte_order_mark_are_taken),
        IN_CONTEXT(text_is_escaped),
        IN_CONTEXT(some_markup_is_kept_and_some_left_out),
        IN_CONTEXT(webvtt_is_read_too),
        IN_CONTEXT(cues_are_put_in_order),
        IN_CONTEXT(a_line_of_which_nothing_is_left_does_not_end_the_cue),
        IN_CONTEXT(an_empty_cue_is_left_out),
        IN_CONTEXT(times_that_are_none_are_refused_by_their_line),
        IN_CONTEXT(what_is_no_captions_is_refused),
        IN_CONTEXT(what_is_too_long_is_refused),
        IN_CONTEXT(many_cues_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Headers and parts of a mail. Everything that becomes a header's value goes through one check. */
#include "mail/message.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/random.h"
#include "config/config.h"

#define LONGEST_HEADER 900
#define LARGEST        ((size_t)1 << 20)
#define BOUNDARY_BYTES 18

/* RFC 2047 section 2: an encoded word has at most 75 characters, 45 bytes of UTF-8 among them. */
#define WORD_BYTES 45

static bool is_header_safe(struct text value)
{
    for (size_t i = 0; i < value.length; i++) {
        if ((unsigned char)value.data[i] < 0x20 || value.data[i] == 0x7f) {
            return false;
        }
    }
    return value.length > 0 && value.length <= LONGEST_HEADER;
}

static bool is_ascii(struct text value)
{
    for (size_t i = 0; i < value.length; i++) {
        if ((unsigned char)value.data[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

/* A character is never cut in two. */
static struct text cut_word(struct text *rest)
{
    size_t length = 0;

    while (length < rest->length) {
        size_t next = text_code_point_length(text_part(*rest, length, rest->length));

        if (next == 0 || length + next > WORD_BYTES) {
            break;
        }
        length += next;
    }
    struct text word = text_part(*rest, 0, length);
    *rest = length > 0 ? text_part(*rest, length, rest->length) : NO_TEXT;
    return word;
}

static void add_subject(struct builder *out, struct text subject)
{
    builder_add_string(out, "Subject:");
    if (is_ascii(subject)) {
        builder_add_format(out, " %.*s", TEXT_ARGUMENTS(subject));
    }
    for (struct text rest = subject; !is_ascii(subject) && rest.length > 0;) {
        struct text word = encode_base64(out->arena, cut_word(&rest));

        builder_add_format(out, " =?utf-8?B?%.*s?=%s", TEXT_ARGUMENTS(word), rest.length > 0 ? "\r\n" : "");
    }
    builder_add_string(out, "\r\n");
}

/* RFC 5322 section 3.3, always in UTC. */
static const char *mail_date(struct context *context)
{
    static const char days[] = "ThuFriSatSunMonTueWed";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char time[CLOCK_TEXT_SIZE];
    int64_t day = context->now / (INT64_C(86400) * MICROSECONDS_PER_SECOND);
    int64_t month;

    clock_write(context->now, time);
    if (!text_to_integer(text_part(text_of(time), time[5] == '0' ? 6 : 5, time[5] == '0' ? 1 : 2), 1, 12,
                         &month)) {
        month = 1;
    }
    return arena_print(context->arena, "%.3s, %.2s %.3s %.4s %.8s +0000", days + 3 * (day % 7), time + 8,
                       months + 3 * (month - 1), time, time + 11);
}

static void add_part(struct builder *out, const char *type, struct text content)
{
    struct text rest = content;

    builder_add_format(out, "Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
                       type);
    while (rest.data != NULL) {
        struct text line = text_cut(&rest, '\n');

        if (rest.data != NULL || line.length > 0) {
            builder_add_text(out, line);
            builder_add_string(out, "\r\n");
        }
    }
}

/* The richer part comes last (RFC 2046 section 5.1.4). */
static void add_parts(struct builder *out, const struct mail *mail)
{
    struct text boundary = random_token(out->arena, BOUNDARY_BYTES);

    if (mail->html.data == NULL) {
        add_part(out, "text/plain", mail->body);
        return;
    }
    builder_add_format(out, "Content-Type: multipart/alternative; boundary=\"%.*s\"\r\n\r\n--%.*s\r\n",
                       TEXT_ARGUMENTS(boundary), TEXT_ARGUMENTS(boundary));
    add_part(out, "text/plain", mail->body);
    builder_add_format(out, "\r\n--%.*s\r\n", TEXT_ARGUMENTS(boundary));
    add_part(out, "text/html", mail->html);
    builder_add_format(out, "\r\n--%.*s--\r\n", TEXT_ARGUMENTS(boundary));
}

enum problem message_compose(struct context *context, const struct mail *mail, struct text *message)
{
    struct text from = text_of(context->configuration->mail_from);
    struct builder out;
    char id[UUID_TEXT_SIZE];

    if (!is_header_safe(mail->to) || !is_header_safe(mail->subject) || !is_header_safe(from)) {
        return FAIL_PLAINLY(context, PROBLEM_INTERNAL);
    }
    random_uuid(id);
    builder_start(&out, context->arena, 4096, LARGEST);
    builder_add_format(&out, "From: %.*s\r\nTo: %.*s\r\n", TEXT_ARGUMENTS(from), TEXT_ARGUMENTS(mail->to));
    add_subject(&out, mail->subject);
    builder_add_format(&out, "Date: %s\r\nMessage-ID: <%s@muster>\r\n", mail_date(context), id);
    builder_add_string(&out, "MIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n");
    add_parts(&out, mail);
    *message = builder_text(&out);
    return out.overflowed ? FAIL_PLAINLY(context, PROBLEM_INTERNAL) : PROBLEM_NONE;
}

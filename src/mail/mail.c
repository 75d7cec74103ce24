/* The spool: one folder, one file a mail. */
#include "mail/mail.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "config/config.h"

static bool is_header_safe(struct text value)
{
    for (size_t i = 0; i < value.length; i++) {
        if ((unsigned char)value.data[i] < 0x20 || value.data[i] == 0x7f) {
            return false;
        }
    }
    return value.length > 0 && value.length <= 900;
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

static struct text compose(struct context *context, const struct mail *mail)
{
    struct builder text;
    char id[UUID_TEXT_SIZE];
    struct text rest = mail->body;

    random_uuid(id);
    builder_start(&text, context->arena, 2048, 1u << 20);
    builder_add_format(&text,
                       "From: %s\r\nTo: %.*s\r\nSubject: %.*s\r\nDate: %s\r\nMessage-ID: <%s@muster>\r\n",
                       context->configuration->mail_from, TEXT_ARGUMENTS(mail->to),
                       TEXT_ARGUMENTS(mail->subject), mail_date(context), id);
    builder_add_string(&text, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                              "Content-Transfer-Encoding: 8bit\r\nAuto-Submitted: auto-generated\r\n\r\n");
    while (rest.data != NULL) {
        builder_add_text(&text, text_cut(&rest, '\n'));
        builder_add_string(&text, "\r\n");
    }
    return builder_text(&text);
}

static bool write_file(const char *path, struct text content)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    size_t written = 0;
    bool done;

    if (file < 0) {
        return false;
    }
    while (written < content.length) {
        ssize_t count = write(file, content.data + written, content.length - written);

        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            break;
        }
        written += (size_t)count;
    }
    done = written == content.length && fsync(file) == 0;
    return close(file) == 0 && done;
}

enum problem mail_write(struct context *context, const struct mail *mail, bool deliver)
{
    const char *folder = context->configuration->mail_spool;
    char id[UUID_TEXT_SIZE];
    char *draft;
    char *final;

    if (!is_header_safe(mail->to) || !is_header_safe(mail->subject)) {
        return FAIL_PLAINLY(context, PROBLEM_INTERNAL);
    }
    random_uuid(id);
    draft = arena_print(context->arena, "%s/.%s.new", folder, id);
    final = arena_print(context->arena, "%s/%s.eml", folder, id);
    if (!write_file(draft, compose(context, mail)) || (deliver ? rename(draft, final) : unlink(draft)) != 0) {
        LOG_ERROR("a mail cannot be written to %s: %s", folder, strerror(errno));
        unlink(draft);
        return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
    }
    return PROBLEM_NONE;
}

struct text mail_reset_text(struct context *context, const char *link)
{
    return text_of(arena_print(context->arena,
                               "Hello,\n\n"
                               "somebody, probably you, asked for a new password for your account.\n"
                               "To choose one, open this link:\n\n%s\n\n"
                               "The link works once. If you did not ask for it, nothing needs to be done:\n"
                               "your password stays as it is.\n",
                               link));
}

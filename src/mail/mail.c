/* The two ways that a mail goes: into the spool, one folder with one file a mail, or to a server. */
#include "mail/mail.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "base/random.h"
#include "config/config.h"
#include "mail/message.h"
#include "outgoing/smtp.h"

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
    struct text message;
    char *draft;
    char *final;

    TRY(message_compose(context, mail, &message));
    random_uuid(id);
    draft = arena_print(context->arena, "%s/.%s.new", folder, id);
    final = arena_print(context->arena, "%s/%s.eml", folder, id);
    if (!write_file(draft, message) || (deliver ? rename(draft, final) : unlink(draft)) != 0) {
        LOG_ERROR("a mail cannot be written to %s: %s", folder, strerror(errno));
        unlink(draft);
        return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
    }
    return PROBLEM_NONE;
}

/* "muster <no-reply@example.com>" without the name. */
static struct text bare_address(struct text address)
{
    struct text rest = text_part(address, text_find(address, '<') + 1, address.length);

    return rest.length > 0 ? text_part(rest, 0, text_find(rest, '>')) : address;
}

enum problem mail_send(struct context *context, const struct mail *mail)
{
    struct smtp_mail smtp = {.url = context->configuration->smtp_url,
                             .from = bare_address(text_of(context->configuration->mail_from)),
                             .to = mail->to};

    TRY(message_compose(context, mail, &smtp.message));
    return smtp_send(context, &smtp);
}

/* Mails, written as files (RFC 5322) into the spool folder. */
#ifndef MUSTER_MAIL_MAIL_H
#define MUSTER_MAIL_MAIL_H

#include "base/context.h"

struct mail {
    struct text to;      /* one address, checked before */
    struct text subject; /* ASCII without control characters */
    struct text body;    /* UTF-8; lines end in LF */
};

/* Writes the mail to a file of its own, whole or not at all: it appears under its final name (…​.eml)
 * only when it is on disk. With `deliver` false the same work is done and the file goes away again, so that
 * the time tells nothing. A header value with a line break is refused. */
enum problem mail_write(struct context *context, const struct mail *mail, bool deliver) MUST_CHECK;

/* The text of a password reset. */
struct text mail_reset_text(struct context *context, const char *link);

#endif

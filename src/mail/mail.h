/* Mails (RFC 5322), by SMTP or written as files into the spool folder. */
#ifndef MUSTER_MAIL_MAIL_H
#define MUSTER_MAIL_MAIL_H

#include "base/context.h"

struct mail {
    struct text to;      /* one address, checked before */
    struct text subject; /* one line of UTF-8 */
    struct text body;    /* UTF-8; lines end in LF */
    struct text html;    /* the same for those who show HTML; NO_TEXT: there is none */
};

/* Writes the mail to a file of its own, whole or not at all: it appears under its final name (…​.eml)
 * only when it is on disk. With `deliver` false the same work is done and the file goes away again, so that
 * the time tells nothing. A header value with a line break is refused. */
enum problem mail_write(struct context *context, const struct mail *mail, bool deliver) MUST_CHECK;

/* Sends the mail to the configured server. PROBLEM_REFUSED: it does not take mail for this address, and never
 * will; PROBLEM_UNAVAILABLE: not now. */
enum problem mail_send(struct context *context, const struct mail *mail) MUST_CHECK;

/* The mail of a password reset in the language, or in English where there is none in that one. */
enum problem mail_password_reset(struct context *context, struct text language, const char *link,
                                 struct mail *mail) MUST_CHECK;

#endif

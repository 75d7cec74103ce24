/* A mail as the text that goes over the wire. */
#ifndef MUSTER_MAIL_MESSAGE_H
#define MUSTER_MAIL_MESSAGE_H

#include "mail/mail.h"

/* The message with CRLF at its line ends. PROBLEM_INTERNAL where a header's value could become another
 * header. */
enum problem message_compose(struct context *context, const struct mail *mail,
                             struct text *message) MUST_CHECK;

#endif

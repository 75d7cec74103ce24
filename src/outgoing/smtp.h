/* Mail by SMTP. */
#ifndef MUSTER_OUTGOING_SMTP_H
#define MUSTER_OUTGOING_SMTP_H

#include "base/context.h"

struct smtp_mail {
    const char *url;  /* smtp://name:password@host:587, which then must offer STARTTLS, or smtps:// */
    struct text from; /* addresses of the envelope */
    struct text to;
    struct text message; /* RFC 5322, with CRLF at its line ends */
};

/* Whether an address is of that form. */
bool smtp_is_address(const char *url);

/* Hands the mail to the server. TLS is a must but on this machine itself (127.0.0.1, ::1, localhost), the
 * certificate is checked (against the file SSL_CERT_FILE where that is in the environment). PROBLEM_REFUSED:
 * the server does not take mail for this address, and never will. PROBLEM_UNAVAILABLE: anything else; the
 * reason is logged. */
enum problem smtp_send(struct context *context, const struct smtp_mail *mail) MUST_CHECK;

#endif

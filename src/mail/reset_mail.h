/* The mail with the link of a password reset. */
#ifndef MUSTER_MAIL_RESET_MAIL_H
#define MUSTER_MAIL_RESET_MAIL_H

#include "base/context.h"

/* Ends the open transaction and mails a new link to whoever has the address, or has it mailed by a job, as
 * the option mail says. Known or not, an address costs the same. */
enum problem reset_mail_send(struct context *context, struct text email, struct text redirect_url) MUST_CHECK;

#endif

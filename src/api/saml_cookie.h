/* The half of a sign-on under way that only the browser has which began it. */
#ifndef MUSTER_API_SAML_COOKIE_H
#define MUSTER_API_SAML_COOKIE_H

#include "http/request.h"

/* Makes the answer set the cookie for a request of that id; `lifetime` in seconds, 0 takes it away. */
void saml_cookie_set(struct request *request, struct text id, struct text secret, int lifetime);

/* The value that the browser sent for that id; NO_TEXT where it sent none. */
struct text saml_cookie_get(struct request *request, struct text id);

#endif

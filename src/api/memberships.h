/* What the operations on memberships share. */
#ifndef MUSTER_API_MEMBERSHIPS_H
#define MUSTER_API_MEMBERSHIPS_H

#include "http/request.h"

/* Answers with one membership to a caller who was judged before; the code of an unused invitation is shown
 * where `shows_code`. */
enum problem respond_with_membership(struct request *request, struct text membership,
                                     bool shows_code) MUST_CHECK;

#endif

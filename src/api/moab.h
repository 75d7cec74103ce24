/* What Moab's operations share: how their outcomes are written, and how a user of theirs is made. */
#ifndef MUSTER_API_MOAB_H
#define MUSTER_API_MOAB_H

#include "http/request.h"

/* A user's number and the new security token; both 0 where none was made. */
struct moab_token {
    int64_t identity;
    int64_t token;
};

/* {"id": …, "status": …, "message": …}; `id` is JSON. */
void moab_write_outcome(struct request *request, struct text id, const char *status, const char *message);

/* {"id": …, "securityToken": …} and, with a message, "status": "success" and the message behind it. */
void moab_write_token(struct request *request, const struct moab_token *token, const char *message);

/* Adds faults of the body's userPassword, where one is given. */
void moab_check_password(struct request *request);

/* Where a user is made. */
struct moab_place {
    struct text organization;
    struct text role;
    struct text user_group; /* a number, "0" for none */
    bool enabled;
};

/* Makes the user that the body tells of, with a token; token->identity is 0 where the address is taken. */
enum problem moab_make_user(struct request *request, const struct moab_place *place,
                            struct moab_token *token) MUST_CHECK;

#endif

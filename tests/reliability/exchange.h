/* One request straight to the server's socket, without nginx, which would send some of them a second time. */
#ifndef MUSTER_TESTS_EXCHANGE_H
#define MUSTER_TESTS_EXCHANGE_H

#include <stdbool.h>

struct exchange {
    bool complete;   /* the answer came up to its end */
    int status;      /* 0: none came */
    char text[8192]; /* head and body, zero-terminated */
    const char *body;
};

/* Sends the parameters (name, value, …, NULL) and the body (NULL: none), and reads what comes. */
void exchange_send(const char *socket, const char *const *parameters, const char *body,
                   struct exchange *exchange);

#endif

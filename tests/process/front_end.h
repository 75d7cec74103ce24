/* A front end in the place of nginx, that speaks FastCGI by the byte: so it can stop in the middle, or send
 * what nginx never would. */
#ifndef MUSTER_TESTS_FRONT_END_H
#define MUSTER_TESTS_FRONT_END_H

#include <stdbool.h>
#include <stddef.h>

/* What is sent; it has room for small requests only. */
struct message {
    unsigned char bytes[4096];
    size_t length;
};

/* Types of records (FastCGI specification, section 8). */
enum { RECORD_BEGIN = 1, RECORD_END = 3, RECORD_PARAMETERS = 4, RECORD_INPUT = 5, RECORD_OUTPUT = 6 };

void message_add(struct message *message, const void *bytes, size_t length);
void message_add_record(struct message *message, int type, const void *content, size_t length);

/* The start of a request of the responder role. */
void message_begin(struct message *message);

/* All parameters, as name, value, …, NULL, and the empty record behind them. */
void message_add_parameters(struct message *message, ...) __attribute__((sentinel));

/* The body, if it is not empty, and the empty record behind it. */
void message_add_body(struct message *message, const char *body);

/* A whole GET without body. */
void message_get(struct message *message, const char *uri);

/* What came back. */
struct answer {
    bool complete;   /* up to the end record */
    int status;      /* 0: none came */
    char text[8192]; /* head and body, zero-terminated */
    const char *body;
};

/* Connects to a Unix socket; −1 with errno. Reading gives up after 20 seconds. */
int front_end_connect(const char *path);

/* Sends all; false where the peer closed. */
bool front_end_send(int connection, const struct message *message, size_t from, size_t to);

/* Reads to the end and closes. */
void front_end_receive(int connection, struct answer *answer);

/* Connects, sends a GET, and returns the status of the answer; 0 where none came. */
int front_end_get(const char *path, const char *uri);

#endif

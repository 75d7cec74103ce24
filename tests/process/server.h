/* A `muster serve` for tests of the processes: in a folder of its own, without a database and without nginx.
 */
#ifndef MUSTER_TESTS_SERVER_H
#define MUSTER_TESTS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define MAXIMUM_CHILDREN 32

struct server {
    char folder[64];
    char configuration[96];
    char socket[96];
    char log[96];
    pid_t master;
};

/* What the child does before it becomes the server; for sockets to hand over. NULL: nothing. */
typedef void (*server_preparation)(const struct server *server);

/* Makes the folder and writes the configuration: two workers, one slow one, and `lines`, which replace lines
 * of the same option. */
void server_prepare(struct server *server, const char *lines);

/* Writes the configuration anew. */
void server_configure(const struct server *server, const char *lines);

/* Starts the server without waiting for it. */
void server_launch(struct server *server, server_preparation preparation);

/* All three, and waits until it is ready. */
void server_start(struct server *server, const char *lines);

/* Waits until the log holds the text. Fails the test when it does not come. */
void server_await_log(const struct server *server, const char *text);
bool server_log_has(const struct server *server, const char *text);

/* Waits until the process, a child of this one, has ended; returns its exit status, 128 + signal where it was
 * killed. */
int server_await_end(pid_t process);

/* Sends SIGTERM, waits for the end, removes the folder; returns the exit status. */
int server_stop(struct server *server);

/* Removes the folder of a server that is gone. Fails the test where a sanitizer complained in the log. */
void server_remove(const struct server *server);

/* The children of a process. */
size_t children_of(pid_t parent, pid_t children[static MAXIMUM_CHILDREN]);

/* Whether it has that name (the one of ps -o comm). */
bool process_is_named(pid_t process, const char *name);

/* Waits until the process has `count` children. */
void await_children(pid_t parent, size_t count);

/* Whether there is such a process, not counting those that only wait to be asked for their status. */
bool process_lives(pid_t process);

#endif

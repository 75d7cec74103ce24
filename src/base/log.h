/* One line an event on standard error, in logfmt (key=value), written with one write(2) so that lines of
 * several processes never mix. Values are escaped here, the only place: no line break or control character of
 * a client ever reaches the log. */
#ifndef MUSTER_BASE_LOG_H
#define MUSTER_BASE_LOG_H

#include <stddef.h>

#include "base/text.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Events above `level` are dropped from now on; the default is LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);

/* Sends lines to another descriptor than 2; tests use it. */
void log_set_descriptor(int descriptor);

/* The word put into each line as process=…, such as "master" or "worker 3". Copied, at most 31 bytes. */
void log_set_process(const char *name);

/* time=… level=… process=… event="<formatted>" */
void log_event(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same line with `count` fields behind the event; one without a value is left out. A line has at most 4
 * KiB: one that would be longer is cut between two characters and ends with cut=yes. */
struct log_field {
    const char *name;
    struct text value;
};
void log_fields(enum log_level level, const char *event, const struct log_field *fields, size_t count);

#define LOG_ERROR(...)   log_event(LOG_LEVEL_ERROR, __VA_ARGS__)
#define LOG_WARNING(...) log_event(LOG_LEVEL_WARNING, __VA_ARGS__)
#define LOG_INFO(...)    log_event(LOG_LEVEL_INFO, __VA_ARGS__)
#define LOG_DEBUG(...)   log_event(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif

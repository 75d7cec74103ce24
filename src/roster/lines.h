/* The lines of a roster: which column stands where, what is wrong with a line as far as can be told without
 * the database, and how it is sent there. */
#ifndef MUSTER_ROSTER_LINES_H
#define MUSTER_ROSTER_LINES_H

#include "base/csv.h"

/* Where lines are copied into: roster_open() of the database makes it, with these columns in this order
 * between the number of the line and why it is refused. */
#define ROSTER_LINES "roster_lines"

enum roster_column {
    ROSTER_EMPLOYEE_ID,
    ROSTER_FIRST_NAME,
    ROSTER_LAST_NAME,
    ROSTER_EMAIL,
    ROSTER_JOB_TITLE,
    ROSTER_TEAM,
    ROSTER_SUPERVISOR,
    ROSTER_LANGUAGE_CODE,
    ROSTER_ACTIVE,
    ROSTER_COLUMN_COUNT
};

/* Each column may have several names; where a file has more than one of them, the first that is not empty
 * counts in each line. */
#define ROSTER_MAXIMUM_NAMES 3

struct roster_header {
    size_t places[ROSTER_COLUMN_COUNT][ROSTER_MAXIMUM_NAMES]; /* SIZE_MAX: there is none */
    size_t width;                                             /* fields of the header */
};

/* Reads the header. NULL, or why the file cannot be used. */
const char *roster_header_read(struct roster_header *header, const struct csv_record *record,
                               struct arena *arena);
bool roster_header_has(const struct roster_header *header, enum roster_column column);

/* One line, as it is meant. Its texts are views of the record's, or live in its arena. */
struct roster_line {
    int64_t number;
    struct text fields[ROSTER_COLUMN_COUNT]; /* without spaces at their ends; empty: nothing is told */
    const char *fault;                       /* why it is refused, NULL: it is not */
};

void roster_line_read(struct roster_line *line, const struct roster_header *header,
                      const struct csv_record *record, struct arena *arena);

/* Adds the line as it is copied into the database. A refused one tells no more than whose it is. */
void roster_line_copy(const struct roster_line *line, struct builder *rows);

#endif

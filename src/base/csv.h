/* Reading comma-separated values (RFC 4180) record by record, as spreadsheets write them. */
#ifndef MUSTER_BASE_CSV_H
#define MUSTER_BASE_CSV_H

#include <stdio.h>

#include "base/arena.h"

#define CSV_MAXIMUM_FIELDS 64
#define CSV_MAXIMUM_RECORD ((size_t)64 * 1024)

/* Where a file is being read. */
struct csv {
    FILE *file;   /* the caller's */
    size_t line;  /* the physical line that comes next; the first is 1 */
    bool started; /* a byte order mark can stand at the beginning only */
};

struct csv_record {
    size_t line; /* the physical line on which it begins */
    struct text fields[CSV_MAXIMUM_FIELDS];
    size_t count;
    const char *fault; /* NULL: it is well formed; else a sentence, and the fields are not to be used */
    bool foreign;      /* the fault is that it is not UTF-8 */
};

void csv_start(struct csv *csv, FILE *file);

/* The next record that is no blank line; false behind the last one. Fields live in the arena, without their
 * quotes; spaces stay. Lines end with LF or CR LF; inside quotes both are part of the field. */
bool csv_next(struct csv *csv, struct arena *arena, struct csv_record *record);

#endif

/* Any bytes as a file of comma-separated values: reading ends, lines go up, and fields are text. */
#include "fuzz.h"

#include <stdio.h>

#include "base/csv.h"

static void check_record(const struct csv_record *record)
{
    require(record->count <= CSV_MAXIMUM_FIELDS);
    for (size_t i = 0; record->fault == NULL && i < record->count; i++) {
        require(text_is_utf8(record->fields[i]));
        require(record->fields[i].length <= CSV_MAXIMUM_RECORD);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct context context;
    struct csv_record record;
    struct csv csv;
    size_t line = 0;
    size_t records = 0;
    /* fmemopen() takes no empty buffer, and writes nothing to one that is only read. */
    static uint8_t copy[1 << 20];

    if (size == 0 || size > sizeof(copy)) {
        return 0;
    }
    fuzz_context(&context);
    memcpy(copy, data, size);
    FILE *file = fmemopen(copy, size, "r");
    require(file != NULL);
    csv_start(&csv, file);
    while (csv_next(&csv, context.arena, &record)) {
        check_record(&record);
        require(record.line > line);
        require(++records <= size);
        line = record.line;
    }
    require(fclose(file) == 0);
    return 0;
}

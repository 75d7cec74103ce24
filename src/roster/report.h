/* What an import did, or would do, and why lines were refused. */
#ifndef MUSTER_ROSTER_REPORT_H
#define MUSTER_ROSTER_REPORT_H

#include "json/write.h"

/* So many refused lines are told one by one, and so many differences of each kind. */
#define ROSTER_MAXIMUM_REFUSALS    100000
#define ROSTER_MAXIMUM_DIFFERENCES 1000
/* In the report that is stored. */
#define ROSTER_STORED_REFUSALS 1000

struct roster_refusal {
    int64_t line;
    const char *reason; /* a sentence, which names nobody */
    struct roster_refusal *next;
};

/* Of a dry run: what would become of somebody. */
struct roster_difference {
    const char *kind; /* join, return, change, leave */
    int64_t line;     /* 0: the person is in no line */
    struct text employee_id;
    struct text first_name;
    struct text last_name;
    struct text fields; /* of a change: which, with commas; else NO_TEXT */
    struct roster_difference *next;
};

struct roster_report {
    struct arena *arena;
    int64_t joined;
    int64_t changed;
    int64_t returned;
    int64_t left;
    int64_t unchanged;
    int64_t refused;
    int64_t teams_made;
    const char *fault; /* why the file is refused as a whole; NULL: it is not */
    bool dry_run;
    struct roster_refusal *refusals; /* at most ROSTER_MAXIMUM_REFUSALS */
    struct roster_refusal **last_refusal;
    struct roster_difference *differences;
    struct roster_difference **last_difference;
};

/* Makes the report empty; what it gets lives in the arena. */
void report_start(struct roster_report *report, struct arena *arena);

/* Counts a refused line; the reason is copied. */
void report_refuse(struct roster_report *report, int64_t line, struct text reason);

/* Adds a difference; its texts must live as long as the report. */
void report_differ(struct roster_report *report, struct roster_difference difference);

/* Puts the refused lines in their order. */
void report_sort(struct roster_report *report);

/* One JSON object with at most so many refused lines. */
void report_write(const struct roster_report *report, struct builder *output, int64_t at_most);

/* Lines for people to read. */
void report_print(const struct roster_report *report, struct builder *output);

#endif

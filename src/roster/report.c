/* The report is made from the same counts for a person at a terminal, for a program and for the list of
 * imports. */
#include "roster/report.h"

#include <stdlib.h>

#include "base/arena.h"

void report_start(struct roster_report *report, struct arena *arena)
{
    *report = (struct roster_report){.arena = arena};
    report->last_refusal = &report->refusals;
    report->last_difference = &report->differences;
}

void report_refuse(struct roster_report *report, int64_t line, struct text reason)
{
    struct roster_refusal *refusal;

    report->refused++;
    if (report->refused > ROSTER_MAXIMUM_REFUSALS) {
        return;
    }
    refusal = ARENA_NEW(report->arena, struct roster_refusal);
    *refusal = (struct roster_refusal){.line = line,
                                       .reason = arena_copy(report->arena, reason.data, reason.length)};
    *report->last_refusal = refusal;
    report->last_refusal = &refusal->next;
}

void report_differ(struct roster_report *report, struct roster_difference difference)
{
    struct roster_difference *added = ARENA_NEW(report->arena, struct roster_difference);

    *added = difference;
    *report->last_difference = added;
    report->last_difference = &added->next;
}

/* --- The order of lines --- */

static int compare_refusals(const void *left, const void *right)
{
    const struct roster_refusal *first = *(const struct roster_refusal *const *)left;
    const struct roster_refusal *second = *(const struct roster_refusal *const *)right;

    return (first->line > second->line) - (first->line < second->line);
}

void report_sort(struct roster_report *report)
{
    size_t count = 0;
    struct roster_refusal **sorted;

    for (struct roster_refusal *refusal = report->refusals; refusal != NULL; refusal = refusal->next) {
        count++;
    }
    sorted = ARENA_ARRAY(report->arena, struct roster_refusal *, count + 1);
    count = 0;
    for (struct roster_refusal *refusal = report->refusals; refusal != NULL; refusal = refusal->next) {
        sorted[count++] = refusal;
    }
    qsort(sorted, count, sizeof(sorted[0]), compare_refusals);
    for (size_t i = 0; i < count; i++) {
        sorted[i]->next = sorted[i + 1];
    }
    report->refusals = sorted[0];
}

/* --- JSON --- */

static void write_count(struct json_writer *json, const char *name, int64_t count)
{
    json_key(json, name);
    json_integer(json, count);
}

static void write_refusals(const struct roster_report *report, struct json_writer *json, int64_t at_most)
{
    json_key(json, "refusals");
    json_open_array(json);
    for (const struct roster_refusal *refusal = report->refusals; refusal != NULL && at_most > 0;
         refusal = refusal->next, at_most--) {
        json_open_object(json);
        write_count(json, "line", refusal->line);
        json_key(json, "reason");
        json_string(json, refusal->reason);
        json_close_object(json);
    }
    json_close_array(json);
}

static void write_difference(const struct roster_difference *difference, struct json_writer *json)
{
    json_open_object(json);
    json_key(json, "kind");
    json_string(json, difference->kind);
    json_key(json, "line");
    if (difference->line != 0) {
        json_integer(json, difference->line);
    } else {
        json_null(json);
    }
    json_key(json, "employee_id");
    json_text(json, difference->employee_id);
    json_key(json, "first_name");
    json_text(json, difference->first_name);
    json_key(json, "last_name");
    json_text(json, difference->last_name);
    json_key(json, "fields");
    json_text(json, difference->fields);
    json_close_object(json);
}

static void write_differences(const struct roster_report *report, struct json_writer *json)
{
    json_key(json, "differences");
    json_open_array(json);
    for (const struct roster_difference *difference = report->differences; difference != NULL;
         difference = difference->next) {
        write_difference(difference, json);
    }
    json_close_array(json);
}

void report_write(const struct roster_report *report, struct builder *output, int64_t at_most)
{
    struct json_writer json;

    json_start(&json, output);
    json_open_object(&json);
    if (report->dry_run) {
        json_key(&json, "dry_run");
        json_boolean(&json, true);
    }
    write_count(&json, "joined", report->joined);
    write_count(&json, "changed", report->changed);
    write_count(&json, "returned", report->returned);
    write_count(&json, "left", report->left);
    write_count(&json, "unchanged", report->unchanged);
    write_count(&json, "refused", report->refused);
    write_count(&json, "teams_made", report->teams_made);
    json_key(&json, "fault");
    json_string(&json, report->fault);
    write_refusals(report, &json, at_most);
    if (report->dry_run) {
        write_differences(report, &json);
    }
    json_close_object(&json);
}

/* --- Lines --- */

static void print_difference(const struct roster_difference *difference, struct builder *output)
{
    builder_add_format(output, "%s: %.*s %.*s (%.*s)", difference->kind,
                       TEXT_ARGUMENTS(difference->first_name), TEXT_ARGUMENTS(difference->last_name),
                       TEXT_ARGUMENTS(difference->employee_id));
    if (difference->line != 0) {
        builder_add_format(output, ", line %lld", (long long)difference->line);
    }
    if (!text_is_empty(difference->fields)) {
        builder_add_format(output, ": %.*s", TEXT_ARGUMENTS(difference->fields));
    }
    builder_add_character(output, '\n');
}

static void print_more(struct builder *output, int64_t all, int64_t shown, const char *what)
{
    if (all > shown) {
        builder_add_format(output, "… and %lld more %s\n", (long long)(all - shown), what);
    }
}

void report_print(const struct roster_report *report, struct builder *output)
{
    builder_add_format(output,
                       "%s%lld joined, %lld changed, %lld returned, %lld left, %lld unchanged, %lld refused, "
                       "%lld teams made\n",
                       report->dry_run ? "dry run: " : "", (long long)report->joined,
                       (long long)report->changed, (long long)report->returned, (long long)report->left,
                       (long long)report->unchanged, (long long)report->refused,
                       (long long)report->teams_made);
    for (const struct roster_refusal *refusal = report->refusals; refusal != NULL; refusal = refusal->next) {
        builder_add_format(output, "line %lld: %s\n", (long long)refusal->line, refusal->reason);
    }
    print_more(output, report->refused, ROSTER_MAXIMUM_REFUSALS, "refused lines");
    for (const struct roster_difference *difference = report->differences; difference != NULL;
         difference = difference->next) {
        print_difference(difference, output);
    }
    if (report->dry_run) {
        print_more(output, report->joined, ROSTER_MAXIMUM_DIFFERENCES, "would join");
        print_more(output, report->returned, ROSTER_MAXIMUM_DIFFERENCES, "would return");
        print_more(output, report->changed, ROSTER_MAXIMUM_DIFFERENCES, "would change");
        print_more(output, report->left, ROSTER_MAXIMUM_DIFFERENCES, "would leave");
    }
}

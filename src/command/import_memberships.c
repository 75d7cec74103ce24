/* muster import-memberships: the people of an organization as another system knows them, and the way back. */
#include <errno.h>
#include <unistd.h>

#include "command/change.h"
#include "command/commands.h"
#include "command/patience.h"
#include "roster/roster.h"

#define BAR_WIDTH 40

/* --- Progress --- */

static void show_progress(void *argument, const char *step, int percent)
{
    int *shown = argument;
    char bar[BAR_WIDTH + 1];

    if (*shown == percent && percent != 0) {
        return;
    }
    *shown = percent;
    for (int i = 0; i < BAR_WIDTH; i++) {
        bar[i] = i * 100 < percent * BAR_WIDTH ? '#' : ' ';
    }
    bar[BAR_WIDTH] = '\0';
    if (strcmp(step, "reading") == 0) {
        fprintf(stderr, "\r[%s] %3d %% %s", bar, percent, step);
    } else {
        fprintf(stderr, "\r\033[K%s", step);
    }
    fflush(stderr);
}

static void end_progress(const struct roster_import *import)
{
    if (import->progress != NULL) {
        fputs("\r\033[K", stderr);
    }
}

/* --- Options --- */

/* "10%", "10" or "2.5%" in hundredths of a per cent. */
static bool read_share(const char *given, int64_t *share)
{
    struct text rest = text_trim(text_of(given));
    struct text whole;
    int64_t percent;
    int64_t part = 0;

    if (rest.length > 0 && rest.data[rest.length - 1] == '%') {
        rest.length--;
    }
    whole = text_cut(&rest, '.');
    if (!text_to_integer(whole, 0, 100, &percent)) {
        return false;
    }
    if (rest.data != NULL) {
        if (rest.length < 1 || rest.length > 2 || !text_to_integer(text_part(rest, 0, 1), 0, 9, &part)) {
            return false;
        }
        part *= 10;
        if (rest.length == 2) {
            int64_t hundredths;

            if (!text_to_integer(text_part(rest, 1, 1), 0, 9, &hundredths)) {
                return false;
            }
            part += hundredths;
        }
    }
    *share = percent * 100 + part;
    return *share <= ROSTER_WHOLE;
}

/* --- Undo --- */

static int undo(struct command_line *line)
{
    struct builder output;
    int64_t people;
    enum problem problem =
        roster_undo(&line->context, option_value(line, "organization"), line->command->name, &people);

    if (problem != PROBLEM_NONE) {
        database_rollback(line->context.database);
        return refuse_problem(line, problem);
    }
    output_start(line, &output);
    builder_add_format(&output, line->json ? "{\"undone\":%lld}\n" : "%lld people are as they were before\n",
                       (long long)people);
    return output_end(line, &output);
}

/* --- Import --- */

static int report(struct command_line *line, const struct roster_report *report)
{
    struct builder output;
    int status;

    output_start(line, &output);
    if (line->json) {
        report_write(report, &output, ROSTER_MAXIMUM_REFUSALS);
        builder_add_character(&output, '\n');
    } else {
        report_print(report, &output);
    }
    status = output_end(line, &output);
    return status == EXIT_DONE && (report->refused > 0 || report->fault != NULL) ? EXIT_REFUSED : status;
}

/* A file that is refused as a whole has a report too: what was wrong with its lines, and what it would have
 * changed. */
static int run(struct command_line *line, const struct roster_import *import)
{
    struct roster_report outcome;
    enum problem problem = roster_import(&line->context, import, &outcome);

    end_progress(import);
    if (problem != PROBLEM_NONE) {
        (void)refuse_problem(line, problem);
        return problem == PROBLEM_REFUSED && outcome.fault != NULL ? report(line, &outcome) : EXIT_REFUSED;
    }
    return report(line, &outcome);
}

static int import_file(struct command_line *line, int64_t share)
{
    const char *file = line->operands[0];
    FILE *stream = fopen(file, "re");
    int shown = -1;
    int status;

    if (stream == NULL) {
        return refuse(line, "%s: %s", file, strerror(errno));
    }
    status = run(line, &(struct roster_import){.file = stream,
                                               .organization = option_value(line, "organization"),
                                               .operation = line->command->name,
                                               .max_removals = share,
                                               .dry_run = option_given(line, "dry-run"),
                                               .progress = isatty(STDERR_FILENO) ? show_progress : NULL,
                                               .argument = &shown});
    fclose(stream);
    return status;
}

int command_import_memberships(struct command_line *line)
{
    const char *removals = option_value(line, "max-removals");
    int64_t share = ROSTER_DEFAULT_REMOVALS;

    if (!option_is_id(line, "organization")) {
        return EXIT_USAGE;
    }
    if (removals != NULL && !read_share(removals, &share)) {
        return wrong_usage(line, "--max-removals %s is not a share such as 10%%", removals);
    }
    if (option_given(line, "undo") != (line->operand_count == 0)) {
        return wrong_usage(line, "either FILE or --undo is needed");
    }
    if (option_given(line, "undo") && (removals != NULL || option_given(line, "dry-run"))) {
        return wrong_usage(line, "--undo takes neither --dry-run nor --max-removals");
    }
    be_patient(line);
    return option_given(line, "undo") ? undo(line) : import_file(line, share);
}

/* Two systems write rosters with different names of columns; both come out as the same line. */
#include "roster/lines.h"

#include <stdint.h>
#include <string.h>

#include "database/copy.h"
#include "json/decode.h"

#define NOWHERE SIZE_MAX

#define LONGEST_NAME 200

static const struct {
    const char *label;                       /* in sentences */
    const char *names[ROSTER_MAXIMUM_NAMES]; /* the one that counts first stands first */
    bool required;
} columns[ROSTER_COLUMN_COUNT] = {
    [ROSTER_EMPLOYEE_ID] = {"employee_id", {"employee_id", "user_id"}, true},
    [ROSTER_FIRST_NAME] = {"first_name", {"first_name"}, true},
    [ROSTER_LAST_NAME] = {"last_name", {"last_name"}, true},
    [ROSTER_EMAIL] = {"email", {"email"}, false},
    [ROSTER_JOB_TITLE] = {"job_title", {"job_function", "job_function_name", "job_title"}, false},
    [ROSTER_TEAM] = {"team", {"team", "department_name", "location_id"}, false},
    [ROSTER_SUPERVISOR] = {"supervisor", {"supervisor"}, false},
    [ROSTER_LANGUAGE_CODE] = {"language_code", {"language_code", "language"}, false},
    [ROSTER_ACTIVE] = {"active", {"active"}, false},
};

/* --- The header --- */

/* NULL, or that the name stands there twice. */
static const char *find_column(const struct csv_record *record, const char *name, size_t *place,
                               struct arena *arena)
{
    *place = NOWHERE;
    for (size_t i = 0; name != NULL && i < record->count; i++) {
        if (!text_equal_ignoring_case(text_trim(record->fields[i]), text_of(name))) {
            continue;
        }
        if (*place != NOWHERE) {
            return arena_print(arena, "The file has the column %s twice.", name);
        }
        *place = i;
    }
    return NULL;
}

bool roster_header_has(const struct roster_header *header, enum roster_column column)
{
    for (size_t i = 0; i < ROSTER_MAXIMUM_NAMES; i++) {
        if (header->places[column][i] != NOWHERE) {
            return true;
        }
    }
    return false;
}

const char *roster_header_read(struct roster_header *header, const struct csv_record *record,
                               struct arena *arena)
{
    header->width = record->count;
    for (size_t column = 0; column < ROSTER_COLUMN_COUNT; column++) {
        for (size_t i = 0; i < ROSTER_MAXIMUM_NAMES; i++) {
            const char *fault =
                find_column(record, columns[column].names[i], &header->places[column][i], arena);

            if (fault != NULL) {
                return fault;
            }
        }
        if (columns[column].required && !roster_header_has(header, (enum roster_column)column)) {
            return arena_print(arena, "The file has no column %s.", columns[column].label);
        }
    }
    return NULL;
}

/* --- One line --- */

static struct text field_of(const struct roster_header *header, const struct csv_record *record,
                            size_t column)
{
    for (size_t i = 0; i < ROSTER_MAXIMUM_NAMES; i++) {
        size_t place = header->places[column][i];
        struct text field = place < record->count ? text_trim(record->fields[place]) : NO_TEXT;

        if (!text_is_empty(field)) {
            return field;
        }
    }
    return NO_TEXT;
}

static bool is_any_of(struct text text, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (text_equal_ignoring_case(text, text_of(*words))) {
            return true;
        }
    }
    return false;
}

static bool is_letter(char character)
{
    return character >= 'a' && character <= 'z';
}

/* Who is not said to be gone is there. */
static const char *judge_active(struct text *active)
{
    static const char *const yes[] = {"true", "yes", "1", NULL};
    static const char *const no[] = {"false", "no", "0", NULL};

    if (text_is_empty(*active) || is_any_of(*active, yes)) {
        *active = TEXT("t");
    } else if (is_any_of(*active, no)) {
        *active = TEXT("f");
    } else {
        return "active is none of true, false, yes, no, 1 and 0.";
    }
    return NULL;
}

static const char *judge_language(struct text *language, struct arena *arena)
{
    if (text_is_empty(*language)) {
        return NULL;
    }
    *language = text_lower(arena, *language);
    return language->length == 2 && is_letter(language->data[0]) && is_letter(language->data[1])
               ? NULL
               : "language_code is not two letters such as en.";
}

static const char *judge_email(struct text *email, struct arena *arena)
{
    if (text_is_empty(*email)) {
        return NULL;
    }
    if (!is_email_address(*email)) {
        return "email is not an address.";
    }
    *email = text_lower(arena, *email);
    return NULL;
}

/* No text is so long that nobody could have meant it. */
static const char *judge_lengths(const struct roster_line *line, struct arena *arena)
{
    for (size_t column = 0; column < ROSTER_COLUMN_COUNT; column++) {
        struct text field = line->fields[column];

        if (columns[column].required && text_is_empty(field)) {
            return arena_print(arena, "%s is missing.", columns[column].label);
        }
        if (column != ROSTER_EMAIL && field.length > LONGEST_NAME && text_characters(field) > LONGEST_NAME) {
            return arena_print(arena, "%s is longer than %d characters.", columns[column].label,
                               LONGEST_NAME);
        }
    }
    return NULL;
}

void roster_line_read(struct roster_line *line, const struct roster_header *header,
                      const struct csv_record *record, struct arena *arena)
{
    *line = (struct roster_line){.number = (int64_t)record->line, .fault = record->fault};
    for (size_t column = 0; column < ROSTER_COLUMN_COUNT && line->fault == NULL; column++) {
        line->fields[column] = field_of(header, record, column);
    }
    if (line->fault == NULL && record->count > header->width) {
        line->fault = "There are more fields than in the header.";
    }
    if (line->fault == NULL) {
        line->fault = judge_lengths(line, arena);
    }
    if (line->fault == NULL) {
        line->fault = judge_email(&line->fields[ROSTER_EMAIL], arena);
    }
    if (line->fault == NULL) {
        line->fault = judge_language(&line->fields[ROSTER_LANGUAGE_CODE], arena);
    }
    if (line->fault == NULL) {
        line->fault = judge_active(&line->fields[ROSTER_ACTIVE]);
    }
}

/* --- To the database --- */

static void copy_number(struct builder *rows, int64_t number)
{
    builder_add_integer(rows, number);
    builder_add_character(rows, '\t');
}

void roster_line_copy(const struct roster_line *line, struct builder *rows)
{
    copy_number(rows, line->number);
    copy_field(rows, line->fields[ROSTER_EMPLOYEE_ID], '\t');
    for (size_t column = ROSTER_EMPLOYEE_ID + 1; column < ROSTER_COLUMN_COUNT; column++) {
        if (line->fault != NULL || text_is_empty(line->fields[column])) {
            copy_null(rows, '\t');
        } else {
            copy_field(rows, line->fields[column], '\t');
        }
    }
    copy_field(rows, line->fault == NULL ? TEXT("t") : TEXT("f"), '\n');
}

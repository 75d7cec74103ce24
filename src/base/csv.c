/* One character after the other: a quoted field may hold commas and line ends, so nothing larger can be
 * taken at once. */
#include "base/csv.h"

/* What a field is followed by. */
enum ending { ENDING_FIELD, ENDING_RECORD, ENDING_FILE };

static int next(struct csv *csv)
{
    int character = getc_unlocked(csv->file);

    csv->line += character == '\n';
    return character;
}

/* The character behind, without taking it. */
static int peek(struct csv *csv)
{
    int character = getc_unlocked(csv->file);

    (void)ungetc(character, csv->file);
    return character;
}

static void skip_mark(struct csv *csv)
{
    static const int mark[] = {0xef, 0xbb, 0xbf};

    csv->started = true;
    for (size_t i = 0; i < 3 && peek(csv) == mark[i]; i++) {
        (void)next(csv);
    }
}

void csv_start(struct csv *csv, FILE *file)
{
    *csv = (struct csv){.file = file, .line = 1};
}

static void blame(struct csv_record *record, const char *fault)
{
    record->fault = record->fault != NULL ? record->fault : fault;
}

static bool ends_field(struct csv *csv, int character, enum ending *ending)
{
    if (character == '\r' && peek(csv) == '\n') {
        character = next(csv);
    }
    *ending = character == EOF ? ENDING_FILE : character == '\n' ? ENDING_RECORD : ENDING_FIELD;
    return character == EOF || character == '\n' || character == ',';
}

static enum ending read_plain(struct csv *csv, struct csv_record *record, struct builder *text)
{
    enum ending ending;
    int character;

    while (character = next(csv), !ends_field(csv, character, &ending)) {
        if (character == '"') {
            blame(record, "A quote stands in the middle of a field.");
        }
        builder_add_character(text, (char)character);
    }
    return ending;
}

/* Behind the opening quote. */
static enum ending read_quoted(struct csv *csv, struct csv_record *record, struct builder *text)
{
    enum ending ending;
    int character;

    while ((character = next(csv)) != EOF) {
        if (character == '"' && peek(csv) != '"') {
            break;
        }
        if (character == '"') {
            (void)next(csv);
        }
        builder_add_character(text, (char)character);
    }
    if (character == EOF) {
        blame(record, "A quote is not closed.");
        return ENDING_FILE;
    }
    while (character = next(csv), !ends_field(csv, character, &ending)) {
        blame(record, "Something stands behind a closing quote.");
    }
    return ending;
}

static enum ending read_field(struct csv *csv, struct csv_record *record, struct builder *text)
{
    if (peek(csv) == '"') {
        (void)next(csv);
        return read_quoted(csv, record, text);
    }
    return read_plain(csv, record, text);
}

static void add_field(struct csv_record *record, struct text field)
{
    if (!text_is_utf8(field)) {
        blame(record, "Something is not UTF-8.");
        record->foreign = true;
    }
    record->fields[record->count++] = field;
}

/* All fields stand behind each other in one text; the views are made when it grows no more. */
static enum ending read_record(struct csv *csv, struct arena *arena, struct csv_record *record)
{
    size_t ends[CSV_MAXIMUM_FIELDS];
    struct builder text;
    enum ending ending;
    size_t count = 0;

    *record = (struct csv_record){.line = csv->line};
    builder_start(&text, arena, 256, CSV_MAXIMUM_RECORD);
    do {
        ending = read_field(csv, record, &text);
        if (count == CSV_MAXIMUM_FIELDS) {
            blame(record, "There are too many fields.");
            continue;
        }
        ends[count++] = text.length;
        builder_add_character(&text, '\0');
    } while (ending == ENDING_FIELD);
    if (text.overflowed) {
        blame(record, "The line is too long.");
    }
    for (size_t i = 0, start = 0; i < count && record->fault == NULL; i++) {
        add_field(record, (struct text){text.data + start, ends[i] - start});
        start = ends[i] + 1;
    }
    return ending;
}

bool csv_next(struct csv *csv, struct arena *arena, struct csv_record *record)
{
    enum ending ending;

    if (!csv->started) {
        skip_mark(csv);
    }
    do {
        ending = read_record(csv, arena, record);
    } while (ending != ENDING_FILE && record->fault == NULL && record->count == 1 &&
             record->fields[0].length == 0);
    return ending != ENDING_FILE || record->fault != NULL || record->count > 1 ||
           record->fields[0].length > 0;
}

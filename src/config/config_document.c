/* Writes the commented configuration file and the manual page muster.conf(5). */
#include "config/config_document.h"

#include "config/config.h"

#define DOCUMENT_MAXIMUM ((size_t)1024 * 1024)
#define COMMENT_WIDTH    ((size_t)78)

struct document {
    struct builder builder;
    const char *section; /* of the option before; told by its address, since sections are rows of a table */
};

static void start(struct document *document, struct arena *arena)
{
    document->section = NULL;
    builder_start(&document->builder, arena, (size_t)16 * 1024, DOCUMENT_MAXIMUM);
}

static bool begins_section(struct document *document, const struct option_view *option)
{
    bool begins = document->section != option->section;
    document->section = option->section;
    return begins;
}

/* Words in comment lines of at most COMMENT_WIDTH characters. */
static void add_comment(struct builder *builder, struct text words)
{
    size_t column = 0;
    while (words.data != NULL) {
        struct text word = text_cut(&words, ' ');
        if (column > 0 && column + 1 + word.length > COMMENT_WIDTH) {
            builder_add_character(builder, '\n');
            column = 0;
        }
        if (column == 0) {
            builder_add_character(builder, '#');
            column = 1;
        }
        builder_add_character(builder, ' ');
        builder_add_text(builder, word);
        column += 1 + word.length;
    }
    builder_add_character(builder, '\n');
}

/* "A duration, 100 ms to 60 s." */
static void add_type(struct builder *builder, const struct option_view *option)
{
    static const char *const sentences[][2] = {{"text", "Text"},
                                               {"path", "An absolute path"},
                                               {"address", "An address"},
                                               {"addresses", "Addresses separated by spaces"},
                                               {"list", "Words separated by spaces"},
                                               {"integer", "A whole number"},
                                               {"size", "A size"},
                                               {"duration", "A duration"},
                                               {"on or off", "On or off"}};
    const char *sentence = NULL;
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        if (strcmp(option->type, sentences[i][0]) == 0) {
            sentence = sentences[i][1];
        }
    }
    if (sentence != NULL) {
        builder_add_string(builder, sentence);
    } else {
        builder_add_character(builder, 'O');
        builder_add_string(builder, option->type + 1);
    }
    if (option->range[0] != '\0') {
        builder_add_format(builder, ", %s", option->range);
    }
    builder_add_character(builder, '.');
}

static const char *change_sentence(const struct option_view *option)
{
    return option->reloadable ? "A reload takes a new value over." : "A new value needs a restart.";
}

static void add_template_option(const struct option_view *option, void *argument)
{
    struct document *document = argument;
    struct builder *builder = &document->builder;
    if (begins_section(document, option)) {
        builder_add_format(builder, "\n# ---- %s ----\n", option->section);
    }
    struct builder facts;
    builder_start(&facts, builder->arena, 256, DOCUMENT_MAXIMUM);
    add_type(&facts, option);
    builder_add_format(&facts, " %s", change_sentence(option));
    builder_add_character(builder, '\n');
    add_comment(builder, text_of(option->about));
    add_comment(builder, builder_text(&facts));
    builder_add_format(builder, "#%s =%s%s\n", option->name, option->initial[0] == '\0' ? "" : " ",
                       option->initial);
}

struct text configuration_template(struct arena *arena)
{
    struct document document;
    start(&document, arena);
    add_comment(&document.builder, TEXT("Configuration of muster, as \"muster config --template\" prints it. "
                                        "The manual page muster.conf(5) explains the notation."));
    builder_add_string(&document.builder, "#\n");
    add_comment(
        &document.builder,
        TEXT("One option a line: name = value. Each stands here with its default behind a comment sign; "
             "take the sign away to set it. MUSTER_NAME in the environment comes before what this file "
             "says. \"muster check\" tells whether all is right."));
    configuration_visit(NULL, add_template_option, &document);
    return builder_text(&document.builder);
}

/* Text in roff: backslashes, hyphens that are typed as such, and control characters at the start of a line.
 */
static void add_roff(struct builder *builder, const char *text)
{
    if (text[0] == '.' || text[0] == '\'') {
        builder_add_string(builder, "\\&");
    }
    for (; *text != '\0'; text++) {
        if (*text == '\\') {
            builder_add_string(builder, "\\e");
        } else if (*text == '-') {
            builder_add_string(builder, "\\-");
        } else if (*text == '\'') {
            builder_add_string(builder, "\\(aq");
        } else {
            builder_add_character(builder, *text);
        }
    }
}

static void add_manual_option(const struct option_view *option, void *argument)
{
    struct document *document = argument;
    struct builder *builder = &document->builder;
    if (begins_section(document, option)) {
        builder_add_string(builder, ".SS ");
        add_roff(builder, option->section);
        builder_add_character(builder, '\n');
    }
    builder_add_format(builder, ".TP\n.B %s\n", option->name);
    add_roff(builder, option->about);
    builder_add_string(builder, "\n.br\n");
    struct builder facts;
    builder_start(&facts, builder->arena, 256, DOCUMENT_MAXIMUM);
    add_type(&facts, option);
    builder_add_string(&facts, option->initial[0] == '\0' ? " Empty by default. " : " Default: ");
    builder_add_string(&facts, option->initial);
    builder_add_format(&facts, "%s%s", option->initial[0] == '\0' ? "" : ". ", change_sentence(option));
    builder_add_string(&facts, option->secret ? " It is a secret: no command shows it." : "");
    builder_add_character(&facts, '\0');
    add_roff(builder, facts.data);
    builder_add_character(builder, '\n');
}

static const char manual_start[] =
    ".\\\" Made by \"muster config --man\" from the table of options.\n"
    ".TH MUSTER.CONF 5 \"\" muster \"File formats\"\n"
    ".SH NAME\n"
    "muster.conf \\- configuration of muster\n"
    ".SH SYNOPSIS\n"
    ".B /etc/muster/muster.conf\n"
    ".SH DESCRIPTION\n"
    "The file has one option a line,\n"
    ".IR name \" = \" value .\n"
    "Empty lines and lines that start with # are passed over; a # behind a value belongs to the value.\n"
    "Dots in names count as underscores.\n"
    "An unknown name, a name that is given twice and a value out of its range are faults:\n"
    "the program names the file and the line and does not start, or, on a reload, goes on with what it has.\n"
    ".PP\n"
    "Values are one of these.\n"
    ".TP\n"
    ".B Size\n"
    "A whole number with B, KiB, MiB or GiB, such as 64 KiB; without a unit it is in bytes.\n"
    ".TP\n"
    ".B Duration\n"
    "A whole number with ms, s, min, h or d, such as 1500 ms; the unit is needed.\n"
    ".TP\n"
    ".B Text\n"
    "Whatever follows the equals sign, without the spaces at both ends and without quotes, in UTF\\-8.\n"
    ".SH OPTIONS\n";

static const char manual_end[] =
    ".SH ENVIRONMENT\n"
    "Each option can also be given as MUSTER_ and its name in capital letters, such as\n"
    ".BR MUSTER_WORKERS ;\n"
    "that comes before what the file says.\n"
    "A variable of that form which names no option is a fault.\n"
    ".TP\n"
    ".B MUSTER_CONF\n"
    "The file to read where the command line names none.\n"
    ".SH EXAMPLES\n"
    ".EX\n"
    "database_url = host=/run/postgresql dbname=muster\n"
    "public_url = https://training.example.com\n"
    "allowed_origins = https://app.example.com https://admin.example.com\n"
    "workers = 16\n"
    "statement_timeout = 2 s\n"
    ".EE\n";

struct text configuration_manual(struct arena *arena)
{
    struct document document;
    start(&document, arena);
    builder_add_string(&document.builder, manual_start);
    configuration_visit(NULL, add_manual_option, &document);
    builder_add_string(&document.builder, manual_end);
    return builder_text(&document.builder);
}

/* Options may stand anywhere, also before the command, so the words are sorted out first and only then looked
 * up. */
#include "command/parse.h"

#include <stdarg.h>

static const struct command_option common_options[] = {
    {"config", "FILE", "Configuration file.", false, false},
    {"json", NULL, "One JSON value.", false, false},
    {"help", NULL, "Help.", false, false},
    {"version", NULL, "Version.", false, false},
    {NULL, NULL, NULL, false, false},
};

struct parser {
    struct command_line *line;
    char *const *arguments;
    int count;
    int next;
    const char **words; /* all that are no options, in order */
    size_t word_count;
};

static const struct command_option *find_option(const struct command_option *options, struct text name)
{
    for (; options != NULL && options->name != NULL; options++) {
        if (text_equal_string(name, options->name)) {
            return options;
        }
    }
    return NULL;
}

static bool has_word(const struct command *command, size_t position, struct text word)
{
    struct text rest = text_of(command->name);
    for (size_t i = 0; i <= position && rest.data != NULL; i++) {
        struct text part = text_cut(&rest, ' ');
        if (i == position) {
            return text_equal(part, word);
        }
    }
    return false;
}

static size_t name_words(const struct command *command)
{
    return strchr(command->name, ' ') != NULL ? 2 : 1;
}

static bool name_matches(const struct command *command, const char *const *words, size_t count)
{
    size_t needed = name_words(command);
    bool matches = needed <= count;
    for (size_t i = 0; matches && i < needed; i++) {
        matches = has_word(command, i, text_of(words[i]));
    }
    return matches;
}

const struct command *command_find(const char *const *words, size_t count, size_t *used)
{
    const struct command *found = NULL;
    *used = 0;
    for (size_t i = 0; i < command_count; i++) {
        if (name_matches(&commands[i], words, count) && name_words(&commands[i]) > *used) {
            found = &commands[i];
            *used = name_words(found);
        }
    }
    return found;
}

void operand_limits(const char *operands, size_t *least, size_t *most)
{
    struct text rest = text_of(operands);
    *least = 0;
    *most = 0;
    while (rest.length > 0) {
        struct text word = text_cut(&rest, ' ');
        bool optional = word.length > 0 && word.data[0] == '[';
        bool several = strstr(word.data, "…") != NULL;
        *least += !optional;
        *most = several ? SIZE_MAX : *most + 1;
    }
}

static bool is_command_word(const char *word)
{
    for (size_t i = 0; i < command_count; i++) {
        if (has_word(&commands[i], 0, text_of(word))) {
            return true;
        }
    }
    return false;
}

/* Whether an option takes a value must be known before the command is: the first words tell it. */
static const struct command_option *known_option(const struct parser *parser, struct text name)
{
    const struct command_option *option = find_option(common_options, name);
    size_t used;
    const struct command *command = command_find(parser->words, parser->word_count, &used);
    if (option == NULL && command != NULL) {
        option = find_option(command->options, name);
    }
    return option;
}

static int keep(struct parser *parser, const struct command_option *option, const char *value)
{
    struct command_line *line = parser->line;
    if (strcmp(option->name, "config") == 0) {
        line->file = value;
    } else if (strcmp(option->name, "json") == 0) {
        line->json = true;
    } else if (strcmp(option->name, "help") == 0) {
        line->help = true;
    } else if (strcmp(option->name, "version") == 0) {
        line->version = true;
    } else if (!option->repeated && option_given(line, option->name)) {
        return wrong_usage(line, "--%s is given twice", option->name);
    } else {
        line->given[line->given_count++] = (struct given_option){option, value};
    }
    return EXIT_DONE;
}

static int take_value(struct parser *parser, const struct command_option *option, const char *shown)
{
    if (parser->next >= parser->count) {
        return wrong_usage(parser->line, "%s needs a value (%s)", shown, option->value);
    }
    return keep(parser, option, parser->arguments[parser->next++]);
}

static int parse_long(struct parser *parser, const char *argument)
{
    struct text value = text_of(argument + 2);
    struct text name = text_cut(&value, '=');
    const struct command_option *option = known_option(parser, name);
    if (option == NULL) {
        return wrong_usage(parser->line, "there is no option --%.*s here", TEXT_ARGUMENTS(name));
    }
    if (option->value == NULL) {
        return value.data == NULL ? keep(parser, option, NULL)
                                  : wrong_usage(parser->line, "--%s takes no value", option->name);
    }
    return value.data != NULL ? keep(parser, option, value.data) : take_value(parser, option, argument);
}

static int parse_short(struct parser *parser, const char *argument)
{
    if (strcmp(argument, "-c") == 0) {
        return take_value(parser, &common_options[0], argument);
    }
    if (strcmp(argument, "-h") == 0) {
        parser->line->help = true;
        return EXIT_DONE;
    }
    return wrong_usage(parser->line, "there is no option %s", argument);
}

static int parse_word(struct parser *parser, const char *argument)
{
    if (parser->word_count == 0 && !is_command_word(argument)) {
        return wrong_usage(parser->line, "there is no command \"%s\"; \"muster help\" lists them", argument);
    }
    parser->words[parser->word_count++] = argument;
    size_t used;
    parser->line->command = command_find(parser->words, parser->word_count, &used);
    return EXIT_DONE;
}

static int parse_arguments(struct parser *parser)
{
    bool options_ended = false;
    int status = EXIT_DONE;
    while (status == EXIT_DONE && parser->next < parser->count) {
        const char *argument = parser->arguments[parser->next++];
        if (options_ended || argument[0] != '-' || argument[1] == '\0') {
            status = parse_word(parser, argument);
        } else if (strcmp(argument, "--") == 0) {
            options_ended = true;
        } else if (argument[1] == '-') {
            status = parse_long(parser, argument);
        } else {
            status = parse_short(parser, argument);
        }
    }
    return status;
}

static int check_operands(const struct command_line *line)
{
    size_t least;
    size_t most;
    operand_limits(line->command->operands, &least, &most);
    if (line->operand_count < least) {
        return wrong_usage(line, "%s is missing", line->command->operands);
    }
    if (line->operand_count > most) {
        return wrong_usage(line, "\"%s\" is one word too many", line->operands[most]);
    }
    return EXIT_DONE;
}

static int check_options(const struct command_line *line)
{
    const struct command_option *option = line->command->options;
    for (; option != NULL && option->name != NULL; option++) {
        if (option->required && !option_given(line, option->name)) {
            return wrong_usage(line, "--%s %s is missing", option->name, option->value);
        }
    }
    return EXIT_DONE;
}

static int resolve(struct parser *parser)
{
    struct command_line *line = parser->line;
    size_t used;
    line->command = command_find(parser->words, parser->word_count, &used);
    if (parser->word_count == 0 || line->help) {
        return EXIT_DONE;
    }
    if (line->command == NULL && parser->word_count > 1) {
        return wrong_usage(line, "there is no command \"%s %s\"; \"muster help\" lists them",
                           parser->words[0], parser->words[1]);
    }
    if (line->command == NULL) {
        return wrong_usage(line, "\"%s\" needs one more word; \"muster help\" lists them", parser->words[0]);
    }
    line->operands = parser->words + used;
    line->operand_count = parser->word_count - used;
    int status = check_operands(line);
    return status == EXIT_DONE ? check_options(line) : status;
}

int command_parse(struct command_line *line, int count, char *const *arguments)
{
    struct arena *arena = line->context.arena;
    struct parser parser = {.line = line, .arguments = arguments, .count = count, .next = 1};
    parser.words = ARENA_ARRAY(arena, const char *, (size_t)count + 1);
    line->given = ARENA_ARRAY(arena, struct given_option, (size_t)count + 1);
    line->arguments = arguments;
    int status = parse_arguments(&parser);
    return status == EXIT_DONE ? resolve(&parser) : status;
}

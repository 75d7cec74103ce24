/* What the program tells of its configuration: every option with its value, secrets hidden, and the committed
 * documents as the table says. */
#include "config/fixture.h"

#include "config/config_document.h"

struct found {
    const char *name;
    char value[128];
    char initial[128];
    char range[64];
    char type[64];
    char environment[64];
    bool reloadable;
    bool secret;
    size_t count;
};

static void find(const struct option_view *option, void *argument)
{
    struct found *found = argument;
    found->count++;
    assert_true(option->section[0] != '\0' && option->about[0] != '\0');
    if (strcmp(option->name, found->name) == 0) {
        snprintf(found->value, sizeof found->value, "%s", option->value);
        snprintf(found->initial, sizeof found->initial, "%s", option->initial);
        snprintf(found->range, sizeof found->range, "%s", option->range);
        snprintf(found->type, sizeof found->type, "%s", option->type);
        snprintf(found->environment, sizeof found->environment, "%s", option->environment);
        found->reloadable = option->reloadable;
        found->secret = option->secret;
    }
}

static struct found view(const struct configuration *configuration, const char *name)
{
    struct found found = {.name = name};
    configuration_visit(configuration, find, &found);
    return found;
}

static void visiting_tells_all_of_an_option(void **state)
{
    (void)state;
    struct configuration *configuration = parse(
        "peer_timeout = 2000 ms\nallowed_origins = http://a  http://b\nuser = x\nrequest_memory = 3145728\n"
        "drain_time = 0 s\n");
    struct found found = view(configuration, "peer_timeout");
    assert_string_equal(found.value, "2 s");
    assert_string_equal(found.initial, "1500 ms");
    assert_string_equal(found.range, "100 ms to 60 s");
    assert_string_equal(found.type, "duration");
    assert_string_equal(found.environment, "MUSTER_PEER_TIMEOUT");
    assert_true(found.reloadable);
    assert_false(found.secret);
    assert_string_equal(view(configuration, "allowed_origins").value, "http://a http://b");
    assert_string_equal(view(configuration, "allowed_origins").type, "addresses");
    assert_string_equal(view(configuration, "request_memory").value, "3 MiB");
    assert_string_equal(view(configuration, "drain_time").value, "0 ms");
    assert_string_equal(view(configuration, "token_rotation").value, "off");
    assert_string_equal(view(configuration, "auth_sign_up_answer").type, "one of: array object");
    assert_string_equal(view(configuration, "workers").range, "1 to 256");
    assert_string_equal(view(configuration, "user").range, "");
    assert_false(view(configuration, "user").reloadable);
    configuration_free(configuration);
}

static void secrets_are_never_shown(void **state)
{
    (void)state;
    struct configuration *configuration = parse("database_url = postgresql://u:canary@h/d\n");
    assert_string_equal(configuration->database_url, "postgresql://u:canary@h/d");
    assert_string_equal(view(configuration, "database_url").value, "********");
    assert_true(view(configuration, "database_url").secret);
    configuration_free(configuration);
    configuration = parse("");
    assert_string_equal(view(configuration, "database_url").value, "postgresql:///muster");
    configuration_free(configuration);
    assert_null(configuration_parse(TEXT("database_url = canary\x01"), "a.conf", fault, sizeof fault));
    assert_null(strstr(fault, "canary"));
}

struct text_of_values {
    char text[16384];
    size_t length;
};

static void add_line(const struct option_view *option, void *argument)
{
    struct text_of_values *values = argument;
    int length = snprintf(values->text + values->length, sizeof values->text - values->length, "%s = %s\n",
                          option->name, option->value);
    assert_true(length > 0 && values->length + (size_t)length < sizeof values->text);
    values->length += (size_t)length;
}

/* What is shown can be read back and means the same. */
static void shown_values_are_a_configuration(void **state)
{
    (void)state;
    struct text_of_values first = {.length = 0};
    struct text_of_values second = {.length = 0};
    struct text_of_values table = {.length = 0};
    struct configuration *configuration = parse("lock_timeout = 90 s\nbody_maximum = 1025\nuser = x\n");
    configuration_visit(configuration, add_line, &first);
    configuration_free(configuration);
    configuration = parse(first.text);
    configuration_visit(configuration, add_line, &second);
    assert_true(configuration->lock_timeout == 90 * SECOND);
    configuration_free(configuration);
    assert_string_equal(first.text, second.text);
    configuration_visit(NULL, add_line, &table);
    configuration = parse(table.text);
    configuration_free(configuration);
}

static void compare_with_committed(const char *path, struct text document)
{
    const char *folder = getenv("srcdir");
    char name[1024];
    snprintf(name, sizeof name, "%s/%s", folder == NULL ? "." : folder, path);
    FILE *stream = fopen(name, "re");
    if (stream == NULL) {
        fail_msg("%s cannot be opened", name);
        return;
    }
    char *committed = calloc(1, document.length + 2);
    assert_non_null(committed);
    size_t length = fread(committed, 1, document.length + 1, stream);
    fclose(stream);
    bool same = text_equal((struct text){committed, length}, document);
    free(committed);
    if (!same) {
        fail_msg("%s is stale", path);
    }
}

static void the_committed_documents_are_fresh(void **state)
{
    (void)state;
    struct arena *arena = arena_create((size_t)4 * 1024 * 1024);
    compare_with_committed("conf/muster.conf", configuration_template(arena));
    compare_with_committed("doc/muster.conf.5", configuration_manual(arena));
    arena_destroy(arena);
}

/* With each comment sign before a name taken away, the template is a configuration, of the defaults. */
static void the_template_holds_the_defaults(void **state)
{
    (void)state;
    struct arena *arena = arena_create((size_t)4 * 1024 * 1024);
    struct text template = configuration_template(arena);
    char *active = arena_copy(arena, template.data, template.length);
    size_t count = 0;
    for (size_t i = 0; i + 1 < template.length; i++) {
        bool line_starts = i == 0 || active[i - 1] == '\n';
        if (line_starts && active[i] == '#' && active[i + 1] >= 'a' && active[i + 1] <= 'z') {
            active[i] = ' ';
            count++;
        }
    }
    assert_int_equal(count, view(NULL, "").count);
    struct text_of_values from_template = {.length = 0};
    struct text_of_values from_defaults = {.length = 0};
    struct configuration *configuration = parse(active);
    configuration_visit(configuration, add_line, &from_template);
    configuration_free(configuration);
    configuration = parse("");
    configuration_visit(configuration, add_line, &from_defaults);
    configuration_free(configuration);
    assert_string_equal(from_template.text, from_defaults.text);
    arena_destroy(arena);
}

static void documents_have_short_plain_lines(void **state)
{
    (void)state;
    struct arena *arena = arena_create((size_t)4 * 1024 * 1024);
    struct text rest = configuration_template(arena);
    while (rest.data != NULL) {
        struct text line = text_cut(&rest, '\n');
        assert_true(line.length <= 80);
        assert_true(line.length == 0 || line.data[line.length - 1] != ' ');
    }
    rest = configuration_manual(arena);
    while (rest.data != NULL) {
        struct text line = text_cut(&rest, '\n');
        assert_true(line.length == 0 || line.data[0] != '\'');
        for (size_t i = 0; i < line.length; i++) {
            assert_in_range((unsigned char)line.data[i], ' ', '~');
        }
    }
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(visiting_tells_all_of_an_option),  TEST(secrets_are_never_shown),
        TEST(shown_values_are_a_configuration), TEST(the_committed_documents_are_fresh),
        TEST(the_template_holds_the_defaults),  TEST(documents_have_short_plain_lines),
    };
    return cmocka_run_group_tests_name("configuration documents", tests, NULL, NULL);
}

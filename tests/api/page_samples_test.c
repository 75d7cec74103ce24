/* The examples of the documented pages as they are printed: only host, key and placeholders are replaced. */
#include "support/expect.h"
#include "support/machines.h"
#include "support/process.h"
#include "support/world_parts.h"

#define SAMPLES SOURCE_FOLDER "/tests/data/samples/"
#define DELETED "{\"status\": \"deleted\"}"

static const char *organization;
static const char *key;
static struct person creator;
static const char *token;

static int setup(void **state)
{
    world_setup(state);
    organization = make_organization(*state, "Samples");
    key = make_api_key(*state, organization, "users:delete");
    creator = make_admin(*state, organization, "Cleo");
    token = make_security_token(*state, &creator);
    return 0;
}

static const char *replaced(struct world *world, const char *text, const char *old, const char *new)
{
    const char *found;
    size_t count = 0;
    while ((found = strstr(text, old)) != NULL) {
        text = world_print(world, "%.*s%s%s", (int)(found - text), text, new, found + strlen(old));
        assert_true(++count < 100);
    }
    return text;
}

/* Runs a command with neither proxies nor standard input; its status, and its output in `out`. */
static int run(struct world *world, const char *const *command, const char **out)
{
    const char *arguments[24] = {"env",       "-u",         "http_proxy", "-u",          "https_proxy",
                                 "-u",        "HTTP_PROXY", "-u",         "HTTPS_PROXY", "-u",
                                 "all_proxy", "-u",         "ALL_PROXY",  "no_proxy=*"};
    const char *path = world_print(world, "%s/%s", world_folder(world), make_name(world, "sample.out"));
    size_t count = 14;
    while (*command != NULL && count < 23) {
        arguments[count++] = *command++;
    }
    int status = process_wait(process_start(arguments, NULL, path, path));
    *out = world_read_file(world, path);
    return status;
}

#define RUN(world, out, ...) run((world), (const char *const[]){__VA_ARGS__, NULL}, (out))

/* Skips the test where the command does not run here. */
static void need(struct world *world, const char *what, const char *const *command)
{
    const char *out;
    if (run(world, command, &out) != 0) {
        print_message("skipped: %s is not there\n", what);
        skip();
    }
}

#define NEED(world, what, ...) need((world), what, (const char *const[]){__VA_ARGS__, NULL})

/* A sample of Moodwork's page with our address and key, in a file of its own. */
static const char *moodwork_sample(struct world *world, const char *name)
{
    const char *text = world_read_file(world, world_print(world, SAMPLES "moodwork/%s", name));
    if (text == NULL) {
        fail_msg("there is no sample %s", name);
    }
    text = replaced(world, text, "https://public-api.moodwork.com", world_url(world));
    text = replaced(world, text, "mydeveloperkey", key);
    const char *path = world_print(world, "%s/%s", world_folder(world), name);
    world_write_file(path, text);
    return path;
}

/* Those whom the samples delete. */
static void make_leavers(struct world *world)
{
    const char *const john[] = {"--email", "john.doe@mycompany.com", NULL};
    const char *const ashley[] = {"--email", "ashley.doe@mycompany.com", NULL};
    make_invitation(world, organization, "John", john);
    make_invitation(world, organization, "Ashley", ashley);
}

static const char *count_leavers(struct world *world)
{
    return world_sql(world, "SELECT count(*) FROM memberships WHERE email LIKE '%@mycompany.com'", NULL);
}

static const char *count_receipts(struct world *world)
{
    return world_sql(world, "SELECT count(*) FROM deletion_receipts", NULL);
}

static void expect_output(const char *out, int status, const char *part)
{
    if (status != 0 || strstr(out, part) == NULL) {
        fail_msg("status %d: %s", status, out);
    }
}

/* The interpreter with its arguments, and a sample that deletes. */
static void expect_deletion(struct world *world, const char *const *interpreter, const char *sample)
{
    const char *command[8] = {NULL};
    const char *out = "";
    size_t count = 0;
    for (; interpreter[count] != NULL; count++) {
        command[count] = interpreter[count];
    }
    command[count] = moodwork_sample(world, sample);
    make_leavers(world);
    assert_string_equal(count_leavers(world), "2");
    int status = run(world, command, &out);
    expect_output(out, status, DELETED);
    assert_string_equal(count_leavers(world), "0");
}

#define EXPECT_DELETION(world, sample, ...) \
    expect_deletion((world), (const char *const[]){__VA_ARGS__, NULL}, sample)

static void shell_deletes(void **state)
{
    NEED(*state, "curl", "curl", "--version");
    EXPECT_DELETION(*state, "deletion.sh", "bash");
}

/* It makes a GET, as it is printed. */
static void shell_authenticates(void **state)
{
    struct world *world = *state;
    const char *out = "";
    NEED(world, "curl", "curl", "--version");
    int status = RUN(world, &out, "bash", moodwork_sample(world, "authentication.sh"));
    expect_output(out, status, "{\"status\":405,\"error\":\"Method Not Allowed\"");
}

static void ruby_deletes(void **state)
{
    NEED(*state, "ruby", "ruby", "-rjson", "-e", "0");
    EXPECT_DELETION(*state, "deletion.rb", "ruby", "-I", SAMPLES "ruby");
}

/* The request is made and not sent. */
static void ruby_authenticates(void **state)
{
    struct world *world = *state;
    const char *out = "";
    NEED(world, "ruby", "ruby", "-rjson", "-e", "0");
    int status = RUN(world, &out, "ruby", moodwork_sample(world, "authentication.rb"));
    expect_output(out, status, "");
}

/* Debian's own Python has the module that is installed for these tests, whatever comes first in the path. */
static const char *python(struct world *world)
{
    const char *out;
    if (RUN(world, &out, "python3", "-c", "import requests") == 0) {
        return "python3";
    }
    NEED(world, "python3 with requests", "/usr/bin/python3", "-c", "import requests");
    return "/usr/bin/python3";
}

static void python_deletes(void **state)
{
    EXPECT_DELETION(*state, "deletion.py", python(*state));
}

static void python_authenticates(void **state)
{
    struct world *world = *state;
    const char *interpreter = python(world);
    const char *before = count_receipts(world);
    const char *out = "";
    int status = RUN(world, &out, interpreter, moodwork_sample(world, "authentication.py"));
    expect_output(out, status, "");
    assert_string_equal(world_sql(world, "SELECT count(*) - 1 FROM deletion_receipts", NULL), before);
}

static void need_node(struct world *world)
{
    NEED(world, "node with fetch", "node", "-e", "process.exit(typeof fetch === 'function' ? 0 : 1)");
}

static void javascript_deletes(void **state)
{
    need_node(*state);
    EXPECT_DELETION(*state, "deletion.js", "node");
}

/* As printed it is no JavaScript: a name with a hyphen needs quotes. */
static void javascript_authenticates(void **state)
{
    struct world *world = *state;
    const char *before = count_receipts(world);
    const char *out = "";
    need_node(world);
    const char *path = moodwork_sample(world, "authentication.js");
    assert_int_not_equal(RUN(world, &out, "node", path), 0);
    world_write_file(path,
                     replaced(world, world_read_file(world, path), " Content-Type:", "'Content-Type':"));
    expect_output(out, RUN(world, &out, "node", path), "");
    assert_string_equal(world_sql(world, "SELECT count(*) - 1 FROM deletion_receipts", NULL), before);
}

/* A sample of Moab's page: typesetting undone, then our address and token, and values for its placeholders.
 */
static const char *moab_sample(struct world *world, const char *name, const char *id)
{
    const struct {
        const char *old;
        const char *new;
    } changes[] = {
        {"‘", "'"},
        {"’", "'"},
        {"“", "\""},
        {"”", "\""},
        {"\n–", "\n--"},
        {"https://<moab url>", world_url(world)},
        {"<identity>.<security token>", token},
        {"<first name>", "John"},
        {"<last name>", "Doe"},
        {"<description>", "A description"},
        {"<user@mail.com>", "user@mail.com"},
        {"<password>", CANARY "1"},
        {"<1,2 or 3>", "3"},
        {"<group id>", "0"},
        {"<0 or 1>", "1"},
        {"<id>", id},
    };
    const char *text = world_read_file(world, world_print(world, SAMPLES "moab/%s", name));
    assert_non_null(text);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        text = replaced(world, text, changes[i].old, changes[i].new);
    }
    if (strchr(text, '<') != NULL) {
        fail_msg("a placeholder of %s has no value: %s", name, text);
    }
    const char *path = world_print(world, "%s/%s", world_folder(world), name);
    world_write_file(path, text);
    return path;
}

static const char *run_moab(struct world *world, const char *name, const char *id)
{
    const char *out = "";
    int status = RUN(world, &out, "bash", moab_sample(world, name, id));
    expect_output(out, status, "");
    return out;
}

/* All four, in the order of the page. */
static void moabs_user_is_made_read_and_deleted(void **state)
{
    struct world *world = *state;
    NEED(world, "curl", "curl", "--version");
    const char *out = run_moab(world, "create.sh", "");
    expect_output(out, 0, "\"status\":\"success\",\"message\":\"user created\"}");
    const char *id = world_sql(world, "SELECT number FROM users WHERE email = 'user@mail.com'", NULL);
    expect_output(out, 0, world_print(world, "{\"id\":%s,\"securityToken\":", id));
    const char *user =
        world_print(world,
                    "{\"id\":%s,\"firstName\":\"John\",\"lastName\":\"Doe\",\"userDescription\":\"A "
                    "description\",\"userEmailAddress\":\"user@mail.com\",\"role\":3,\"userGroup\":0,"
                    "\"agreeToTermsAndPolicies\":1,\"enabled\":1}",
                    id);
    expect_output(run_moab(world, "read-all.sh", ""), 0, world_print(world, ",%s]", user));
    expect_output(run_moab(world, "read-one.sh", id), 0, user);
    expect_output(run_moab(world, "delete.sh", id), 0,
                  world_print(world, "{\"id\":%s,\"status\":\"success\",\"message\":\"user deleted\"}", id));
    expect_output(run_moab(world, "read-one.sh", id), 0, "\"title\":\"Not Found\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shell_deletes),
        cmocka_unit_test(shell_authenticates),
        cmocka_unit_test(ruby_deletes),
        cmocka_unit_test(ruby_authenticates),
        cmocka_unit_test(python_deletes),
        cmocka_unit_test(python_authenticates),
        cmocka_unit_test(javascript_deletes),
        cmocka_unit_test(javascript_authenticates),
        cmocka_unit_test(moabs_user_is_made_read_and_deleted),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}

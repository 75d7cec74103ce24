/* Mails by a real server: sent by the job processes, over TLS, after signing in, again and again until it
 * takes them; and what they say, in both languages. */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "support/expect.h"
#include "support/people.h"
#include "support/process.h"
#include "support/world_parts.h"

#define PATH     "/api/v1/auth/password"
#define PATIENCE 600 /* twentieths of a second */
#define ACCOUNT  "muster:p%40ss%20word@"

static char folder[] = "/tmp/muster-mail-XXXXXX";
static pid_t server;
static const char *port;
static const char *organization;

static const char *path_of(struct world *world, const char *name)
{
    return world_print(world, "%s/%s", folder, name);
}

/* Read until it is there. */
static const char *await_file(struct world *world, const char *name)
{
    const char *content = NULL;

    for (int i = 0; content == NULL; i++) {
        if (i == PATIENCE) {
            fail_msg("%s does not come:\n%s", name, world_log(world));
        }
        usleep(50000);
        content = world_read_file(world, path_of(world, name));
    }
    return content;
}

static bool has_file(struct world *world, const char *name)
{
    return access(path_of(world, name), F_OK) == 0;
}

static const char *smtp(struct world *world, const char *scheme, const char *account)
{
    return world_print(
        world,
        "mail = smtp\nsmtp_url = %s://%s127.0.0.1:%s\nmail_from = muster <no-reply@muster.test>\n"
        "job_retry_pause = 50 ms\nreset_redirect_urls = " WORLD_RESET_URL "\n",
        scheme, account, port);
}

static int setup(void **state)
{
    assert_non_null(mkdtemp(folder));
    const char *certificate = "/certificate.pem";
    char *trusted = NULL;
    assert_true(asprintf(&trusted, "%s%s", folder, certificate) > 0);
    setenv("SSL_CERT_FILE", trusted, 1);
    free(trusted);
    struct world *world = world_start(NULL);
    *state = world;
    server = process_start(
        (const char *[]){"/usr/bin/python3", SOURCE_FOLDER "/tests/support/mail_server.py", folder, NULL},
        NULL, path_of(world, "errors"), path_of(world, "errors"));
    port = await_file(world, "port");
    organization = make_organization(world, "Acme");
    world_restart(world, smtp(world, "smtp", ACCOUNT));
    return 0;
}

static int teardown(void **state)
{
    (void)process_stop(server, SIGTERM, 10);
    (void)process_wait(process_start((const char *[]){"rm", "-rf", folder, NULL}, NULL, NULL, NULL));
    return world_teardown(state);
}

static struct answer *ask(struct world *world, const char *address)
{
    return call_post(
        world, NULL, PATH,
        world_print(world, "{\"email\": \"%s\", \"redirect_url\": \"" WORLD_RESET_URL "\"}", address));
}

static const char *state_of_newest(struct world *world)
{
    return world_sql(world, "SELECT state FROM jobs ORDER BY created_at DESC, id DESC LIMIT 1", NULL);
}

static void await_state(struct world *world, const char *state)
{
    for (int i = 0; strcmp(state_of_newest(world), state) != 0; i++) {
        if (i == PATIENCE) {
            fail_msg("the job stays %s:\n%s", state_of_newest(world), world_log(world));
        }
        usleep(50000);
    }
}

static const char *problem_of_newest(struct world *world)
{
    return world_sql(world, "SELECT problem FROM jobs ORDER BY created_at DESC, id DESC LIMIT 1", NULL);
}

static void forget_mails(struct world *world)
{
    for (int i = 1; i < 20; i++) {
        unlink(path_of(world, world_print(world, "%d.eml", i)));
    }
}

static const char *await_mail(struct world *world)
{
    for (int i = 0; i < PATIENCE; i++) {
        for (int number = 1; number < 20; number++) {
            const char *name = world_print(world, "%d.eml", number);
            if (has_file(world, name)) {
                return await_file(world, name);
            }
        }
        usleep(50000);
    }
    fail_msg("no mail comes:\n%s", world_log(world));
    return NULL;
}

static void expect_part(const char *mail, const char *part)
{
    if (strstr(mail, part) == NULL) {
        fail_msg("\"%s\" is missing in\n%s", part, mail);
    }
}

/* The path and query of the link in the text. */
static const char *link_in(struct world *world, const char *mail)
{
    const char *link = strstr(mail, world_print(world, "\r\n%s" PATH "/edit?", world_url(world)));

    assert_non_null(link);
    link += 2 + strlen(world_url(world));
    const char *path = world_print(world, "%.*s", (int)strcspn(link, "\r\n"), link);
    world_secret(world, strstr(path, "reset_password_token=") + strlen("reset_password_token="));
    return path;
}

static void a_reset_is_mailed_with_a_link_that_works(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Ada");
    forget_mails(world);
    expect_status(ask(world, person.email), 200);
    const char *mail = await_mail(world);
    expect_part(mail, world_print(world, "no-reply@muster.test -> %s\r\n", person.email));
    expect_part(mail, "\r\nFrom: muster <no-reply@muster.test>\r\n");
    expect_part(mail, world_print(world, "\r\nTo: %s\r\nSubject: Reset your password\r\n", person.email));
    expect_part(mail, "\r\nContent-Type: multipart/alternative; boundary=");
    expect_part(mail, "\r\nContent-Type: text/plain; charset=utf-8\r\n");
    expect_part(mail, "\r\nContent-Type: text/html; charset=utf-8\r\n");
    expect_part(mail, "&amp;reset_password_token=");
    expect_part(mail, "within the next 6 hours");
    expect_status(call_get(world, NULL, link_in(world, mail)), 302);
    await_state(world, "done");
    assert_string_equal(world_sql(world, "SELECT payload FROM jobs ORDER BY created_at DESC LIMIT 1", NULL),
                        "{}");
    assert_string_equal(
        world_sql(world,
                  "SELECT operation || ' ' || (request_id IS NOT NULL) FROM audit_events WHERE action = "
                  "'password_reset.create' ORDER BY position DESC LIMIT 1",
                  NULL),
        "send_mail true");
}

/* What waits in the queue is of no use to whoever reads it. */
static void no_link_and_no_address_waits_in_the_queue(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Quinn");
    world_restart(world, world_print(world, "%sjob_processes = 0\n", smtp(world, "smtp", ACCOUNT)));
    expect_status(ask(world, person.email), 200);
    assert_string_equal(world_sql(world, "SELECT payload FROM jobs ORDER BY created_at DESC LIMIT 1", NULL),
                        world_print(world, "{\"user_id\": \"%s\", \"redirect_url\": \"" WORLD_RESET_URL "\"}",
                                    person.user_id));
    assert_string_equal(world_sql(world, "SELECT count(*) FROM password_resets WHERE user_id = $1::uuid",
                                  person.user_id, NULL),
                        "0");
    forget_mails(world);
    world_restart(world, smtp(world, "smtp", ACCOUNT));
    await_state(world, "done");
    expect_part(await_mail(world), person.email);
}

static void known_and_unknown_addresses_leave_the_same(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Alike");
    forget_mails(world);
    struct answer *known = ask(world, person.email);
    (void)await_mail(world);
    await_state(world, "done");
    forget_mails(world);
    const char *before = world_sql(world, "SELECT count(*) FROM jobs", NULL);
    struct answer *unknown = ask(world, "nobody@example.test");
    expect_status(unknown, 200);
    assert_string_equal(known->body, unknown->body);
    assert_string_equal(world_sql(world, "SELECT count(*) - $1::integer FROM jobs", before, NULL), "1");
    await_state(world, "done");
    for (int number = 1; number < 20; number++) {
        assert_false(has_file(world, world_print(world, "%d.eml", number)));
    }
}

static void it_is_in_the_language_of_its_reader(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Eva");
    world_sql(world, "UPDATE users SET language_code = 'es' WHERE id = $1::uuid", person.user_id, NULL);
    forget_mails(world);
    expect_status(ask(world, person.email), 200);
    const char *mail = await_mail(world);
    struct text subject = encode_base64(world_arena(world), TEXT("Restablece tu contraseña"));
    expect_part(mail, world_print(world, "\r\nSubject: =?utf-8?B?%.*s?=\r\n", TEXT_ARGUMENTS(subject)));
    expect_part(mail, "Para elegirla, abre este enlace:");
    expect_part(mail, "Elegir una contraseña nueva</a>");
    expect_status(call_get(world, NULL, link_in(world, mail)), 302);
}

static void what_the_server_does_not_take_now_is_sent_later(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Late");
    forget_mails(world);
    world_write_file(path_of(world, "answer"), "451 not now");
    expect_status(ask(world, person.email), 200);
    for (int i = 0;
         strcmp(world_sql(world, "SELECT attempt > 1 FROM jobs ORDER BY created_at DESC LIMIT 1", NULL),
                "t") != 0;
         i++) {
        assert_true(i < PATIENCE);
        usleep(50000);
    }
    unlink(path_of(world, "answer"));
    expect_part(await_mail(world), person.email);
    await_state(world, "done");
}

static void what_it_will_never_take_fails(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Never");
    world_write_file(path_of(world, "answer"), "550 no such mailbox");
    expect_status(ask(world, person.email), 200);
    await_state(world, "failed");
    unlink(path_of(world, "answer"));
    assert_string_equal(problem_of_newest(world), "The mail server refused the mail (550).");
    assert_string_equal(world_sql(world, "SELECT attempt FROM jobs ORDER BY created_at DESC LIMIT 1", NULL),
                        "1");
}

static void expect_failure(struct world *world, const char *configuration, const char *reason)
{
    struct person person = make_member(world, organization, "Trust");
    world_restart(world, configuration);
    forget_mails(world);
    expect_status(ask(world, person.email), 200);
    for (int i = 0; strstr(problem_of_newest(world), reason) == NULL; i++) {
        if (i == PATIENCE) {
            fail_msg("not \"%s\" but \"%s\"", reason, problem_of_newest(world));
        }
        usleep(50000);
    }
    world_sql(world,
              "UPDATE jobs SET state = 'cancelled', lease = NULL, holder = NULL WHERE state IN ('waiting', "
              "'running')",
              NULL);
    assert_false(has_file(world, "1.eml"));
}

static void neither_strangers_nor_wrong_passwords_get_a_mail(void **state)
{
    struct world *world = *state;
    expect_failure(world, smtp(world, "smtp", "muster:wrong@"), "did not take the mail");
    const char *trusted = world_print(world, "%s", getenv("SSL_CERT_FILE"));
    unsetenv("SSL_CERT_FILE");
    expect_failure(world, smtp(world, "smtp", ACCOUNT), "SSL peer certificate");
    setenv("SSL_CERT_FILE", trusted, 1);
    /* The password is in no log. */
    assert_null(strstr(world_log(world), "p%40ss"));
    world_restart(world, smtp(world, "smtp", ACCOUNT));
}

/* What anybody may write into a row becomes no header and no markup. */
static void nothing_is_smuggled_into_a_mail(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Mallory");
    world_sql(world, "ALTER TABLE users DROP CONSTRAINT users_email_form", NULL);
    world_sql(world,
              "UPDATE users SET email = E'm@example.test\\r\\nBcc: victim@example.test' WHERE id = $1::uuid",
              person.user_id, NULL);
    forget_mails(world);
    world_sql(world,
              "INSERT INTO jobs (kind, pool, attempts, lease_time, payload) VALUES ('send_mail', 'quick', 1, "
              "'1 minute', "
              "jsonb_build_object('user_id', $1::text, 'redirect_url', 'https://a.example.test'))",
              person.user_id, NULL);
    world_sql(world, "SELECT pg_notify('muster_jobs', '')", NULL);
    await_state(world, "failed");
    assert_false(has_file(world, "1.eml"));
}

static void templates_of_ones_own_take_the_place_of_ours(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Own");
    world_write_file(path_of(world, "password_reset.en.txt"),
                     "Subject: Ours\n\nGo: {{link}} in {{hours}}\n.\n{{other}}\n");
    world_write_file(path_of(world, "password_reset.en.html"), "<p>{{link}}</p>\n");
    world_restart(world, world_print(world, "%smail_templates = %s\nreset_lifetime = 90 min\n",
                                     smtp(world, "smtp", ACCOUNT), folder));
    forget_mails(world);
    expect_status(ask(world, person.email), 200);
    const char *mail = await_mail(world);
    expect_part(mail, "\r\nSubject: Ours\r\n");
    expect_part(mail, " in 2\r\n.\r\n{{other}}\r\n");
    expect_part(mail, "<p>http://");
    world_restart(world, smtp(world, "smtp", ACCOUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reset_is_mailed_with_a_link_that_works),
        cmocka_unit_test(no_link_and_no_address_waits_in_the_queue),
        cmocka_unit_test(known_and_unknown_addresses_leave_the_same),
        cmocka_unit_test(it_is_in_the_language_of_its_reader),
        cmocka_unit_test(what_the_server_does_not_take_now_is_sent_later),
        cmocka_unit_test(what_it_will_never_take_fails),
        cmocka_unit_test(neither_strangers_nor_wrong_passwords_get_a_mail),
        cmocka_unit_test(nothing_is_smuggled_into_a_mail),
        cmocka_unit_test(templates_of_ones_own_take_the_place_of_ours),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

/* The configuration: every notation, every fault with its place, the order of precedence, and that the
 * committed documents are what the table of options says. */
#include <unistd.h>

#include "config/fixture.h"

static char file_name[] = "/tmp/muster-config-test-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int descriptor = mkstemp(file_name);
    return descriptor < 0 ? -1 : close(descriptor);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(file_name);
}

static void write_file(const char *data, size_t length)
{
    FILE *stream = fopen(file_name, "we");
    assert_non_null(stream);
    assert_int_equal(fwrite(data, 1, length, stream), length);
    assert_int_equal(fclose(stream), 0);
}

static void assert_fault(const char *text, const char *expected)
{
    fault[0] = '\0';
    struct configuration *configuration = configuration_parse(text_of(text), "a.conf", fault, sizeof fault);
    assert_null(configuration);
    assert_string_equal(fault, expected);
}

static void defaults(void **state)
{
    (void)state;
    struct configuration *configuration = configuration_load(NULL, fault, sizeof fault);
    assert_non_null(configuration);
    assert_null(configuration->file);
    assert_string_equal(configuration->socket, "/run/muster/muster.sock");
    assert_string_equal(configuration->user, "");
    assert_int_equal(configuration->workers, 8);
    assert_true(configuration->peer_timeout == 1500000);
    assert_true(configuration->session_lifetime == 14 * 86400 * SECOND);
    assert_true(configuration->large_body_maximum == 8 * 1024 * 1024);
    assert_false(configuration->token_rotation);
    assert_string_equal(configuration->auth_sign_up_answer, "array");
    assert_null(configuration->allowed_origins[0]);
    configuration_free(configuration);
    configuration_free(NULL);
}

static void notations(void **state)
{
    (void)state;
    struct configuration *configuration =
        parse("# a comment\n"
              "\n"
              "  # another\r\n"
              "workers=12\r\n"
              "\t body_maximum \t=\t 64 KiB \n"
              "large_body_maximum = 2MiB\n"
              "request_memory = 1048577\n"
              "drain_time = 0 ms\n"
              "session_lifetime = 2 d\n"
              "reset_lifetime = 3h\n"
              "lock_timeout = 2 min\n"
              "token_rotation = on\n"
              "auth.sign_up_answer = object\n"
              "user =\n"
              "mail_from = Zoë = \"x\" # <a@b>\n"
              "reset_redirect_urls =   https://a.example/x   app+x.y://open  \n"
              "log_level = debug");
    assert_int_equal(configuration->workers, 12);
    assert_int_equal(configuration->body_maximum, 65536);
    assert_int_equal(configuration->large_body_maximum, 2 * 1024 * 1024);
    assert_int_equal(configuration->request_memory, 1048577);
    assert_int_equal(configuration->drain_time, 0);
    assert_true(configuration->session_lifetime == 2 * 86400 * SECOND);
    assert_true(configuration->reset_lifetime == 3 * 3600 * SECOND);
    assert_true(configuration->lock_timeout == 120 * SECOND);
    assert_true(configuration->token_rotation);
    assert_string_equal(configuration->auth_sign_up_answer, "object");
    assert_string_equal(configuration->user, "");
    assert_string_equal(configuration->mail_from, "Zoë = \"x\" # <a@b>");
    assert_string_equal(configuration->reset_redirect_urls[0], "https://a.example/x");
    assert_string_equal(configuration->reset_redirect_urls[1], "app+x.y://open");
    assert_null(configuration->reset_redirect_urls[2]);
    assert_string_equal(configuration->log_level, "debug");
    assert_string_equal(configuration->file, "a.conf");
    configuration_free(configuration);
}

static void both_ends_of_a_range(void **state)
{
    (void)state;
    struct configuration *configuration = parse("workers = 1\nslow_workers = 64\npeer_timeout = 60 s\n"
                                                "connect_timeout = 1000 ms\nbody_maximum = 1024 B\n"
                                                "request_memory = 1024 MiB\n");
    assert_int_equal(configuration->workers, 1);
    assert_int_equal(configuration->slow_workers, 64);
    assert_true(configuration->request_memory == INT64_C(1) << 30);
    configuration_free(configuration);
    assert_fault("workers = 0", "a.conf:1: workers: 0 is not between 1 and 256");
    assert_fault("workers = 257", "a.conf:1: workers: 257 is not between 1 and 256");
    assert_fault("workers = -1", "a.conf:1: workers: -1 is not between 1 and 256");
    assert_fault("body_maximum = 1023", "a.conf:1: body_maximum: 1023 is not between 1 KiB and 64 MiB");
    assert_fault("body_maximum = 65 MiB", "a.conf:1: body_maximum: 65 MiB is not between 1 KiB and 64 MiB");
    assert_fault("peer_timeout = 61 s", "a.conf:1: peer_timeout: 61 s is not between 100 ms and 60 s");
    assert_fault("peer_timeout = 0 s", "a.conf:1: peer_timeout: 0 s is not between 100 ms and 60 s");
}

static void values_that_cannot_be_read(void **state)
{
    (void)state;
    static const char *const numbers[] = {"",    "8 workers", "08",  "+8",
                                          "8.0", "0x8",       "1e2", "99999999999999999999"};
    static const char *const sizes[] = {
        "", "KiB", "1 KB", "1 kib", "1.5 MiB", "-1 KiB", "1 KiB x", "9007199254740993 GiB", "01 MiB", "1 s"};
    static const char *const durations[] = {"",
                                            "5",
                                            "0",
                                            "5 S",
                                            "5 sec",
                                            "1.5 s",
                                            "-5 s",
                                            "5 s s",
                                            "1 KiB",
                                            "106751992 d",
                                            "99999999999999999999 s",
                                            "05 s"};
    char text[128];
    char expected[256];
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        snprintf(text, sizeof text, "workers = %s", numbers[i]);
        snprintf(expected, sizeof expected, "a.conf:1: workers: \"%s\" is not a whole number such as 8",
                 numbers[i]);
        assert_fault(text, expected);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        snprintf(text, sizeof text, "body_maximum = %s", sizes[i]);
        snprintf(expected, sizeof expected,
                 "a.conf:1: body_maximum: \"%s\" is not a size such as 64 KiB or 1 MiB", sizes[i]);
        assert_fault(text, expected);
    }
    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
        snprintf(text, sizeof text, "drain_time = %s", durations[i]);
        snprintf(expected, sizeof expected,
                 "a.conf:1: drain_time: \"%s\" is not a duration such as 1500 ms, 5 s, 6 h or 14 d",
                 durations[i]);
        assert_fault(text, expected);
    }
}

static void words_that_do_not_fit(void **state)
{
    (void)state;
    assert_fault("token_rotation = yes", "a.conf:1: token_rotation: \"yes\" is neither on nor off");
    assert_fault("token_rotation = On", "a.conf:1: token_rotation: \"On\" is neither on nor off");
    assert_fault("token_rotation =", "a.conf:1: token_rotation: \"\" is neither on nor off");
    assert_fault("log_level = warn", "a.conf:1: log_level: \"warn\" is none of: error warning info debug");
    assert_fault("log_level = error warning",
                 "a.conf:1: log_level: \"error warning\" is none of: error warning info debug");
    assert_fault("log_level =", "a.conf:1: log_level: \"\" is none of: error warning info debug");
    assert_fault("mail_spool = mails", "a.conf:1: mail_spool: \"mails\" is not an absolute path");
    assert_fault("mail_spool =", "a.conf:1: mail_spool: the value must not be empty");
    assert_fault("database_url =", "a.conf:1: database_url: the value must not be empty");
}

static void addresses_that_do_not_fit(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "example.com", "//example.com",  "://x", "https:/x",        "https://",
        "1http://x",   "HTTPS://x",      "*",    "java script://x", "mailto:a@b",
        "https",       "ht_tps://x.com", ":",    "http://a b"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[128];
        char expected[256];
        snprintf(text, sizeof text, "public_url = %s", bad[i]);
        snprintf(expected, sizeof expected,
                 "a.conf:1: public_url: \"%s\" is not an address such as https://app.example.com", bad[i]);
        assert_fault(text, expected);
    }
    assert_fault(
        "allowed_origins = https://a.example b.example",
        "a.conf:1: allowed_origins: \"b.example\" is not an address such as https://app.example.com");
}

static void lines_that_are_none(void **state)
{
    (void)state;
    assert_fault("workers", "a.conf:1: this is not of the form \"name = value\"");
    assert_fault("\n= 5", "a.conf:2: this is not of the form \"name = value\"");
    assert_fault("[section]", "a.conf:1: this is not of the form \"name = value\"");
    assert_fault("wor kers = 5", "a.conf:1: this is not of the form \"name = value\"");
    assert_fault("w\x1B[0m = 5", "a.conf:1: this is not of the form \"name = value\"");
    assert_fault("\xEF\xBB\xBFworkers = 5", "a.conf:1: this is not of the form \"name = value\"");
    assert_fault("#\n#\nwokers = 5\n", "a.conf:3: wokers: there is no such option");
    assert_fault("Workers = 5", "a.conf:1: Workers: there is no such option");
    assert_fault("MUSTER_WORKERS = 5", "a.conf:1: MUSTER_WORKERS: there is no such option");
    assert_fault("Processes = 5", "a.conf:1: Processes: there is no such option");
    assert_fault("worker = 5", "a.conf:1: worker: there is no such option");
    assert_fault("workerss = 5", "a.conf:1: workerss: there is no such option");
    assert_fault("workers: 5", "a.conf:1: this is not of the form \"name = value\"");
}

static void names_given_twice(void **state)
{
    (void)state;
    assert_fault("workers = 5\n#\nworkers = 5\n", "a.conf:3: workers: given twice, first in line 1");
    assert_fault("auth.sign_up_answer = array\nauth_sign_up_answer = array\n",
                 "a.conf:2: auth_sign_up_answer: given twice, first in line 1");
}

static void characters_that_no_value_may_have(void **state)
{
    (void)state;
    static const char *const bad[] = {"a\tb",     "a\rb",  "a\x1B[31m",   "a\x7F",
                                      "\xC0\xAF", "a\xFF", "\xED\xA0\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "user = %s!", bad[i]);
        assert_fault(text, "a.conf:1: user: the value has a control character or is not UTF-8");
    }
    assert_null(configuration_parse(TEXT("user = a\0b"), "a.conf", fault, sizeof fault));
    assert_string_equal(fault, "a.conf:1: user: the value has a control character or is not UTF-8");
    assert_null(configuration_parse(TEXT("us\0er = a"), "a.conf", fault, sizeof fault));
    assert_string_equal(fault, "a.conf:1: this is not of the form \"name = value\"");
}

static void long_values_are_cut_in_faults(void **state)
{
    (void)state;
    char text[400] = "log_level = ";
    for (size_t i = 0; i < 100; i++) {
        memcpy(text + 12 + 3 * i, "€", 3);
    }
    assert_null(configuration_parse((struct text){text, 312}, "a.conf", fault, sizeof fault));
    assert_true(text_is_utf8(text_of(fault)));
    assert_non_null(strstr(fault, "€...\" is none of: error"));
    char small[10];
    assert_null(configuration_parse(TEXT("workers = 0"), "a.conf", small, sizeof small));
    assert_string_equal(small, "a.conf:1:");
}

static void files(void **state)
{
    (void)state;
    write_file("workers = 3\n", 12);
    struct configuration *configuration = configuration_load(file_name, fault, sizeof fault);
    assert_non_null(configuration);
    assert_int_equal(configuration->workers, 3);
    assert_string_equal(configuration->file, file_name);
    configuration_free(configuration);
    write_file("", 0);
    configuration = configuration_load(file_name, fault, sizeof fault);
    assert_non_null(configuration);
    assert_int_equal(configuration->workers, 8);
    configuration_free(configuration);
    write_file("\n\nworkers = x", 13);
    assert_null(configuration_load(file_name, fault, sizeof fault));
    char expected[256];
    snprintf(expected, sizeof expected, "%s:3: workers: \"x\" is not a whole number such as 8", file_name);
    assert_string_equal(fault, expected);
}

static void files_that_cannot_be_read(void **state)
{
    (void)state;
    assert_null(configuration_load("/nonexistent/muster.conf", fault, sizeof fault));
    assert_string_equal(fault, "/nonexistent/muster.conf: No such file or directory");
    assert_null(configuration_load("/", fault, sizeof fault));
    assert_string_equal(fault, "/: Is a directory");
    size_t size = (size_t)256 * 1024;
    char *large = calloc(1, size + 1);
    assert_non_null(large);
    memset(large, '#', size + 1);
    write_file(large, size);
    struct configuration *configuration = configuration_load(file_name, fault, sizeof fault);
    assert_non_null(configuration);
    configuration_free(configuration);
    write_file(large, size + 1);
    assert_null(configuration_load(file_name, fault, sizeof fault));
    assert_non_null(strstr(fault, ": larger than 262144 bytes"));
    free(large);
}

static void the_environment_comes_before_the_file(void **state)
{
    (void)state;
    write_file("workers = 3\nslow_workers = 4\n", 29);
    setenv("MUSTER_WORKERS", " 7 ", 1);
    setenv("MUSTER_AUTH_SIGN_UP_ANSWER", "object", 1);
    setenv("MUSTER_USER", "", 1);
    setenv("MUSTER_URL", "http://127.0.0.1:1", 1);
    setenv("MUSTER_BIN", "/x", 1);
    setenv("MUSTER_CONF", "/y", 1);
    struct configuration *configuration = configuration_load(file_name, fault, sizeof fault);
    assert_non_null(configuration);
    assert_int_equal(configuration->workers, 7);
    assert_int_equal(configuration->slow_workers, 4);
    assert_string_equal(configuration->auth_sign_up_answer, "object");
    configuration_free(configuration);
    configuration = configuration_parse(TEXT("workers = 3"), "a.conf", fault, sizeof fault);
    assert_non_null(configuration);
    assert_int_equal(configuration->workers, 3);
    configuration_free(configuration);
}

static void assert_environment_fault(const char *name, const char *value, const char *expected)
{
    setenv(name, value, 1);
    assert_null(configuration_load(NULL, fault, sizeof fault));
    assert_string_equal(fault, expected);
    unsetenv(name);
}

static void faults_of_the_environment(void **state)
{
    (void)state;
    assert_environment_fault("MUSTER_WORKERS", "0",
                             "environment: MUSTER_WORKERS: 0 is not between 1 and 256");
    assert_environment_fault("MUSTER_WORKERS", "",
                             "environment: MUSTER_WORKERS: \"\" is not a whole number such as 8");
    assert_environment_fault("MUSTER_USER", "a\nb",
                             "environment: MUSTER_USER: the value has a control character or is not UTF-8");
    assert_null(strstr(fault, "\x1B"));
}

static void other_variables_are_no_fault(void **state)
{
    (void)state;
    setenv("MUSTER_SERVICE_HOST", "10.0.0.1", 1);
    struct configuration *configuration = configuration_load(NULL, fault, sizeof fault);
    assert_non_null(configuration);
    configuration_free(configuration);
    unsetenv("MUSTER_SERVICE_HOST");
}

static void the_default_file(void **state)
{
    (void)state;
    setenv("MUSTER_CONF", "/x/y.conf", 1);
    assert_string_equal(configuration_default_file(), "/x/y.conf");
    setenv("MUSTER_CONF", "", 1);
    const char *file = configuration_default_file();
    assert_true(file == NULL || access(file, F_OK) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(defaults),
        TEST(notations),
        TEST(both_ends_of_a_range),
        TEST(values_that_cannot_be_read),
        TEST(words_that_do_not_fit),
        TEST(addresses_that_do_not_fit),
        TEST(lines_that_are_none),
        TEST(names_given_twice),
        TEST(characters_that_no_value_may_have),
        TEST(long_values_are_cut_in_faults),
        TEST(files),
        TEST(files_that_cannot_be_read),
        TEST(the_environment_comes_before_the_file),
        TEST(faults_of_the_environment),
        TEST(other_variables_are_no_fault),
        TEST(the_default_file),
    };
    return cmocka_run_group_tests_name("config", tests, make_file, remove_file);
}

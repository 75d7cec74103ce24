/* What somebody learns who guesses: no more of a name that somebody has than of one that nobody has, in text
 * and in time. The times are judged by Welch's t in the long form alone; the short form counts the hashes
 * that are computed. */
#include <crypt.h>
#include <dlfcn.h>

#include "access/password.h"
#include "base/clock.h"
#include "base/random.h"
#include "support/expect.h"
#include "support/figure.h"
#include "support/people.h"

#define WRONG    "not-the-password-7"
#define LIMIT    10
#define SAMPLES  10000
#define CRITICAL 4.5

static struct person person;

static int setup(void **state)
{
    *state = world_start(NULL);
    person = make_member(*state, make_organization(*state, "Guessing"), "Gus");
    return 0;
}

static struct answer *guess(struct world *world, const char *name)
{
    return call_post(world, NULL, "/api/v1/auth/sign_in",
                     world_print(world, "{\"username\": \"%s\", \"password\": \"" WRONG "\"}", name));
}

static struct answer *ask_for_reset(struct world *world, const char *address)
{
    return call_post(
        world, NULL, "/api/v1/auth/password",
        world_print(world, "{\"email\": \"%s\", \"redirect_url\": \"" WORLD_RESET_URL "\"}", address));
}

/* --- The same work -----------------------------------------------------------------------------------------
 */

static size_t hashes;
static char settings[2][CRYPT_GENSALT_OUTPUT_SIZE];

/* Stands before the library's function for the code that this program links. */
char *crypt_r(const char *phrase, const char *setting, struct crypt_data *data)
{
    char *(*real)(const char *, const char *, struct crypt_data *);
    void *found = dlsym(RTLD_NEXT, "crypt_r");
    assert_non_null(found);
    memcpy(&real, &found, sizeof(real));
    snprintf(settings[hashes++ % 2], CRYPT_GENSALT_OUTPUT_SIZE, "%.7s", setting);
    return real(phrase, setting, data);
}

static void a_name_that_nobody_has_costs_the_same_hash(void **state)
{
    struct world *world = *state;
    struct context context;
    context_start(&context, world_arena(world), NULL, NULL);
    const char *hash =
        world_sql(world, "SELECT password_hash FROM users WHERE id = $1::uuid", person.user_id, NULL);
    hashes = 0;
    assert_false(password_matches(&context, TEXT(WRONG), text_of(hash)));
    assert_int_equal(hashes, 1);
    assert_false(password_matches(&context, TEXT(WRONG), NO_TEXT));
    assert_int_equal(hashes, 2);
    /* The same method at the same cost. */
    assert_string_equal(settings[0], settings[1]);
    assert_int_equal(strlen(settings[0]), 7);
}

/* --- The same text -----------------------------------------------------------------------------------------
 */

static void expect_alike(struct world *world, const struct answer *left, const struct answer *right)
{
    (void)world;
    assert_int_equal(left->status, right->status);
    assert_int_equal(left->header_count, right->header_count);
    assert_int_equal(left->body_length, right->body_length);
}

static void forget_failures(struct world *world)
{
    world_sql(world, "DELETE FROM sign_in_failures", NULL);
}

static void known_and_unknown_names_are_answered_alike_to_the_end(void **state)
{
    struct world *world = *state;
    const char *nobody = make_name(world, "nobody");
    for (int i = 0; i < LIMIT + 2; i++) {
        struct answer *known = guess(world, person.username);
        struct answer *unknown = guess(world, nobody);
        expect_status(known, i < LIMIT ? 401 : 429);
        expect_alike(world, known, unknown);
        if (i < LIMIT) {
            expect_text(unknown, "errors.0", text_at(known, "errors.0"));
        }
    }
    forget_failures(world);
    const char *stranger = world_print(world, "%s@example.test", nobody);
    struct answer *known = ask_for_reset(world, person.email);
    struct answer *unknown = ask_for_reset(world, stranger);
    expect_status(known, 200);
    expect_alike(world, known, unknown);
    assert_string_equal(known->body, unknown->body);
}

/* --- The same time -----------------------------------------------------------------------------------------
 */

struct sample {
    double count;
    double mean;
    double squares; /* of the differences from the mean */
};

static void add(struct sample *sample, double value)
{
    double difference = value - sample->mean;
    sample->count++;
    sample->mean += difference / sample->count;
    sample->squares += difference * (value - sample->mean);
}

/* Newton's method; the tests link no library of mathematics. */
static double root(double square)
{
    double guess = square > 1 ? square : 1;
    for (int i = 0; i < 200; i++) {
        guess = (guess + square / guess) / 2;
    }
    return guess;
}

static double welch(const struct sample *left, const struct sample *right)
{
    double error =
        left->squares / (left->count - 1) / left->count + right->squares / (right->count - 1) / right->count;
    double difference = left->mean - right->mean;
    return (difference < 0 ? -difference : difference) / root(error);
}

static double time_of(struct world *world, const char *name)
{
    int64_t started = clock_monotonic();
    expect_status(guess(world, name), 401);
    return (double)(clock_monotonic() - started);
}

/* In random order, so that what the machine does beside meets both. */
static void known_and_unknown_names_take_the_same_time(void **state)
{
    struct world *world = *state;
    const char *names[2] = {person.username, make_name(world, "nobody")};
    struct sample samples[2] = {{0}, {0}};
    size_t count = short_or_long(40, SAMPLES);
    for (size_t i = 0; i < count; i++) {
        unsigned char chance;
        random_bytes(&chance, 1);
        add(&samples[chance & 1], time_of(world, names[chance & 1]));
        if (i % 8 == 7) {
            forget_failures(world);
        }
    }
    double t = welch(&samples[0], &samples[1]);
    figure("Welch's t = %.2f over %zu sign-ins; known %.0f us, unknown %.0f us", t, count, samples[0].mean,
           samples[1].mean);
    assert_true(samples[0].count > 1 && samples[1].count > 1);
    assert_true(!is_long() || t < CRITICAL);
}

/* The measure finds a difference of a twentieth of the spread. */
static void a_difference_would_be_found(void **state)
{
    (void)state;
    struct sample same[2] = {{0}, {0}};
    struct sample other = {0};
    for (int i = 0; i < SAMPLES; i++) {
        double noise = (double)((i * 7919) % 1000);
        add(&same[0], noise);
        add(&same[1], (double)((i * 104729) % 1000));
        add(&other, noise + 30);
    }
    assert_true(welch(&same[0], &same[1]) < CRITICAL);
    assert_true(welch(&same[0], &other) > CRITICAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_nobody_has_costs_the_same_hash),
        cmocka_unit_test(known_and_unknown_names_are_answered_alike_to_the_end),
        cmocka_unit_test(known_and_unknown_names_take_the_same_time),
        cmocka_unit_test(a_difference_would_be_found),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}

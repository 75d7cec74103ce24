/* Whatever happens to a film's conversion, it is made once or fails with a reason, and nothing is left
 * behind. */
#include <signal.h>
#include <unistd.h>

#include "support/company.h"
#include "support/expect.h"
#include "support/figure.h"
#include "support/films.h"

#define LOOKS 3000

static struct company company;

static int setup(void **state)
{
    *state = world_start("job_retry_pause = 10 ms\n");
    company = make_company(*state);
    make_film(*state, "film.mp4", "1280x720", 6, true);
    return 0;
}

static struct answer *begin(struct world *world, const char *video)
{
    return convert_film(world, &company.employee, video, NULL, NULL);
}

static struct answer *await(struct world *world, struct answer *answer, const char *status)
{
    return await_film(world, &company.employee, text_at(answer, "data.id"), status);
}

/* Another ffmpeg than that one, and the process that has started it. */
static pid_t await_ffmpeg(struct world *world, pid_t former, pid_t *parent)
{
    for (int i = 0; i < LOOKS; i++) {
        pid_t process = film_process(world, parent);
        if (process > 0 && process != former) {
            return process;
        }
        usleep(10000);
    }
    fail_msg("no ffmpeg is started");
    return 0;
}

static void expect_nothing_left(struct world *world)
{
    pid_t parent;
    for (int i = 0; i < LOOKS && (work_folders(world) > 0 || film_process(world, &parent) > 0); i++) {
        usleep(10000);
    }
    assert_int_equal(work_folders(world), 0);
    assert_int_equal(film_process(world, &parent), 0);
}

static const char *problem_of(struct world *world, struct answer *answer)
{
    return world_sql(world,
                     "SELECT jobs.problem FROM jobs JOIN media_conversions ON job_id = jobs.id WHERE "
                     "media_conversions.id = $1::uuid",
                     text_at(answer, "data.id"), NULL);
}

/* Without the sweep at the next start the last folder would stay until somebody converts another film. */
static void a_job_whose_process_is_killed_each_time_fails_and_leaves_nothing(void **state)
{
    struct world *world = *state;
    struct answer *answer = begin(world, "film.mp4");
    pid_t process = 0;
    pid_t parent = 0;
    for (int attempt = 0; attempt < 3; attempt++) {
        process = await_ffmpeg(world, process, &parent);
        assert_true(work_folders(world) > 0);
        assert_int_equal(kill(parent, SIGKILL), 0);
    }
    await(world, answer, "error");
    assert_non_null(strstr(problem_of(world, answer), "killed"));
    expect_nothing_left(world);
}

static void a_program_that_is_killed_is_tried_again(void **state)
{
    struct world *world = *state;
    struct answer *answer = begin(world, "film.mp4");
    pid_t parent = 0;
    assert_int_equal(kill(await_ffmpeg(world, 0, &parent), SIGKILL), 0);
    answer = await(world, answer, "complete");
    assert_non_null(film_outcome(world, text_at(answer, "data.video_output_path")));
    expect_nothing_left(world);
}

/* Bytes that begin like films, and texts that make ffmpeg open something else. */
static void hostile_input_fails_with_a_reason(void **state)
{
    struct world *world = *state;
    static const char *const inputs[] = {
        "\x1a\x45\xdf\xa3 and nothing more",
        "....ftypisom....moov\xff\xff\xff\xff",
        "RIFF\xff\xff\xff\xff"
        "AVI LIST\xff\xff\xff\xff"
        "hdrl",
        "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        "ffconcat version 1.0\nfile /etc/passwd\n",
        "<?xml version=\"1.0\"?><MPD><BaseURL>http://127.0.0.1:1/</BaseURL></MPD>",
        "v=0\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    };
    for (size_t i = 0; i < COUNT(inputs); i++) {
        const char *key = world_print(world, "hostile%zu.mp4", i);
        place_file(world, key, inputs[i]);
        struct answer *answer = await(world, begin(world, key), "error");
        assert_string_not_equal(problem_of(world, answer), "");
    }
    expect_nothing_left(world);
    figure("%zu hostile films fail with a reason; of killed attempts nothing is left", COUNT(inputs));
}

/* Only in the long form: it takes as long as a lease, three times. */
static void a_program_that_hangs_is_ended(void **state)
{
    struct world *world = *state;
    struct answer *answer = begin(world, "film.mp4");
    pid_t parent = 0;
    pid_t process = await_ffmpeg(world, 0, &parent);
    assert_int_equal(kill(process, SIGSTOP), 0);
    for (int second = 0; second < 600 && kill(process, 0) == 0; second++) {
        sleep(1);
    }
    assert_int_equal(kill(process, 0), -1);
    await(world, answer, "complete");
    expect_nothing_left(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_whose_process_is_killed_each_time_fails_and_leaves_nothing),
        cmocka_unit_test(a_program_that_is_killed_is_tried_again),
        cmocka_unit_test(hostile_input_fails_with_a_reason),
    };
    const struct CMUnitTest long_tests[] = {
        cmocka_unit_test(a_program_that_hangs_is_ended),
    };
    int failed = cmocka_run_group_tests(tests, setup, world_teardown);
    return is_long() ? failed + cmocka_run_group_tests(long_tests, setup, world_teardown) : failed;
}

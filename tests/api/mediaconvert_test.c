/* Films by MediaConvert, as a server near by plays it: one job there for each conversion here, signed
 * requests over HTTPS, and what it says of its end. */
#include <unistd.h>

#include "support/company.h"
#include "support/expect.h"
#include "support/fakes.h"
#include "support/films.h"

static struct company company;
static struct arena *memory;
static struct fakes fakes;

static const char *usual_configuration(void)
{
    return arena_print(memory,
                       "transcoder = mediaconvert\nmediaconvert_endpoint = %s\n"
                       "mediaconvert_role = arn:aws:iam::111122223333:role/MediaConvert\n"
                       "aws_access_key_id = " FAKE_KEY_ID "\naws_secret_access_key = " FAKE_SECRET
                       "\njob_retry_pause = 200 ms\n",
                       fakes.address);
}

static int setup(void **state)
{
    fakes_world_start(state, &memory, &fakes, usual_configuration);
    company = make_company(*state);
    return 0;
}

static int teardown(void **state)
{
    return fakes_world_stop(state, memory, &fakes);
}

static void await_handing_over(struct world *world, const char *id)
{
    for (int tenth = 0; tenth < 600; tenth++) {
        if (world_sql(world, "SELECT external_id FROM media_conversions WHERE id = $1::uuid", id, NULL)[0] !=
            '\0') {
            return;
        }
        usleep(100000);
    }
    fail_msg("the conversion was not handed over");
}

static void a_film_is_handed_over_and_asked_for(void **state)
{
    struct world *world = *state;
    struct answer *answer = convert_film(world, &company.employee, "videos/a.mp4", "videos/a.srt", "es");
    const char *id = text_at(answer, "data.id");
    const char *folder = world_print(world, "s3://" WORLD_BUCKET "/streams/videos/a/%s/", id);

    expect_text(answer, "data.status", "submitted");
    expect_text(answer, "data.video_output_path", world_print(world, "%smaster.m3u8", folder));
    expect_text(answer, "data.thumbnail_output_path", world_print(world, "%sposter.0000000.jpg", folder));
    await_handing_over(world, id);
    answer = call_get(world, &company.employee.session, world_print(world, FILMS_PATH "/%s", id));
    expect_text(answer, "data.status", "progressing");
    answer = await_film(world, &company.employee, id, "complete");
    expect_text(answer, "data.video_output_path", world_print(world, "%smaster.m3u8", folder));
    expect_integer(answer, "data.progress", 100);

    const char *log = fakes_log(memory, &fakes);
    assert_non_null(strstr(log, "\"path\": \"/2017-08-29/jobs\", \"signed\": true"));
    assert_null(strstr(log, "\"signed\": false"));
    assert_non_null(strstr(log, world_print(world, "\\\"clientRequestToken\\\":\\\"%s\\\"", id)));
    assert_non_null(strstr(log, "\\\"fileInput\\\":\\\"s3://" WORLD_BUCKET "/videos/a.mp4\\\""));
    assert_non_null(strstr(log, "\\\"sourceFile\\\":\\\"s3://" WORLD_BUCKET "/videos/a.srt\\\""));
    assert_non_null(strstr(log, "\\\"customLanguageCode\\\":\\\"es\\\""));
    assert_non_null(strstr(log, world_print(world, "\\\"destination\\\":\\\"%smaster\\\"", folder)));
    assert_non_null(strstr(log, "role/MediaConvert"));
    size_t asked = fakes_count(memory, &fakes, "\"method\": \"GET\"");
    (void)await_film(world, &company.employee, id, "complete");
    assert_int_equal(fakes_count(memory, &fakes, "\"method\": \"GET\""), asked);
}

static void what_mediaconvert_cannot_do_is_told(void **state)
{
    struct world *world = *state;
    struct answer *answer = convert_film(world, &company.employee, "fails.mp4", NULL, NULL);

    answer = await_film(world, &company.employee, text_at(answer, "data.id"), "error");
    expect_text(answer, "data.error", "The input is unreadable.");
    expect_null(answer, "data.video_output_path");
}

static void an_answer_that_was_lost_makes_no_second_job(void **state)
{
    struct world *world = *state;
    struct answer *answer = convert_film(world, &company.employee, "once.mp4", NULL, NULL);
    const char *id = text_at(answer, "data.id");

    await_handing_over(world, id);
    const char *external =
        world_sql(world, "SELECT external_id FROM media_conversions WHERE id = $1::uuid", id, NULL);
    /* As after a death between the answer and its being written down. */
    world_sql(world, "UPDATE media_conversions SET external_id = NULL WHERE id = $1::uuid", id, NULL);
    world_sql(world,
              "INSERT INTO jobs (kind, pool, payload, attempts, lease_time) SELECT 'transcode', 'long', "
              "jsonb_build_object('conversion', $1::text), 3, interval '1 minute'",
              id, NULL);
    world_restart(world, arena_print(memory,
                                     "transcoder = mediaconvert\nmediaconvert_endpoint = %s\n"
                                     "aws_access_key_id = " FAKE_KEY_ID
                                     "\naws_secret_access_key = " FAKE_SECRET "\n",
                                     fakes.address));
    await_handing_over(world, id);
    assert_string_equal(
        world_sql(world, "SELECT external_id FROM media_conversions WHERE id = $1::uuid", id, NULL),
        external);
    assert_int_equal(fakes_count(memory, &fakes, id), 6);
}

static void a_service_that_is_away_is_asked_again(void **state)
{
    struct world *world = *state;

    fakes_break(memory, &fakes, true);
    struct answer *answer = convert_film(world, &company.employee, "later.mp4", NULL, NULL);
    usleep(100000);
    fakes_break(memory, &fakes, false);
    await_handing_over(world, text_at(answer, "data.id"));
    fakes_break(memory, &fakes, true);
    answer = call_get(world, &company.employee.session,
                      world_print(world, FILMS_PATH "/%s", text_at(answer, "data.id")));
    expect_text(answer, "data.status", "progressing");
    fakes_break(memory, &fakes, false);
    (void)await_film(world, &company.employee, text_at(answer, "data.id"), "complete");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_film_is_handed_over_and_asked_for),
        cmocka_unit_test(what_mediaconvert_cannot_do_is_told),
        cmocka_unit_test(an_answer_that_was_lost_makes_no_second_job),
        cmocka_unit_test(a_service_that_is_away_is_asked_again),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

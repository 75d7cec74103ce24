/* Films become streams with captions and a poster, all at once or not at all, whatever is sent and whoever is
 * killed. */
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/company.h"
#include "support/expect.h"
#include "support/films.h"
#include "support/process.h"

#define SRT                                                                                         \
    "1\n00:00:00,500 --> 00:00:02,000\nHola & <b>adi\xC3\xB3s</b> <script>\n\n2\n00:00:02,500 --> " \
    "00:00:03,500\nFin\n"

static struct company company;

static int setup(void **state)
{
    *state = world_start("job_retry_pause = 10 ms\n");
    company = make_company(*state);
    return 0;
}

static struct answer *convert(struct world *world, const char *video, const char *captions,
                              const char *language)
{
    return convert_film(world, &company.employee, video, captions, language);
}

static struct answer *await(struct world *world, struct answer *answer, const char *status)
{
    return await_film(world, &company.employee, text_at(answer, "data.id"), status);
}

static size_t occurrences(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

/* The file beside an outcome. */
static const char *beside(struct world *world, const char *path, const char *name)
{
    return film_outcome(world, world_print(world, "%.*s/%s", (int)(strrchr(path, '/') - path), path, name));
}

/* --- What comes of a film ------------------------------------------------------------------------------ */

static void a_film_becomes_a_stream_with_captions_and_a_poster(void **state)
{
    struct world *world = *state;
    make_film(world, "videos/congrats/05 Congrats.mp4", "1282x722", 7, true);
    place_file(world, "videos/congrats/09.srt", SRT);
    struct answer *answer = convert(world, "videos/congrats/05 Congrats.mp4", "videos/congrats/09.srt", "es");
    const char *id = text_at(answer, "data.id");
    const char *master =
        world_print(world, "s3://" WORLD_BUCKET "/streams/videos/congrats/05 Congrats/%s/master.m3u8", id);

    expect_text(answer, "data.status", "submitted");
    expect_text(answer, "data.video_output_path", master);
    expect_null(answer, "data.error");
    expect_absent(answer, "data.progress");
    answer = await(world, answer, "complete");
    expect_text(answer, "data.video_output_path", master);
    expect_integer(answer, "data.progress", 100);
    expect_null(answer, "data.error");

    const char *playlist = film_outcome(world, master);
    assert_non_null(playlist);
    assert_int_equal(occurrences(playlist, "#EXT-X-STREAM-INF:"), 2);
    assert_non_null(strstr(playlist, "RESOLUTION=640x360,CODECS=\"avc1.4d40"));
    assert_non_null(strstr(playlist, "RESOLUTION=1278x720,"));
    assert_int_equal(occurrences(playlist, ",mp4a.40.2\",SUBTITLES=\"captions\"\n"), 2);
    assert_non_null(
        strstr(playlist,
               "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"captions\",NAME=\"Espa\xC3\xB1ol\",LANGUAGE=\"es\","));
    assert_string_equal(
        film_outcome(world, text_at(answer, "data.caption_output_path")),
        "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n00:00:00.500 --> 00:00:02.000\n"
        "Hola &amp; <b>adi\xC3\xB3s</b> &lt;script&gt;\n\n00:00:02.500 --> 00:00:03.500\nFin\n");
    assert_non_null(strstr(beside(world, master, "captions.m3u8"), "#EXTINF:7.0"));
    assert_memory_equal(film_outcome(world, text_at(answer, "data.thumbnail_output_path")), "\xFF\xD8\xFF",
                        3);
    assert_int_equal(work_folders(world), 0);
}

/* Where a browser is missing, or npm cannot get the player, there is nothing to see. */
static void a_browser_plays_it_with_captions(void **state)
{
    struct world *world = *state;
    make_film(world, "played.mp4", "1282x722", 7, true);
    place_file(world, "played.srt", SRT);
    struct answer *answer = await(world, convert(world, "played.mp4", "played.srt", "es"), "complete");
    const char *path = text_at(answer, "data.video_output_path") + strlen("s3://" WORLD_BUCKET "/");
    const char *folder = film_path(world, world_print(world, "%.*s", (int)(strrchr(path, '/') - path), path));
    const char *out = world_print(world, "%s/film.out", world_folder(world));
    const char *const arguments[] = {"env", world_print(world, "MUSTER_FILM=%s", folder),
                                     SOURCE_FOLDER "/tests/browser/film_test", NULL};
    int status = process_wait(process_start(arguments, NULL, out, out));

    if (status == EXIT_SKIP) {
        print_message("skipped: %s", world_read_file(world, out));
        skip();
    }
    if (status != 0) {
        fputs(world_read_file(world, out), stderr);
        fail_msg("the browser's test ended with status %d", status);
    }
}

/* What a player changes between begins with a key frame at the same time in each size. */
static void segments_of_all_sizes_begin_together(void **state)
{
    struct world *world = *state;
    make_film(world, "turned.mp4", "724x1290", 9, false);
    struct answer *answer = await(world, convert(world, "turned.mp4", NULL, NULL), "complete");
    const char *path = text_at(answer, "data.video_output_path");
    const char *small = beside(world, path, "360p.m3u8");
    const char *large = beside(world, path, "720p.m3u8");

    assert_int_equal(occurrences(small, "#EXTINF:6.000000,"), 1);
    assert_int_equal(occurrences(small, "#EXTINF:"), 2);
    for (const char *at = strstr(small, "#EXTINF:"); at != NULL; at = strstr(at + 1, "#EXTINF:")) {
        assert_non_null(strstr(large, world_print(world, "%.*s\n", (int)strcspn(at, "\n"), at)));
    }
    const char *master = film_outcome(world, path);
    assert_non_null(strstr(master, "RESOLUTION=360x"));
    assert_non_null(strstr(master, "RESOLUTION=720x"));
    assert_null(strstr(master, "mp4a"));
    assert_null(strstr(master, "SUBTITLES"));
    expect_null(answer, "data.caption_output_path");
}

static void no_size_is_above_the_source(void **state)
{
    struct world *world = *state;
    make_film(world, "small.webm", "161x121", 1, false);
    struct answer *answer = await(world, convert(world, "small.webm", NULL, NULL), "complete");
    const char *master = film_outcome(world, text_at(answer, "data.video_output_path"));

    assert_int_equal(occurrences(master, "#EXT-X-STREAM-INF:"), 1);
    assert_non_null(strstr(master, "x120,"));
}

/* --- What is refused ----------------------------------------------------------------------------------- */

static void paths_that_lead_elsewhere_are_refused(void **state)
{
    static const char *const paths[] = {"s3://films/../secret.mp4",
                                        "s3://films/videos/../../secret.mp4",
                                        "s3://films/..",
                                        "s3://films/a/./b.mp4",
                                        "s3://films//b.mp4",
                                        "s3://films/b/",
                                        "s3://films/",
                                        "s3://films",
                                        "s3://other/video.mp4",
                                        "s3://Films/video.mp4",
                                        "s3:///video.mp4",
                                        "s3://../video.mp4",
                                        "s3://.work/video.mp4",
                                        "https://films/video.mp4",
                                        "/etc/passwd",
                                        "file:///etc/passwd",
                                        "s3://films/a\\\\b.mp4",
                                        "s3://films/a\\nb.mp4",
                                        "S3://films/a.mp4",
                                        "concat:s3://films/a.mp4",
                                        ""};
    struct world *world = *state;

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        expect_error(call_post(world, &company.employee.session, FILMS_PATH,
                               world_print(world, "{\"video_source_path\": \"%s\"}", paths[i])),
                     422, "video_source_path");
        expect_error(
            call_post(world, &company.employee.session, FILMS_PATH,
                      world_print(world,
                                  "{\"video_source_path\": \"s3://films/a.mp4\", \"caption_source_path\": "
                                  "\"%s\", \"language_code\": \"es\"}",
                                  paths[i])),
            422, "caption_source_path");
    }
    assert_string_equal(
        world_sql(world,
                  "SELECT count(*) FROM media_conversions WHERE video_source_path = 's3://films/a.mp4'",
                  NULL),
        "0");
}

static void all_faults_are_told_at_once(void **state)
{
    struct world *world = *state;
    const struct session *session = &company.employee.session;
    struct answer *answer =
        call_post(world, session, FILMS_PATH,
                  "{\"caption_source_path\": \"s3://other/a.srt\", \"language_code\": \"english\"}");

    expect_length(answer, "errors", 3);
    expect_error(answer, 422, "language_code must be two letters.");
    expect_error(call_post(world, session, FILMS_PATH,
                           "{\"video_source_path\": \"s3://films/a.mp4\", \"language_code\": \"e1\"}"),
                 422, "two letters");
    expect_error(call_post(world, session, FILMS_PATH,
                           "{\"video_source_path\": \"s3://films/a.mp4\", \"caption_source_path\": "
                           "\"s3://films/a.srt\"}"),
                 422, "language_code is needed");
    expect_status(call_post(world, session, FILMS_PATH, "{\"video_source_path\": 1}"), 400);
    expect_status(call_post(world, session, FILMS_PATH, "{}"), 422);
}

static void only_employees_may(void **state)
{
    struct world *world = *state;
    const char *body = "{\"video_source_path\": \"s3://films/a.mp4\"}";

    expect_status(call_post(world, NULL, FILMS_PATH, body), 401);
    expect_status(call_post(world, &company.admin.session, FILMS_PATH, body), 403);
    expect_status(call_get(world, &company.admin.session, FILMS_PATH "/" NOBODY), 403);
    expect_status(call_get(world, &company.employee.session, FILMS_PATH "/" NOBODY), 404);
}

/* --- What fails ---------------------------------------------------------------------------------------- */

static void expect_failed(struct world *world, struct answer *answer, const char *reason)
{
    answer = await(world, answer, "error");
    if (strstr(text_at(answer, "data.error"), reason) == NULL) {
        fail_msg("\"%s\" does not tell \"%s\"", text_at(answer, "data.error"), reason);
    }
    expect_null(answer, "data.video_output_path");
    expect_null(answer, "data.thumbnail_output_path");
    expect_null(answer, "data.caption_output_path");
    assert_int_equal(work_folders(world), 0);
}

static void a_source_that_is_not_there_is_told(void **state)
{
    struct world *world = *state;

    expect_failed(world, convert(world, "none.mp4", NULL, NULL), "The video cannot be found.");
    place_file(world, "folder.mp4/file", "");
    expect_failed(world, convert(world, "folder.mp4", NULL, NULL), "The video cannot be found.");
    make_film(world, "alone.mp4", "160x120", 1, false);
    expect_failed(world, convert(world, "alone.mp4", "none.srt", "en"),
                  "The file of captions cannot be found.");
}

static void a_link_out_of_the_bucket_is_not_followed(void **state)
{
    struct world *world = *state;
    const char *outside = world_print(world, "%s/outside.mp4", world_folder(world));

    make_film(world, "inside.mp4", "160x120", 1, false);
    assert_int_equal(rename(film_path(world, "inside.mp4"), outside), 0);
    assert_int_equal(symlink(outside, film_path(world, "link.mp4")), 0);
    assert_int_equal(symlink(world_folder(world), film_path(world, "up")), 0);
    expect_failed(world, convert(world, "link.mp4", NULL, NULL), "The video cannot be found.");
    expect_failed(world, convert(world, "up/outside.mp4", NULL, NULL), "The video cannot be found.");
}

static void a_file_that_only_names_others_is_no_film(void **state)
{
    struct world *world = *state;

    make_film(world, "victim.mp4", "160x120", 1, false);
    const char *victim = film_path(world, "victim.mp4");
    place_file(world, "list.mp4",
               world_print(world, "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:%s\n#EXT-X-ENDLIST\n",
                           victim));
    place_file(world, "concat.mp4", world_print(world, "ffconcat version 1.0\nfile 'file:%s'\n", victim));
    place_file(world, "text.mp4", "This is no film.\n");
    expect_failed(world, convert(world, "list.mp4", NULL, NULL), "The video cannot be read.");
    expect_failed(world, convert(world, "concat.mp4", NULL, NULL), "The video cannot be read.");
    expect_failed(world, convert(world, "text.mp4", NULL, NULL), "The video cannot be read.");
}

static void captions_that_are_none_are_told_by_their_line(void **state)
{
    struct world *world = *state;

    make_film(world, "captioned.mp4", "160x120", 1, false);
    place_file(world, "bad.srt", "1\n00:00:02,000 --> 00:00:01,000\nBackwards\n");
    expect_failed(world, convert(world, "captioned.mp4", "bad.srt", "en"), "Line 2 of the captions");
    place_file(world, "latin.srt", "1\n00:00:01,000 --> 00:00:02,000\nadi\xF3s\n");
    expect_failed(world, convert(world, "captioned.mp4", "latin.srt", "en"), "not UTF-8");
}

static void a_conversion_that_was_refused_is_not_tried_again(void **state)
{
    struct world *world = *state;
    struct answer *answer = convert(world, "none.mp4", NULL, NULL);

    (void)await(world, answer, "error");
    assert_string_equal(world_sql(world,
                                  "SELECT state || ' ' || attempt FROM jobs WHERE id = (SELECT job_id FROM "
                                  "media_conversions WHERE id = $1::uuid)",
                                  text_at(answer, "data.id"), NULL),
                        "failed 1");
}

/* --- Being killed -------------------------------------------------------------------------------------- */

static pid_t await_process(struct world *world, pid_t *parent)
{
    for (int tenth = 0; tenth < 600; tenth++) {
        pid_t process = film_process(world, parent);
        if (process > 0 && work_folders(world) == 1 &&
            strstr(world_print(world, "%s",
                               world_read_file(world, world_print(world, "/proc/%d/cmdline", process))),
                   "ffmpeg") != NULL) {
            return process;
        }
        usleep(50000);
    }
    fail_msg("no film is being made");
    return 0;
}

static void expect_gone(struct world *world, pid_t process)
{
    for (int tenth = 0; tenth < 100; tenth++) {
        const char *state = world_read_file(world, world_print(world, "/proc/%d/stat", process));
        if (state == NULL || strstr(state, ") Z ") != NULL) {
            return;
        }
        usleep(100000);
    }
    fail_msg("process %d goes on", process);
}

static void a_killed_job_is_done_once_and_leaves_nothing(void **state)
{
    struct world *world = *state;
    pid_t parent = 0;

    make_film(world, "long.mp4", "1280x720", 20, true);
    struct answer *answer = convert(world, "long.mp4", NULL, NULL);
    pid_t process = await_process(world, &parent);
    assert_int_equal(kill(parent, SIGKILL), 0);
    expect_gone(world, process);
    answer = await(world, answer, "complete");
    assert_non_null(film_outcome(world, text_at(answer, "data.video_output_path")));
    assert_int_equal(work_folders(world), 0);
    assert_int_equal(film_process(world, &parent), 0);
    assert_string_equal(
        world_sql(
            world,
            "SELECT count(*) FROM audit_events WHERE action = 'media_conversion.update' AND thing_id = $1 "
            "AND after ? 'finished_at' AND after ->> 'finished_at' IS NOT NULL",
            text_at(answer, "data.id"), NULL),
        "1");
}

static void what_nobody_finishes_any_more_is_removed(void **state)
{
    struct world *world = *state;
    const char *left = world_print(world, "%s/media/.work/" NOBODY ".3", world_folder(world));
    struct answer *answer = convert(world, "none.mp4", NULL, NULL);

    (void)await(world, answer, "error");
    assert_int_equal(mkdir(left, 0700), 0);
    place_file(world, "../.work/" NOBODY ".3/360p_00000.m4s", "left behind");
    (void)await(world, convert(world, "none.mp4", NULL, NULL), "error");
    assert_int_equal(work_folders(world), 0);
}

static void a_cancelled_job_ends_its_programs(void **state)
{
    struct world *world = *state;
    pid_t parent = 0;

    struct answer *answer = convert(world, "long.mp4", NULL, NULL);
    pid_t process = await_process(world, &parent);
    const char *job = world_sql(world, "SELECT job_id FROM media_conversions WHERE id = $1::uuid",
                                text_at(answer, "data.id"), NULL);
    world_command(world, NULL, "jobs", "cancel", job, NULL);
    expect_gone(world, process);
    answer = await(world, answer, "error");
    for (int tenth = 0; tenth < 100 && work_folders(world) > 0; tenth++) {
        usleep(100000);
    }
    assert_int_equal(work_folders(world), 0);
    assert_null(world_read_file(world, film_path(world, world_print(world, "streams/long/%s/master.m3u8",
                                                                    text_at(answer, "data.id")))));
}

static void an_outcome_beyond_the_limit_is_refused(void **state)
{
    struct world *world = *state;

    world_restart(world, "transcode_output = 1 MiB\njob_retry_pause = 10 ms\n");
    expect_failed(world, convert(world, "long.mp4", NULL, NULL), "larger than is allowed");
}

static void a_program_that_is_missing_is_tried_again(void **state)
{
    struct world *world = *state;

    world_restart(world, "ffprobe = /nonexistent/ffprobe\njob_retry_pause = 10 ms\n");
    struct answer *answer = convert(world, "alone.mp4", NULL, NULL);
    expect_failed(world, answer, "cannot be started");
    assert_string_equal(
        world_sql(world,
                  "SELECT attempt FROM jobs WHERE id = (SELECT job_id FROM media_conversions WHERE "
                  "id = $1::uuid)",
                  text_at(answer, "data.id"), NULL),
        "3");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_film_becomes_a_stream_with_captions_and_a_poster),
        cmocka_unit_test(a_browser_plays_it_with_captions),
        cmocka_unit_test(segments_of_all_sizes_begin_together),
        cmocka_unit_test(no_size_is_above_the_source),
        cmocka_unit_test(paths_that_lead_elsewhere_are_refused),
        cmocka_unit_test(all_faults_are_told_at_once),
        cmocka_unit_test(only_employees_may),
        cmocka_unit_test(a_source_that_is_not_there_is_told),
        cmocka_unit_test(a_link_out_of_the_bucket_is_not_followed),
        cmocka_unit_test(a_file_that_only_names_others_is_no_film),
        cmocka_unit_test(captions_that_are_none_are_told_by_their_line),
        cmocka_unit_test(a_conversion_that_was_refused_is_not_tried_again),
        cmocka_unit_test(a_killed_job_is_done_once_and_leaves_nothing),
        cmocka_unit_test(what_nobody_finishes_any_more_is_removed),
        cmocka_unit_test(a_cancelled_job_ends_its_programs),
        cmocka_unit_test(an_outcome_beyond_the_limit_is_refused),
        cmocka_unit_test(a_program_that_is_missing_is_tried_again),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}

/* Making films and watching what becomes of them. */
#include "support/films.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/expect.h"
#include "support/process.h"

#define TENTHS_TO_CONVERT 3000

const char *film_path(struct world *world, const char *key)
{
    return world_print(world, "%s/media/" WORLD_BUCKET "/%s", world_folder(world), key);
}

static void make_folders_of(struct world *world, const char *path)
{
    for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        const char *folder = world_print(world, "%.*s", (int)(slash - path), path);
        assert_true(mkdir(folder, 0755) == 0 || errno == EEXIST);
    }
}

void make_film(struct world *world, const char *key, const char *size, int seconds, bool sound)
{
    const char *path = film_path(world, key);
    const char *pictures = world_print(world, "testsrc2=size=%s:rate=25:duration=%d", size, seconds);
    const char *noise = world_print(world, "sine=frequency=440:duration=%d", seconds);
    const char *const with_sound[] = {"ffmpeg",  "-v",        "error",    "-y",      "-f", "lavfi",
                                      "-i",      pictures,    "-f",       "lavfi",   "-i", noise,
                                      "-preset", "ultrafast", "-pix_fmt", "yuv420p", path, NULL};
    const char *const silent[] = {"ffmpeg", "-v",      "error",     "-y",       "-f",      "lavfi", "-i",
                                  pictures, "-preset", "ultrafast", "-pix_fmt", "yuv444p", path,    NULL};

    make_folders_of(world, path);
    assert_int_equal(process_wait(process_start(sound ? with_sound : silent, NULL, NULL, NULL)), 0);
}

void place_file(struct world *world, const char *key, const char *content)
{
    const char *path = film_path(world, key);
    make_folders_of(world, path);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

struct answer *convert_film(struct world *world, const struct person *employee, const char *video,
                            const char *captions, const char *language)
{
    const char *rest = captions == NULL ? ""
                                        : world_print(world,
                                                      ", \"caption_source_path\": \"s3://" WORLD_BUCKET
                                                      "/%s\", \"language_code\": \"%s\"",
                                                      captions, language);
    struct answer *answer =
        call_post(world, &employee->session, FILMS_PATH,
                  world_print(world, "{\"video_source_path\": \"s3://" WORLD_BUCKET "/%s\"%s}", video, rest));
    expect_status(answer, 200);
    return answer;
}

struct answer *await_film(struct world *world, const struct person *employee, const char *id,
                          const char *status)
{
    for (int tenth = 0; tenth < TENTHS_TO_CONVERT; tenth++) {
        struct answer *answer = call_get(world, &employee->session, world_print(world, FILMS_PATH "/%s", id));
        expect_status(answer, 200);
        const char *present = text_at(answer, "data.status");
        if (strcmp(present, status) == 0) {
            return answer;
        }
        if (strcmp(present, "complete") == 0 || strcmp(present, "error") == 0) {
            fail_msg("the conversion is %s, not %s: %s", present, status, answer->body);
        }
        usleep(100000);
    }
    fail_msg("the conversion is not %s after %d seconds", status, TENTHS_TO_CONVERT / 10);
    return NULL;
}

const char *film_outcome(struct world *world, const char *path)
{
    static const char start[] = "s3://" WORLD_BUCKET "/";
    assert_memory_equal(path, start, strlen(start));
    return world_read_file(world, film_path(world, path + strlen(start)));
}

size_t work_folders(struct world *world)
{
    DIR *directory = opendir(world_print(world, "%s/media/.work", world_folder(world)));
    size_t count = 0;
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    if (directory != NULL) {
        closedir(directory);
    }
    return count;
}

static pid_t parent_of(struct world *world, const char *process)
{
    const char *status = world_read_file(world, world_print(world, "/proc/%s/status", process));
    const char *line = status != NULL ? strstr(status, "PPid:") : NULL;
    return line != NULL ? (pid_t)strtol(line + 5, NULL, 10) : 0;
}

pid_t film_process(struct world *world, pid_t *parent)
{
    const char *start = world_print(world, "%s/media/.work/", world_folder(world));
    DIR *directory = opendir("/proc");
    pid_t found = 0;
    for (struct dirent *entry; found == 0 && (entry = readdir(directory)) != NULL;) {
        char folder[512];
        ssize_t length =
            isdigit((unsigned char)entry->d_name[0])
                ? readlink(world_print(world, "/proc/%s/cwd", entry->d_name), folder, sizeof folder)
                : -1;
        if (length > (ssize_t)strlen(start) && memcmp(folder, start, strlen(start)) == 0) {
            found = (pid_t)strtol(entry->d_name, NULL, 10);
            *parent = parent_of(world, entry->d_name);
        }
    }
    closedir(directory);
    return found;
}

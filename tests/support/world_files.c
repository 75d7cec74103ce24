/* What lies in a world's folder, and the commands that are run in it. */
#include <unistd.h>

#include "support/process.h"
#include "support/world_parts.h"

struct arena *world_arena(struct world *world)
{
    return world->arena;
}

char *world_print(struct world *world, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = arena_print_list(world->arena, format, arguments);
    va_end(arguments);
    return text;
}

char *world_path(struct world *world, const char *name)
{
    return world_print(world, "%s/%s", world->folder, name);
}

const char *world_url(const struct world *world)
{
    return world->url;
}

const char *world_folder(const struct world *world)
{
    return world->folder;
}

const char *world_configuration_file(const struct world *world)
{
    return world->configuration_file;
}

const char *world_socket(struct world *world)
{
    return world_path(world, "muster.sock");
}

const char *world_mail_spool(struct world *world)
{
    return world_path(world, "mail");
}

const char *world_owner_url(const struct world *world)
{
    return world->migration_database_url;
}

pid_t world_master(const struct world *world)
{
    return world->muster;
}

const char *world_program(void)
{
    const char *other = getenv("MUSTER_TEST_PROGRAM");
    return other != NULL ? other : BUILD_FOLDER "/muster";
}

char *world_read_file(struct world *world, const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return NULL;
    }
    char part[4096];
    size_t length = 0;
    char *whole = NULL;
    FILE *memory = open_memstream(&whole, &length);
    for (size_t read = fread(part, 1, sizeof(part), file); read > 0;
         read = fread(part, 1, sizeof(part), file)) {
        fwrite(part, 1, read, memory);
    }
    fclose(file);
    fclose(memory);
    char *content = arena_copy(world->arena, whole, length);
    free(whole);
    return content;
}

char *world_log(struct world *world)
{
    char *log = world_read_file(world, world_path(world, "muster.log"));
    return log != NULL ? log : arena_copy_string(world->arena, "");
}

void world_write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "we");
    if (file == NULL || fputs(content, file) < 0 || fclose(file) != 0) {
        world_give_up("cannot write %s", path);
    }
}

void world_secret(struct world *world, const char *secret)
{
    struct secret *noted = ARENA_NEW(world->arena, struct secret);
    noted->text = arena_copy_string(world->arena, secret);
    noted->next = world->secrets;
    world->secrets = noted;
}

/* Whether `configuration` has a line that sets `name`. */
static bool is_set(const char *configuration, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = configuration; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
        line += strspn(line, "\n ");
        if (strncmp(line, name, length) == 0 && (line[length] == ' ' || line[length] == '=')) {
            return true;
        }
    }
    return false;
}

void world_configure(struct world *world, const char *configuration)
{
    const char *const lines[][2] = {
        {"socket", world_socket(world)},
        {"slow_socket", world_path(world, "slow.sock")},
        {"health_socket", world_path(world, "health.sock")},
        {"web_user", ""},
        {"workers", "2"},
        {"slow_workers", "2"},
        {"database_url", world->database_url},
        {"migration_database_url", world->migration_database_url},
        {"public_url", world->url},
        {"allowed_origins", WORLD_ORIGIN},
        {"reset_redirect_urls", WORLD_RESET_URL},
        {"mail_spool", world_mail_spool(world)},
        {"upload_folder", world_path(world, "uploads")},
        {"saml_keys", world_path(world, "saml")},
        {"openid_secret_file", world_path(world, "openid.secret")},
        {"saml_redirect_urls", WORLD_SAML_URL},
        {"media_root", world_path(world, "media")},
        {"media_buckets", WORLD_BUCKET},
        {"log_level", "debug"},
    };
    const char *content = configuration != NULL ? configuration : "";
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (!is_set(configuration, lines[i][0])) {
            content = world_print(world, "%s = %s\n%s", lines[i][0], lines[i][1], content);
        }
    }
    world_write_file(world->configuration_file, content);
}

static const char *without_line_end(struct world *world, const char *path)
{
    char *content = world_read_file(world, path);
    size_t length = content != NULL ? strlen(content) : 0;
    if (length > 0 && content[length - 1] == '\n') {
        content[length - 1] = '\0';
    }
    unlink(path);
    return content != NULL ? content : "";
}

struct output world_run(struct world *world, const char *input, const char *const *arguments)
{
    const char *list[64] = {world_program(), "-c", world->configuration_file};
    size_t count = 3;
    char *input_path = input != NULL ? world_path(world, "command.input") : NULL;
    char *out = world_path(world, "command.out");
    char *error = world_path(world, "command.error");
    for (size_t i = 0; arguments[i] != NULL && count < 63; i++) {
        list[count++] = arguments[i];
    }
    if (input != NULL) {
        world_write_file(input_path, input);
    }
    struct output output = {.status = process_wait(process_start(list, input_path, out, error))};
    output.out = without_line_end(world, out);
    output.error = without_line_end(world, error);
    return output;
}

const char *world_command(struct world *world, const char *input, ...)
{
    const char *arguments[64] = {NULL};
    size_t count = 0;
    va_list list;
    va_start(list, input);
    for (const char *argument = va_arg(list, const char *); argument != NULL && count < 63;
         argument = va_arg(list, const char *)) {
        arguments[count++] = argument;
    }
    va_end(list);
    struct output output = world_run(world, input, arguments);
    if (output.status != 0) {
        world_give_up("muster %s ended with status %d: %s", arguments[0], output.status, output.error);
    }
    return output.out;
}

/* The commands that print what the program knows of itself: config, routes, openapi, version. */
#include "command/commands.h"
#include "config.h"
#include "config/config_document.h"
#include "database/migrate.h"
#include "http/endpoint.h"
#include "http/openapi.h"

static int print_text(struct command_line *line, struct text text)
{
    struct builder out;
    output_start(line, &out);
    builder_add_text(&out, text);
    return output_end(line, &out);
}

static void write_option_line(const struct option_view *option, void *argument)
{
    builder_add_format(argument, "%s = %s\n", option->name, option->value);
}

static void write_option_member(const struct option_view *option, void *argument)
{
    json_key(argument, option->name);
    json_string(argument, option->value);
}

int command_config(struct command_line *line)
{
    if (option_given(line, "template")) {
        return print_text(line, configuration_template(line->context.arena));
    }
    if (option_given(line, "man")) {
        return print_text(line, configuration_manual(line->context.arena));
    }
    int status = load_configuration(line);
    if (status != EXIT_DONE) {
        return status;
    }
    struct builder out;
    output_start(line, &out);
    if (!line->json) {
        configuration_visit(line->configuration, write_option_line, &out);
        return output_end(line, &out);
    }
    struct json_writer json;
    json_start(&json, &out);
    json_open_object(&json);
    configuration_visit(line->configuration, write_option_member, &json);
    json_close_object(&json);
    builder_add_character(&out, '\n');
    return output_end(line, &out);
}

static void write_route(struct builder *out, const struct endpoint *endpoint, size_t width)
{
    size_t start = out->length;
    builder_add_format(out, "%-7s %s%s", method_name(endpoint->method), api_base(endpoint->api),
                       endpoint->path);
    while (out->length - start < width) {
        builder_add_character(out, ' ');
    }
    builder_add_format(out, "  %-32s %s\n", access_name(endpoint->access), endpoint->name);
}

static void write_json_member(struct json_writer *json, const char *name, const char *value)
{
    json_key(json, name);
    json_string(json, value);
}

static void write_json_routes(struct command_line *line, struct builder *out)
{
    struct json_writer json;
    json_start(&json, out);
    json_open_array(&json);
    for (size_t i = 0; i < endpoint_count; i++) {
        const struct endpoint *endpoint = &endpoints[i];
        const char *path = arena_print(line->context.arena, "%s%s", api_base(endpoint->api), endpoint->path);
        json_open_object(&json);
        write_json_member(&json, "method", method_name(endpoint->method));
        write_json_member(&json, "path", path);
        write_json_member(&json, "access", access_name(endpoint->access));
        write_json_member(&json, "operation", endpoint->name);
        json_close_object(&json);
    }
    json_close_array(&json);
    builder_add_character(out, '\n');
}

static size_t route_width(void)
{
    size_t width = 0;
    for (size_t i = 0; i < endpoint_count; i++) {
        size_t length = 8 + strlen(api_base(endpoints[i].api)) + strlen(endpoints[i].path);
        width = length > width ? length : width;
    }
    return width;
}

int command_routes(struct command_line *line)
{
    struct builder out;
    output_start(line, &out);
    if (line->json) {
        write_json_routes(line, &out);
        return output_end(line, &out);
    }
    size_t width = route_width();
    for (size_t i = 0; i < endpoint_count; i++) {
        write_route(&out, &endpoints[i], width);
    }
    return output_end(line, &out);
}

int command_openapi(struct command_line *line)
{
    const char *server = option_value(line, "server");
    return print_text(line,
                      openapi_document(line->context.arena, server != NULL ? server : OPENAPI_SERVER_URL));
}

int command_version(struct command_line *line)
{
    struct builder out;
    output_start(line, &out);
    builder_add_format(&out, line->json ? "{\"version\":\"%s\",\"schema\":%d}\n" : "muster %s (schema %d)\n",
                       PACKAGE_VERSION, schema_version_expected());
    return output_end(line, &out);
}

/* What mails say: the files of conf/mail are part of the program, and a folder of one's own takes their
 * place. A template is a text whose first line is the subject, and an HTML page; {{link}} and {{hours}} are
 * filled in. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/log.h"
#include "config/config.h"
#include "mail/mail.h"
#include "mail/templates_data.h"

#define LARGEST  ((size_t)64 * 1024)
#define SUBJECT  "Subject: "
#define HOUR     (3600 * MICROSECONDS_PER_SECOND)
#define LANGUAGE "en"

struct template
{
    const char *language;
    struct text text;
    struct text html;
};

#define EMBEDDED(data) ((struct text){(data), sizeof(data)})

static const struct template built_in[] = {
    {"en",
     {password_reset_en_txt, sizeof password_reset_en_txt},
     {password_reset_en_html, sizeof password_reset_en_html}},
    {"es",
     {password_reset_es_txt, sizeof password_reset_es_txt},
     {password_reset_es_html, sizeof password_reset_es_html}},
};

static const struct template *find_built_in(struct text language)
{
    for (size_t i = 1; i < sizeof built_in / sizeof built_in[0]; i++) {
        if (text_equal_ignoring_case(language, text_of(built_in[i].language))) {
            return &built_in[i];
        }
    }
    return &built_in[0];
}

/* False where there is no such file. */
static bool read_file(struct context *context, const char *path, struct text *content)
{
    char *data = arena_allocate(context->arena, LARGEST);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file >= 0 ? read(file, data, LARGEST) : -1;

    if (file >= 0) {
        close(file);
    }
    if (length < 0 && errno != ENOENT) {
        LOG_WARNING("template %s cannot be read: %s", path, strerror(errno));
    }
    *content = (struct text){data, length > 0 ? (size_t)length : 0};
    return length > 0;
}

/* The language came from a person's row and becomes part of a file's name: two letters and nothing else. */
static bool is_language(struct text language)
{
    return language.length == 2 && language.data[0] >= 'a' && language.data[0] <= 'z' &&
           language.data[1] >= 'a' && language.data[1] <= 'z';
}

static bool read_own(struct context *context, struct text language, struct template *template)
{
    const char *folder = context->configuration->mail_templates;

    return folder[0] != '\0' && is_language(language) &&
           read_file(context,
                     arena_print(context->arena, "%s/password_reset.%.2s.txt", folder, language.data),
                     &template->text) &&
           read_file(context,
                     arena_print(context->arena, "%s/password_reset.%.2s.html", folder, language.data),
                     &template->html);
}

static struct template choose(struct context *context, struct text language)
{
    struct template template = *find_built_in(language);

    if (!read_own(context, language, &template)) {
        template = *find_built_in(language);
    }
    return template;
}

struct blanks {
    struct text link;
    struct text hours;
};

static bool fill_one(struct builder *out, struct text *rest, struct text blank, struct text value, bool html)
{
    if (!text_starts_with(*rest, blank)) {
        return false;
    }
    if (html) {
        encode_markup(out, value);
    } else {
        builder_add_text(out, value);
    }
    *rest = text_part(*rest, blank.length, rest->length);
    return true;
}

static struct text fill(struct context *context, struct text template, const struct blanks *blanks, bool html)
{
    struct builder out;
    struct text rest = template;

    builder_start(&out, context->arena, 2048, 2 * LARGEST);
    while (rest.length > 0) {
        if (!fill_one(&out, &rest, TEXT("{{link}}"), blanks->link, html) &&
            !fill_one(&out, &rest, TEXT("{{hours}}"), blanks->hours, html)) {
            builder_add_character(&out, rest.data[0]);
            rest = text_part(rest, 1, rest.length);
        }
    }
    return builder_text(&out);
}

enum problem mail_password_reset(struct context *context, struct text language, const char *link,
                                 struct mail *mail)
{
    struct template template = choose(context, language);
    int64_t hours = (context->configuration->reset_lifetime + HOUR - 1) / HOUR;
    struct blanks blanks = {.link = text_of(link),
                            .hours = text_of(arena_print(context->arena, "%lld", (long long)hours))};
    struct text subject = text_cut(&template.text, '\n');

    if (!text_starts_with(subject, TEXT(SUBJECT))) {
        LOG_ERROR("the template of password resets does not begin with its subject");
        return FAIL_PLAINLY(context, PROBLEM_INTERNAL);
    }
    mail->subject = text_trim(text_part(subject, strlen(SUBJECT), subject.length));
    mail->body = fill(context, text_trim(template.text), &blanks, false);
    mail->html = fill(context, text_trim(template.html), &blanks, true);
    return PROBLEM_NONE;
}

/* The commands for the keys of SAML sign-on. */
#include "base/encoding.h"
#include "command/commands.h"
#include "saml/keys.h"

/* The SHA-256 of the certificate, as OpenSSL prints it. */
static const char *fingerprint(struct arena *arena, struct text certificate)
{
    struct text digits = encode_hexadecimal(arena, sha256_text(arena, certificate));
    struct builder out;

    builder_start(&out, arena, 128, 128);
    for (size_t i = 0; i < digits.length; i++) {
        char digit = digits.data[i];
        if (i > 0 && i % 2 == 0) {
            builder_add_character(&out, ':');
        }
        builder_add_character(&out, digit >= 'a' ? (char)(digit - 'a' + 'A') : digit);
    }
    return arena_copy_text(arena, builder_text(&out)).data;
}

/* Tells the present key, or what failed. */
static int conclude(struct command_line *line, enum problem problem)
{
    struct saml_keys keys;
    struct builder out;

    if (problem == PROBLEM_NONE) {
        problem = saml_keys_read(&line->context, &keys);
    }
    if (problem != PROBLEM_NONE) {
        return refuse_problem(line, problem);
    }
    output_start(line, &out);
    builder_add_format(&out, line->json ? "{\"fingerprint\":\"%s\",\"keys\":%zu}\n" : "%s\n",
                       fingerprint(line->context.arena, keys.list[0].certificate), keys.count);
    return output_end(line, &out);
}

int command_saml_keygen(struct command_line *line)
{
    return conclude(line, saml_keys_create(&line->context));
}

int command_saml_rotate(struct command_line *line)
{
    return conclude(line, option_given(line, "finish") ? saml_keys_finish(&line->context)
                                                       : saml_keys_rotate(&line->context));
}

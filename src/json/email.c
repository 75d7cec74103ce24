/* Which e-mail addresses muster takes: those that every mail server takes without quoting or extensions. */
#include "json/decode.h"

#define MAXIMUM_ADDRESS 254
#define MAXIMUM_LOCAL   64
#define MAXIMUM_LABEL   63

static bool is_letter_or_digit(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9');
}

/* RFC 5321 section 4.1.2, Atom. */
static bool is_atom(struct text atom)
{
    for (size_t index = 0; index < atom.length; index++) {
        const char character = atom.data[index];
        if (!is_letter_or_digit(character) &&
            (character == '\0' || strchr("!#$%&'*+-/=?^_`{|}~", character) == NULL)) {
            return false;
        }
    }
    return atom.length > 0;
}

static bool is_label(struct text label)
{
    if (label.length == 0 || label.length > MAXIMUM_LABEL || label.data[0] == '-' ||
        label.data[label.length - 1] == '-') {
        return false;
    }
    for (size_t index = 0; index < label.length; index++) {
        if (!is_letter_or_digit(label.data[index]) && label.data[index] != '-') {
            return false;
        }
    }
    return true;
}

/* Whether `text` consists of at least `minimum` right parts with dots between them. */
static bool is_dotted(struct text text, size_t minimum, bool (*is_part)(struct text part))
{
    size_t parts = 0;

    while (text.data != NULL) {
        if (!is_part(text_cut(&text, '.'))) {
            return false;
        }
        parts++;
    }
    return parts >= minimum;
}

bool is_email_address(struct text text)
{
    if (text.length == 0 || text.length > MAXIMUM_ADDRESS) {
        return false;
    }
    const size_t at = text_find(text, '@');
    if (at > MAXIMUM_LOCAL || at + 1 >= text.length) {
        return false;
    }
    return is_dotted(text_part(text, 0, at), 1, is_atom) &&
           is_dotted(text_part(text, at + 1, text.length - at - 1), 2, is_label);
}

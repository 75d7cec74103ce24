/* Any text as an e-mail address: what is taken can stand in a header and on a command line as it is. */
#include "fuzz.h"

#include "json/decode.h"

static size_t count_of(struct text text, char character)
{
    size_t count = 0;

    for (size_t i = 0; i < text.length; i++) {
        count += text.data[i] == character;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct text text = fuzz_text(data, size);

    if (!is_email_address(text)) {
        return 0;
    }
    require(text.length >= 5 && text.length <= 254);
    require(count_of(text, '@') == 1 && count_of(text, '.') > 0);
    for (size_t i = 0; i < text.length; i++) {
        require(text.data[i] > ' ' && text.data[i] < 127);
        require(strchr("<>()[]\\,;:\"", text.data[i]) == NULL);
    }
    return 0;
}

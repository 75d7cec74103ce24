/* Mail is handed to one server, which does the rest; libcurl speaks with it. */
#include "outgoing/smtp.h"

#include <curl/curl.h>
#include <string.h>

#include "base/log.h"

#define CONNECT_MILLISECONDS 10000L
#define WHOLE_MILLISECONDS   60000L

/* RFC 5321 section 4.2.3: 5yz with y = 5 is about the mailbox, and for good. */
#define MAILBOX_REFUSED(status) ((status) >= 550 && (status) <= 559)

struct reading {
    struct text rest;
};

static size_t give(char *buffer, size_t size, size_t count, void *argument)
{
    struct reading *reading = argument;
    size_t length = size * count < reading->rest.length ? size * count : reading->rest.length;

    if (length > 0) {
        memcpy(buffer, reading->rest.data, length);
        reading->rest = text_part(reading->rest, length, reading->rest.length);
    }
    return length;
}

static bool part_is(CURLU *url, CURLUPart part, const char *const *values)
{
    char *found = NULL;
    bool is = false;

    if (curl_url_get(url, part, &found, 0) == CURLUE_OK) {
        for (; *values != NULL; values++) {
            is = is || strcmp(found, *values) == 0;
        }
    }
    curl_free(found);
    return is;
}

static bool url_is(const char *address, CURLUPart part, const char *const *values)
{
    CURLU *url = curl_url();
    bool is = url != NULL &&
              curl_url_set(url, CURLUPART_URL, address, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
              part_is(url, part, values);

    curl_url_cleanup(url);
    return is;
}

bool smtp_is_address(const char *url)
{
    static const char *const schemes[] = {"smtp", "smtps", NULL};

    return url_is(url, CURLUPART_SCHEME, schemes);
}

static long wanted_security(const char *url)
{
    static const char *const here[] = {"127.0.0.1", "[::1]", "localhost", NULL};

    return url_is(url, CURLUPART_HOST, here) ? CURLUSESSL_TRY : CURLUSESSL_ALL;
}

static bool set_server(CURL *curl, const char *url)
{
    const char *trusted = getenv("SSL_CERT_FILE");

    return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_USE_SSL, wanted_security(url)) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           (trusted == NULL || curl_easy_setopt(curl, CURLOPT_CAINFO, trusted) == CURLE_OK) &&
           curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MILLISECONDS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, WHOLE_MILLISECONDS) == CURLE_OK;
}

static bool set_mail(CURL *curl, const char *from, const struct curl_slist *to, struct reading *reading)
{
    return to != NULL && curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_READFUNCTION, give) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_READDATA, reading) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)reading->rest.length) == CURLE_OK;
}

/* In an envelope an address stands between < and >, on one line. */
static bool is_plain_address(struct text address)
{
    for (size_t i = 0; i < address.length; i++) {
        unsigned char character = (unsigned char)address.data[i];

        if (character <= 0x20 || character == 0x7f || character == '<' || character == '>') {
            return false;
        }
    }
    return text_find(address, '@') < address.length;
}

static enum problem perform(struct context *context, CURL *curl)
{
    CURLcode code = curl_easy_perform(curl);
    long status = 0;

    if (code == CURLE_OK) {
        return PROBLEM_NONE;
    }
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    LOG_WARNING("the mail server does not take a mail: %s (%ld)", curl_easy_strerror(code), status);
    if (MAILBOX_REFUSED(status) && code != CURLE_LOGIN_DENIED) {
        return FAIL(context, PROBLEM_REFUSED, "The mail server refused the mail (%ld).", status);
    }
    return FAIL(context, PROBLEM_UNAVAILABLE, "The mail server did not take the mail: %s.",
                curl_easy_strerror(code));
}

/* A connection is made for each mail: mails are rare, and no server is kept waiting for the next one. */
enum problem smtp_send(struct context *context, const struct smtp_mail *mail)
{
    const char *from = arena_copy(context->arena, mail->from.data, mail->from.length);
    const char *to = arena_copy(context->arena, mail->to.data, mail->to.length);
    struct reading reading = {.rest = mail->message};
    enum problem problem;

    if (!smtp_is_address(mail->url) || !is_plain_address(mail->from) || !is_plain_address(mail->to)) {
        return FAIL(context, PROBLEM_INTERNAL, "smtp_url or an address is not of the right form.");
    }
    CURL *curl = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_easy_init() : NULL;
    struct curl_slist *recipients = curl_slist_append(NULL, to);
    if (curl != NULL && set_server(curl, mail->url) && set_mail(curl, from, recipients, &reading)) {
        problem = perform(context, curl);
    } else {
        problem = FAIL_PLAINLY(context, PROBLEM_INTERNAL);
    }
    curl_slist_free_all(recipients);
    curl_easy_cleanup(curl);
    return problem;
}

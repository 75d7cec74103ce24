/* Each case is written byte by byte, by a function of its name. */
#include "reliability/record_cases.h"

#include "process/front_end.h"
#include "support/cmocka_headers.h"

#define ABORT      2
#define GET_VALUES 9

struct bytes sent;

/* --- Records --- */

static void add(const void *data, size_t length)
{
    assert_true(length <= RECORDS_LARGEST - sent.length);
    memcpy(sent.data + sent.length, data, length);
    sent.length += length;
}

struct head {
    int version;
    int type;
    int id;
    size_t length;
    int padding;
};

static void add_head(struct head head)
{
    const unsigned char bytes[8] = {(unsigned char)head.version,       (unsigned char)head.type,
                                    (unsigned char)(head.id >> 8),     (unsigned char)head.id,
                                    (unsigned char)(head.length >> 8), (unsigned char)head.length,
                                    (unsigned char)head.padding,       0};
    add(bytes, sizeof bytes);
}

static void add_record(int type, int id, const void *content, size_t length)
{
    add_head((struct head){1, type, id, length, 0});
    add(content, length);
}

static void add_begin(int id, int role, int flags)
{
    const unsigned char content[8] = {0, (unsigned char)role, (unsigned char)flags};
    add_record(RECORD_BEGIN, id, content, sizeof content);
}

static void add_pair(struct message *pairs, const char *name, const char *value)
{
    const unsigned char lengths[2] = {(unsigned char)strlen(name), (unsigned char)strlen(value)};
    message_add(pairs, lengths, sizeof lengths);
    message_add(pairs, name, strlen(name));
    message_add(pairs, value, strlen(value));
}

/* The parameters of a good request, with a length of the body where that is not NULL. */
static struct message usual_pairs(const char *length)
{
    struct message pairs = {.length = 0};
    add_pair(&pairs, "REQUEST_METHOD", length != NULL ? "POST" : "GET");
    add_pair(&pairs, "REQUEST_URI", "/healthz");
    if (length != NULL) {
        add_pair(&pairs, "CONTENT_LENGTH", length);
    }
    return pairs;
}

static void add_usual_parameters(const char *length)
{
    struct message pairs = usual_pairs(length);
    add_record(RECORD_PARAMETERS, 1, pairs.bytes, pairs.length);
    add_record(RECORD_PARAMETERS, 1, "", 0);
}

static void add_rest(void)
{
    add_usual_parameters(NULL);
    add_record(RECORD_INPUT, 1, "", 0);
}

void record_add_whole(void)
{
    add_begin(1, 1, 0);
    add_rest();
}

/* --- Cases --- */

static void wrong_versions(void)
{
    add_begin(1, 1, 0);
    sent.data[0] = 2;
    add_rest();
}

static void version_zero_of_the_parameters(void)
{
    add_begin(1, 1, 0);
    size_t place = sent.length;
    add_rest();
    sent.data[place] = 0;
}

static void an_unknown_type_first(void)
{
    add_record(200, 1, "12345678", 8);
    record_add_whole();
}

static void an_unknown_type_between(void)
{
    add_begin(1, 1, 0);
    add_record(77, 1, "12345678", 8);
    add_rest();
}

static void an_unknown_management_record(void)
{
    add_record(99, 0, "x", 1);
    record_add_whole();
}

static void a_question_for_values(void)
{
    add_record(GET_VALUES, 0, "\x0e\0FCGI_MAX_CONNS\x0f\0FCGI_MPXS_CONNS", 33);
    record_add_whole();
}

static void a_question_that_lies(void)
{
    add_record(GET_VALUES, 0, "\xff\xff\xff\xff\xff\xff\xff\xffX", 9);
    record_add_whole();
}

static void half_a_header(void)
{
    add("\1\1\0", 3);
}

static void half_a_header_of_the_body(void)
{
    add_begin(1, 1, 0);
    add_usual_parameters("4");
    add("\1\5\0\1\0", 5);
}

static void a_length_past_the_data(void)
{
    add_begin(1, 1, 0);
    add_head((struct head){1, RECORD_PARAMETERS, 1, 60000, 0});
    add("\1\1AB", 4);
}

static void a_body_past_the_data(void)
{
    add_begin(1, 1, 0);
    add_usual_parameters("50000");
    add_head((struct head){1, RECORD_INPUT, 1, 50000, 0});
    add("1234", 4);
}

static void padding_past_the_data(void)
{
    add_begin(1, 1, 0);
    add_usual_parameters("4");
    add_head((struct head){1, RECORD_INPUT, 1, 4, 255});
    add("1234", 4);
}

static void the_largest_padding(void)
{
    static const char zeros[255] = "";
    struct message pairs = usual_pairs(NULL);
    add_begin(1, 1, 0);
    add_head((struct head){1, RECORD_PARAMETERS, 1, pairs.length, 255});
    add(pairs.bytes, pairs.length);
    add(zeros, sizeof zeros);
    add_record(RECORD_PARAMETERS, 1, "", 0);
    add_record(RECORD_INPUT, 1, "", 0);
}

static void parameters_byte_by_byte(void)
{
    struct message pairs = usual_pairs(NULL);
    add_begin(1, 1, 0);
    for (size_t i = 0; i < pairs.length; i++) {
        add_record(RECORD_PARAMETERS, 1, pairs.bytes + i, 1);
    }
    add_record(RECORD_PARAMETERS, 1, "", 0);
    add_record(RECORD_INPUT, 1, "", 0);
}

static void add_lying_pair(const char *lengths, size_t length)
{
    add_begin(1, 1, 0);
    add_record(RECORD_PARAMETERS, 1, lengths, length);
    add_rest();
}

static void a_name_of_two_gigabytes(void)
{
    add_lying_pair("\xff\xff\xff\xff\1AB", 7);
}

static void a_value_of_two_gigabytes(void)
{
    add_lying_pair("\1\xff\xff\xff\xff"
                   "AB",
                   7);
}

static void a_name_and_a_value_of_two_gigabytes(void)
{
    add_lying_pair("\xff\xff\xff\xff\xff\xff\xff\xff"
                   "AB",
                   10);
}

static void lengths_that_overflow_to_little(void)
{
    add_lying_pair("\xff\xff\xff\xff\x80\0\0\1"
                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                   34);
}

static void half_a_length(void)
{
    add_lying_pair("\x80\0", 2);
}

static void parameters_without_an_end(void)
{
    struct message pairs = usual_pairs(NULL);
    add_begin(1, 1, 0);
    add_record(RECORD_PARAMETERS, 1, pairs.bytes, pairs.length);
    add_record(RECORD_INPUT, 1, "", 0);
}

static void no_body_record(void)
{
    add_begin(1, 1, 0);
    add_usual_parameters(NULL);
}

static void a_body_without_a_beginning(void)
{
    add_record(RECORD_INPUT, 1, "1234", 4);
    add_record(RECORD_INPUT, 1, "", 0);
}

static void a_body_before_the_parameters(void)
{
    add_begin(1, 1, 0);
    add_record(RECORD_INPUT, 1, "", 0);
    add_usual_parameters(NULL);
}

static void an_abort_first(void)
{
    add_record(ABORT, 1, "", 0);
    record_add_whole();
}

static void an_abort_between(void)
{
    add_begin(1, 1, 0);
    add_usual_parameters("4");
    add_record(RECORD_INPUT, 1, "12", 2);
    add_record(ABORT, 1, "", 0);
}

static void a_second_beginning(void)
{
    add_begin(1, 1, 0);
    add_begin(1, 1, 0);
    add_rest();
}

static void another_request_between(void)
{
    add_begin(1, 1, 0);
    add_begin(2, 1, 0);
    add_record(RECORD_PARAMETERS, 2, "\1\1XY", 4);
    add_rest();
}

static void another_id_in_the_body(void)
{
    add_begin(1, 1, 0);
    add_usual_parameters("4");
    add_record(RECORD_INPUT, 300, "xxxx", 4);
    add_record(RECORD_INPUT, 1, "1234", 4);
    add_record(RECORD_INPUT, 300, "", 0);
    add_record(RECORD_INPUT, 1, "", 0);
}

static void id_zero(void)
{
    add_begin(0, 1, 0);
    add_rest();
}

static void an_authorizer(void)
{
    add_begin(1, 2, 0);
    add_rest();
}

static void a_role_that_is_none(void)
{
    add_begin(1, 99, 0);
    add_rest();
}

static void a_kept_connection(void)
{
    add_begin(1, 1, 1);
    add_rest();
}

static void an_empty_beginning(void)
{
    add_record(RECORD_BEGIN, 1, "", 0);
    add_rest();
}

static void a_beginning_of_the_largest_length(void)
{
    static const char zeros[65535] = "";
    add_record(RECORD_BEGIN, 1, zeros, sizeof zeros);
    add_rest();
}

static void what_only_a_server_sends(void)
{
    add_begin(1, 1, 0);
    add_record(RECORD_OUTPUT, 1, "Status: 200\r\n\r\n", 15);
    add_record(RECORD_END, 1, "\0\0\0\0\0\0\0\0", 8);
    add_rest();
}

static void add_body_of(const char *length, const char *body)
{
    add_begin(1, 1, 0);
    add_usual_parameters(length);
    add_record(RECORD_INPUT, 1, body, strlen(body));
    if (body[0] != '\0') {
        add_record(RECORD_INPUT, 1, "", 0);
    }
}

static void a_body_that_is_too_short(void)
{
    add_body_of("5", "1234");
}

static void a_body_that_is_too_long(void)
{
    add_body_of("3", "1234");
}

static void a_body_that_nobody_announced(void)
{
    add_begin(1, 1, 0);
    add_usual_parameters(NULL);
    add_record(RECORD_INPUT, 1, "1234", 4);
    add_record(RECORD_INPUT, 1, "", 0);
}

static void the_largest_length(void)
{
    add_body_of("9223372036854775807", "1234");
}

static void a_length_that_is_none(void)
{
    add_body_of("0x4", "1234");
}

static void a_body_byte_by_byte(void)
{
    add_begin(1, 1, 0);
    add_usual_parameters("2000");
    for (int i = 0; i < 2000; i++) {
        add_record(RECORD_INPUT, 1, "x", 1);
    }
    add_record(RECORD_INPUT, 1, "", 0);
}

static void thousands_of_parameters(void)
{
    add_begin(1, 1, 0);
    for (int i = 0; i < 20000; i++) {
        char pair[32];
        int length = snprintf(pair, sizeof pair, "%c%cHTTP_X_%05d%s", 12, 4, i, "four");
        add_record(RECORD_PARAMETERS, 1, pair, (size_t)length);
    }
    add_rest();
}

static void a_parameter_of_a_megabyte(void)
{
    static const char x[32768] = "";
    add_begin(1, 1, 0);
    add_record(RECORD_PARAMETERS, 1, "\1\x80\x10\0\0Y", 6);
    for (int i = 0; i < 32; i++) {
        add_record(RECORD_PARAMETERS, 1, x, sizeof x);
    }
    add_rest();
}

static void parameters_that_are_odd(void)
{
    add_begin(1, 1, 0);
    add_record(RECORD_PARAMETERS, 1, "\0\0\0\1x\1\0=\3\3=\0=\0\0\0", 16);
    add_record(RECORD_PARAMETERS, 1, "\2\2\xff\xfe\xc0\x80", 6);
    add_rest();
}

static void more_behind_the_end(void)
{
    record_add_whole();
    record_add_whole();
    add_record(RECORD_INPUT, 1, "1234", 4);
}

static void nothing(void)
{
}

const struct record_case record_cases[RECORD_CASES] = {
#define CASE(name, ...)          \
    {                            \
#name, name, __VA_ARGS__ \
    }
    CASE(wrong_versions, REFUSED, false),
    CASE(version_zero_of_the_parameters, REFUSED, false),
    CASE(an_unknown_type_first, ANSWERED, false),
    CASE(an_unknown_type_between, REFUSED, false),
    CASE(an_unknown_management_record, REFUSED, false),
    CASE(a_question_for_values, ANSWERED, false),
    CASE(a_question_that_lies, REFUSED, false),
    CASE(nothing, REFUSED, true),
    CASE(half_a_header, REFUSED, true),
    CASE(half_a_header_of_the_body, REFUSED, true),
    CASE(a_length_past_the_data, REFUSED, true),
    CASE(a_body_past_the_data, REFUSED, true),
    CASE(padding_past_the_data, REFUSED, true),
    CASE(the_largest_padding, ANSWERED, false),
    CASE(parameters_byte_by_byte, ANSWERED, false),
    CASE(a_name_of_two_gigabytes, REFUSED, false),
    CASE(a_value_of_two_gigabytes, REFUSED, false),
    CASE(a_name_and_a_value_of_two_gigabytes, REFUSED, false),
    CASE(lengths_that_overflow_to_little, REFUSED, false),
    CASE(half_a_length, REFUSED, false),
    CASE(parameters_without_an_end, REFUSED, false),
    CASE(no_body_record, REFUSED, true),
    CASE(a_body_without_a_beginning, REFUSED, true),
    CASE(a_body_before_the_parameters, REFUSED, false),
    CASE(an_abort_first, REFUSED, false),
    CASE(an_abort_between, REFUSED, false),
    CASE(a_second_beginning, REFUSED, false),
    CASE(another_request_between, REFUSED, false),
    CASE(another_id_in_the_body, TOLD, false),
    CASE(id_zero, REFUSED, false),
    CASE(an_authorizer, ANSWERED, false),
    CASE(a_role_that_is_none, REFUSED, false),
    CASE(a_kept_connection, ANSWERED, false),
    CASE(an_empty_beginning, REFUSED, false),
    CASE(a_beginning_of_the_largest_length, REFUSED, false),
    CASE(what_only_a_server_sends, REFUSED, false),
    CASE(a_body_that_is_too_short, REFUSED, false),
    CASE(a_body_that_is_too_long, REFUSED, false),
    CASE(a_body_that_nobody_announced, REFUSED, false),
    CASE(the_largest_length, REFUSED, false),
    CASE(a_length_that_is_none, TOLD, false),
    CASE(a_body_byte_by_byte, TOLD, false),
    CASE(thousands_of_parameters, ANSWERED, false),
    CASE(a_parameter_of_a_megabyte, ANSWERED, false),
    CASE(parameters_that_are_odd, ANSWERED, false),
    CASE(more_behind_the_end, ANSWERED, false),
#undef CASE
};

/* Reading rows by the names of their columns, and the bindings of statements to shapes, which are made once
 * in a process. */
#include "database/result.h"

#include "base/clock.h"
#include "base/log.h"

static void clear(void *result)
{
    PQclear(((struct result *)result)->rows);
}

struct result *result_create(struct arena *arena, const struct statement *statement)
{
    struct result *result = ARENA_NEW(arena, struct result);
    result->statement = statement;
    arena_on_reset(arena, clear, result);
    return result;
}

size_t result_rows(const struct result *result)
{
    return (size_t)PQntuples(result->rows);
}

const struct statement *result_statement(const struct result *result)
{
    return result->statement;
}

/* -1: there is none. libpq's own search would first copy the name and fold its case, as if it came from a
 * user. */
static int find_column(const struct result *result, const char *column)
{
    const int count = PQnfields(result->rows);
    int number = 0;
    while (number < count && strcmp(PQfname(result->rows, number), column) != 0) {
        number++;
    }
    return number < count ? number : -1;
}

bool result_has_column(const struct result *result, const char *column)
{
    return find_column(result, column) >= 0;
}

static int column_number(const struct result *result, const char *column)
{
    int number = find_column(result, column);
    if (number < 0) {
        LOG_ERROR("statement %s has no column %s", result->statement->name, column);
        abort();
    }
    return number;
}

/* libpq's own check of the row is used, and of its three questions about a value mostly two are asked:
 * answers spend much of their time here. */
static struct text cell(const struct result *result, size_t row, int column)
{
    const char *data = PQgetvalue(result->rows, (int)row, column);
    int length = PQgetlength(result->rows, (int)row, column);
    if (data == NULL) {
        LOG_ERROR("statement %s has no row %zu", result->statement->name, row);
        abort();
    }
    if (length == 0 && PQgetisnull(result->rows, (int)row, column)) {
        return NO_TEXT;
    }
    return (struct text){data, (size_t)length};
}

struct text result_text(const struct result *result, size_t row, const char *column)
{
    return cell(result, row, column_number(result, column));
}

bool result_null(const struct result *result, size_t row, const char *column)
{
    return result_text(result, row, column).data == NULL;
}

bool result_true(const struct result *result, size_t row, const char *column)
{
    return text_equal_string(result_text(result, row, column), "t");
}

static _Noreturn void refuse(const struct result *result, const char *column, const char *type)
{
    LOG_ERROR("statement %s: column %s is not %s", result->statement->name, column, type);
    abort();
}

int64_t result_integer(const struct result *result, size_t row, const char *column)
{
    struct text text = result_text(result, row, column);
    int64_t integer = 0;
    if (text.data != NULL && !text_to_integer(text, INT64_MIN, INT64_MAX, &integer)) {
        refuse(result, column, "an integer");
    }
    return integer;
}

/* PostgreSQL writes "2019-05-01 16:44:18.407+00", which is RFC 3339 but for the space and the short offset.
 */
static bool read_timestamp(struct text text, int64_t *microseconds)
{
    static const char minutes[] = {':', '0', '0'};
    char standard[48];
    if (text.length < sizeof "2019-05-01 16:44:18+00" - 1 || text.length > sizeof standard - sizeof minutes) {
        return false;
    }
    memcpy(standard, text.data, text.length);
    memcpy(standard + text.length, minutes, sizeof minutes);
    standard[10] = 'T';
    return clock_read((struct text){standard, text.length + sizeof minutes}, microseconds);
}

int64_t result_time(const struct result *result, size_t row, const char *column)
{
    struct text text = result_text(result, row, column);
    int64_t microseconds = 0;
    if (text.data != NULL && !read_timestamp(text, &microseconds)) {
        if (text_equal_string(text, "infinity")) {
            return INT64_MAX;
        }
        if (text_equal_string(text, "-infinity")) {
            return INT64_MIN;
        }
        refuse(result, column, "a timestamptz of the years 1 to 9999");
    }
    return microseconds;
}

static unsigned hexadecimal_digit(char digit)
{
    return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

struct text result_bytes(struct arena *arena, const struct result *result, size_t row, const char *column)
{
    struct text text = result_text(result, row, column);
    if (text.data == NULL) {
        return NO_TEXT;
    }
    if (text.length % 2 != 0 || !text_starts_with(text, TEXT("\\x"))) {
        refuse(result, column, "a bytea");
    }
    size_t length = text.length / 2 - 1;
    char *bytes = arena_allocate(arena, length + 1);
    for (size_t index = 0; index < length; index++) {
        const char *digits = text.data + 2 + 2 * index;
        bytes[index] = (char)(hexadecimal_digit(digits[0]) << 4 | hexadecimal_digit(digits[1]));
    }
    return (struct text){bytes, length};
}

static struct text source_value(const void *owner, size_t row, int column)
{
    return cell(owner, row, column);
}

static int source_column(const void *owner, const char *name)
{
    const struct result *result = owner;
    return find_column(result, name);
}

struct row_source result_source(const struct result *result)
{
    return (struct row_source){
        .owner = result, .rows = result_rows(result), .value = source_value, .column = source_column};
}

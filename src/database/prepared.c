/* The list of what a connection has prepared, by statement and order. */
#include "database/prepared.h"

#include "base/log.h"

static void forget(struct prepared *prepared)
{
    free(prepared->order);
    *prepared = (struct prepared){0};
}

void prepared_forget_all(struct prepared_table *table)
{
    for (size_t index = 0; index < table->count; index++) {
        if (table->numbered[index] != NULL) {
            table->numbered[index]->state = PREPARED_NOT;
        }
    }
    for (size_t index = 0; index < table->order_count; index++) {
        forget(&table->orders[index]);
    }
    table->order_count = 0;
}

void prepared_free(struct prepared_table *table)
{
    prepared_forget_all(table);
    for (size_t index = 0; index < table->count; index++) {
        free(table->numbered[index]);
    }
    free(table->numbered);
    *table = (struct prepared_table){0};
}

static bool grow(struct prepared_table *table, size_t count)
{
    struct prepared **numbered = realloc(table->numbered, count * sizeof *numbered);
    if (numbered == NULL) {
        return false;
    }
    for (size_t index = table->count; index < count; index++) {
        numbered[index] = NULL;
    }
    table->numbered = numbered;
    table->count = count;
    return true;
}

static struct prepared *numbered_place(struct prepared_table *table, const struct statement *statement)
{
    size_t needed = statement->number < statement_count ? statement_count : statement->number + 1;
    if (needed > table->count && !grow(table, needed)) {
        return NULL;
    }
    struct prepared *place = table->numbered[statement->number];
    if (place == NULL) {
        place = calloc(1, sizeof *place);
        if (place == NULL) {
            return NULL;
        }
        place->statement = statement;
        snprintf(place->name, sizeof place->name, "%s", statement->name);
        table->numbered[statement->number] = place;
    }
    if (place->statement != statement) {
        LOG_ERROR("statements %s and %s have one number", place->statement->name, statement->name);
        abort();
    }
    return place;
}

static struct prepared *ordered_place(struct prepared_table *table, const struct statement *statement,
                                      const char *order)
{
    for (size_t index = 0; index < table->order_count; index++) {
        struct prepared *place = &table->orders[index];
        if (place->statement == statement && strcmp(place->order, order) == 0) {
            return place;
        }
    }
    char *copy = table->order_count < PREPARED_MAXIMUM_ORDERS ? strdup(order) : NULL;
    if (copy == NULL) {
        return NULL;
    }
    struct prepared *place = &table->orders[table->order_count++];
    *place = (struct prepared){.statement = statement, .order = copy};
    snprintf(place->name, sizeof place->name, "%s %zu", statement->name, table->order_count);
    return place;
}

struct prepared *prepared_place(struct prepared_table *table, const struct statement *statement,
                                const char *order)
{
    if (statement->number == STATEMENT_UNNUMBERED) {
        return NULL;
    }
    return order == NULL ? numbered_place(table, statement) : ordered_place(table, statement, order);
}

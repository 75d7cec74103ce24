/* The tree of the teams that a caller may see, with or without their scores. */
#include "api/handlers.h"
#include "api/player_shapes.h"
#include "api/scores.h"
#include "api/shapes.h"
#include "sql/statements.h"

#include <stdlib.h>
#include <string.h>

/* Rows of the tree's statement, found by their parent. */
struct tree {
    struct request *request;
    const struct result *rows;
    const struct shape *tail; /* the members behind "teams" */
    size_t *by_parent;        /* numbers of rows, ordered by their parent's id, then as they came */
    size_t *by_id;
    size_t count;
};

static struct text id_of(const struct tree *tree, size_t row)
{
    return result_text(tree->rows, row, "id");
}

static struct text parent_of(const struct tree *tree, size_t row)
{
    return result_text(tree->rows, row, "parent_id");
}

static int compare_texts(struct text left, struct text right)
{
    size_t length = left.length < right.length ? left.length : right.length;
    int order = length > 0 ? memcmp(left.data, right.data, length) : 0;

    return order != 0 ? order : (left.length > right.length) - (left.length < right.length);
}

static int compare_by_parent(const void *left, const void *right, void *argument)
{
    const struct tree *tree = argument;
    size_t first = *(const size_t *)left;
    size_t second = *(const size_t *)right;
    int order = compare_texts(parent_of(tree, first), parent_of(tree, second));

    return order != 0 ? order : (first > second) - (first < second);
}

static int compare_by_id(const void *left, const void *right, void *argument)
{
    const struct tree *tree = argument;

    return compare_texts(id_of(tree, *(const size_t *)left), id_of(tree, *(const size_t *)right));
}

/* The first position whose row's key is not below `key`. */
static size_t lower_bound(const struct tree *tree, const size_t *order,
                          struct text (*key_of)(const struct tree *, size_t), struct text key)
{
    size_t low = 0;
    size_t high = tree->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_texts(key_of(tree, order[middle]), key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool has_row(const struct tree *tree, struct text id)
{
    size_t position = lower_bound(tree, tree->by_id, id_of, id);

    return position < tree->count && text_equal(id_of(tree, tree->by_id[position]), id);
}

static void tree_index(struct tree *tree)
{
    struct arena *arena = tree->request->context.arena;

    tree->count = result_rows(tree->rows);
    tree->by_parent = ARENA_ARRAY(arena, size_t, tree->count + 1);
    tree->by_id = ARENA_ARRAY(arena, size_t, tree->count + 1);
    for (size_t row = 0; row < tree->count; row++) {
        tree->by_parent[row] = row;
        tree->by_id[row] = row;
    }
    qsort_r(tree->by_parent, tree->count, sizeof *tree->by_parent, compare_by_parent, tree);
    qsort_r(tree->by_id, tree->count, sizeof *tree->by_id, compare_by_id, tree);
}

static void write_team(const struct tree *tree, size_t row);

static void write_teams_below(const struct tree *tree, struct text parent)
{
    for (size_t i = lower_bound(tree, tree->by_parent, parent_of, parent);
         i < tree->count && text_equal(parent_of(tree, tree->by_parent[i]), parent); i++) {
        write_team(tree, tree->by_parent[i]);
    }
}

static void open_team(const struct tree *tree, const struct result *rows, size_t row)
{
    struct json_writer *writer = &tree->request->writer;
    struct row_source source = result_source(rows);

    json_open_object(writer);
    encode_members(writer, result_binding(rows, &team_tree_head), &source, row);
    json_key(writer, "teams");
    json_open_array(writer);
}

static void close_team(const struct tree *tree, const struct result *rows, size_t row)
{
    struct json_writer *writer = &tree->request->writer;
    struct row_source source = result_source(rows);

    json_close_array(writer);
    encode_members(writer, result_binding(rows, tree->tail), &source, row);
    json_close_object(writer);
}

/* The depth is that of the tree, which is bounded when teams are made and moved. */
static void write_team(const struct tree *tree, size_t row)
{
    open_team(tree, tree->rows, row);
    write_teams_below(tree, id_of(tree, row));
    close_team(tree, tree->rows, row);
}

/* The rows whose parent is not among them, in the order of their names. */
static size_t find_tops(const struct tree *tree, size_t *tops)
{
    size_t count = 0;

    for (size_t row = 0; row < tree->count; row++) {
        if (!has_row(tree, parent_of(tree, row))) {
            tops[count++] = row;
        }
    }
    return count;
}

static bool have_one_parent(const struct tree *tree, const size_t *tops, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (!text_equal(parent_of(tree, tops[i]), parent_of(tree, tops[0]))) {
            return false;
        }
    }
    return true;
}

/* Several teams stand below their common parent, or below the organization's root where they have none. */
static enum problem write_below_common(const struct tree *tree, const size_t *tops, size_t count)
{
    struct result *above;
    size_t root = 0;

    TRY(sql_team_and_above(&tree->request->context,
                           (struct sql_team_and_above){.team = value_text(parent_of(tree, tops[0]))},
                           &above));
    if (!have_one_parent(tree, tops, count)) {
        root = result_rows(above) - 1;
    }
    open_team(tree, above, root);
    for (size_t i = 0; i < count; i++) {
        write_team(tree, tops[i]);
    }
    close_team(tree, above, root);
    return PROBLEM_NONE;
}

/* A caller with one team has it as the root of the answer. */
static enum problem write_tree(struct request *request, const struct result *rows, const struct shape *tail)
{
    struct tree tree = {.request = request, .rows = rows, .tail = tail};
    size_t *tops;
    size_t count;

    if (result_rows(rows) == 0 || result_null(rows, 0, "id")) {
        return FAIL_PLAINLY(&request->context, PROBLEM_NOT_FOUND);
    }
    tree_index(&tree);
    tops = ARENA_ARRAY(request->context.arena, size_t, tree.count);
    count = find_tops(&tree, tops);
    if (count == 1) {
        write_team(&tree, tops[0]);
        return PROBLEM_NONE;
    }
    return write_below_common(&tree, tops, count);
}

enum problem show_my_teams(struct request *request)
{
    struct value organization = value_text(path_value(request, "organization_id"));
    struct result *rows;

    TRY(sql_my_teams_tree(&request->context, (struct sql_my_teams_tree){.organization_id = organization},
                          &rows));
    return write_tree(request, rows, &team_tree_tail);
}

enum problem show_my_team_scores(struct request *request)
{
    struct context *context = &request->context;
    const struct sql_my_teams_scores asked = {.organization_id =
                                                  value_text(path_value(request, "organization_id"))};
    struct result *rows;

    TRY(sql_my_teams_scores(context, asked, &rows));
    if (scores_are_late(rows)) {
        TRY(scores_refresh(context, asked.organization_id));
        TRY(sql_my_teams_scores(context, asked, &rows));
    }
    return write_tree(request, rows, &scored_tree_tail);
}

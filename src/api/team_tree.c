/* The tree of the teams that a caller may see, with or without their scores. */
#include "access/session.h"
#include "api/handlers.h"
#include "api/player_shapes.h"
#include "api/scores.h"
#include "api/shapes.h"
#include "base/shelf.h"
#include "http/bind.h"
#include "http/compress.h"
#include "sql/statements.h"

#include <stdlib.h>
#include <string.h>

/* What is smaller goes through the front end quickly enough. */
#define SMALLEST_KEPT 65536

/* A row with what it is found by. */
struct node {
    struct text id;
    struct text parent; /* NO_TEXT of the root */
    size_t row;
};

struct tree {
    struct request *request;
    const struct result *rows;
    const struct shape *tail; /* the members behind "teams" */
    struct node *nodes;       /* in the order of the rows */
    struct node *by_parent;   /* ordered by their parent's id, then as they came */
    struct node *by_id;
    size_t count;
};

static int compare_texts(struct text left, struct text right)
{
    size_t length = left.length < right.length ? left.length : right.length;
    int order = length > 0 ? memcmp(left.data, right.data, length) : 0;

    return order != 0 ? order : (left.length > right.length) - (left.length < right.length);
}

static int compare_by_parent(const void *left, const void *right)
{
    const struct node *first = left;
    const struct node *second = right;
    int order = compare_texts(first->parent, second->parent);

    return order != 0 ? order : (first->row > second->row) - (first->row < second->row);
}

static int compare_by_id(const void *left, const void *right)
{
    return compare_texts(((const struct node *)left)->id, ((const struct node *)right)->id);
}

/* The position of the first child of a team, or where it would be. */
static size_t first_below(const struct tree *tree, struct text parent)
{
    size_t low = 0;
    size_t high = tree->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_texts(tree->by_parent[middle].parent, parent) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool has_row(const struct tree *tree, struct text id)
{
    const struct node key = {.id = id};

    return bsearch(&key, tree->by_id, tree->count, sizeof key, compare_by_id) != NULL;
}

static void tree_index(struct tree *tree)
{
    struct arena *arena = tree->request->context.arena;

    tree->count = result_rows(tree->rows);
    tree->nodes = ARENA_ARRAY(arena, struct node, tree->count + 1);
    tree->by_parent = ARENA_ARRAY(arena, struct node, tree->count + 1);
    tree->by_id = ARENA_ARRAY(arena, struct node, tree->count + 1);
    for (size_t row = 0; row < tree->count; row++) {
        tree->nodes[row] = (struct node){.id = result_text(tree->rows, row, "id"),
                                         .parent = result_text(tree->rows, row, "parent_id"),
                                         .row = row};
        tree->by_parent[row] = tree->nodes[row];
        tree->by_id[row] = tree->nodes[row];
    }
    qsort(tree->by_parent, tree->count, sizeof tree->by_parent[0], compare_by_parent);
    qsort(tree->by_id, tree->count, sizeof tree->by_id[0], compare_by_id);
}

static void write_team(const struct tree *tree, size_t row);

static void write_teams_below(const struct tree *tree, struct text parent)
{
    for (size_t i = first_below(tree, parent);
         i < tree->count && text_equal(tree->by_parent[i].parent, parent); i++) {
        write_team(tree, tree->by_parent[i].row);
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
    write_teams_below(tree, tree->nodes[row].id);
    close_team(tree, tree->rows, row);
}

/* The rows whose parent is not among them, in the order of their names. */
static size_t find_tops(const struct tree *tree, size_t *tops)
{
    size_t count = 0;

    for (size_t row = 0; row < tree->count; row++) {
        if (!has_row(tree, tree->nodes[row].parent)) {
            tops[count++] = row;
        }
    }
    return count;
}

static bool have_one_parent(const struct tree *tree, const size_t *tops, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (!text_equal(tree->nodes[tops[i]].parent, tree->nodes[tops[0]].parent)) {
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
                           (struct sql_team_and_above){.team = value_text(tree->nodes[tops[0]].parent)},
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

/* --- With scores --- */

/* What is told to everybody who sees all of it is the same: it is made once for each state of the
 * organization, and kept. */
static enum problem tell_whole(struct request *request, struct text organization, struct text version)
{
    struct context *context = &request->context;
    struct shelved told;
    struct result *rows;

    TRY(sql_organization_scores(
        context, (struct sql_organization_scores){.organization_id = value_text(organization)}, &rows));
    TRY(write_tree(request, rows, &scored_tree_tail));
    told.text = builder_text(&request->response.body);
    if (told.text.length < SMALLEST_KEPT || request->response.body.overflowed) {
        return PROBLEM_NONE;
    }
    told.compressed = compress_text(context->arena, told.text);
    if (told.compressed.data != NULL) {
        shelf_put(organization, version, &told);
        respond_with_bytes(request, told.text, told.compressed);
    }
    return PROBLEM_NONE;
}

static enum problem tell_visible(struct request *request, struct text organization)
{
    struct result *rows;

    TRY(sql_my_teams_scores(
        &request->context, (struct sql_my_teams_scores){.organization_id = value_text(organization)}, &rows));
    return write_tree(request, rows, &scored_tree_tail);
}

/* The scoreboard after what has changed was worked in. */
static enum problem refresh_scoreboard(struct request *request, struct result **board)
{
    const struct queued again = bind_statement(request, request->endpoint->statement);

    TRY(scores_refresh(&request->context, value_text(result_text(*board, 0, "organization_id"))));
    return statements_run(&request->context, &again, 1, board);
}

/* Most who see all of it get what is kept. */
enum problem show_my_team_scores(struct request *request)
{
    struct result *board = request->result;
    struct text organization = path_value(request, "organization_id");
    struct shelved kept;

    if (result_rows(board) == 0) {
        return FAIL_PLAINLY(&request->context, PROBLEM_NOT_FOUND);
    }
    if (!scores_are_late(board) && result_true(board, 0, "administers") &&
        shelf_find(request->context.arena, organization, result_text(board, 0, "version"), &kept)) {
        respond_with_bytes(request, kept.text, kept.compressed);
        return PROBLEM_NONE;
    }
    TRY(session_resume(request));
    if (scores_are_late(board)) {
        TRY(refresh_scoreboard(request, &board));
    }
    return result_true(board, 0, "administers")
               ? tell_whole(request, organization, result_text(board, 0, "version"))
               : tell_visible(request, organization);
}

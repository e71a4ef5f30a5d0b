/* SPDX-License-Identifier: Apache-2.0 */
/* Results as people read them. */
#include "face/table.h"

#include "face/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Made of what is shown; keys and headings are allocated. */
struct own_columns {
    struct column *items;
    size_t count;
};

/* ---- grids ----------------------------------------------------------------------------------- */

struct grid {
    char **cells; /* headings first, then row by row; escaped */
    size_t *widths;
    bool *numeric;
    size_t rows; /* with the headings */
    size_t columns;
};

/* What stands for a secret in a request; people need not know how. */
static bool is_secret(const json_t *value)
{
    const char *text = json_string_value(value);
    return text && strncmp(text, "${secret:", 9) == 0 &&
           strchr(text, '}') == text + strlen(text) - 1;
}

static char *escaped_cell(const char *key, const json_t *value)
{
    struct text plain = {0}, escaped = {0};
    if (is_secret(value))
        text_add(&plain, "(secret)");
    else
        cell_text(&plain, key, value);
    screen_escape(&escaped, text_get(&plain), false);
    text_free(&plain);
    return text_take(&escaped);
}

static bool grid_fill(struct grid *grid, const json_t *rows, struct columns columns)
{
    grid->columns = columns.count;
    grid->rows = json_array_size(rows) + 1;
    grid->cells = calloc(grid->rows * grid->columns, sizeof *grid->cells);
    grid->widths = calloc(grid->columns, sizeof *grid->widths);
    grid->numeric = calloc(grid->columns, sizeof *grid->numeric);
    if (!grid->cells || !grid->widths || !grid->numeric)
        return false;
    for (size_t c = 0; c < grid->columns; c++) {
        bool any = false, text = false;
        for (size_t r = 0; r < grid->rows; r++) {
            const json_t *value =
                r ? cell_value(json_array_get(rows, r - 1), columns.items[c].key) : NULL;
            char *cell =
                r ? escaped_cell(columns.items[c].key, value) : strdup(columns.items[c].heading);
            if (!cell)
                return false;
            grid->cells[r * grid->columns + c] = cell;
            size_t width = screen_columns(cell);
            if (width > grid->widths[c])
                grid->widths[c] = width;
            any |= json_is_number(value);
            text |= r && value && !json_is_number(value) && !json_is_null(value);
        }
        grid->numeric[c] = any && !text;
    }
    return true;
}

static void grid_print(struct text *out, const struct grid *grid, bool color)
{
    for (size_t r = 0; r < grid->rows; r++) {
        text_add(out, color && r == 0 ? "\033[1m" : "");
        for (size_t c = 0; c < grid->columns; c++) {
            const char *cell = grid->cells[r * grid->columns + c];
            size_t blanks = grid->widths[c] - screen_columns(cell);
            text_add(out, c ? "  " : "");
            if (grid->numeric[c])
                screen_blanks(out, blanks);
            text_add(out, cell);
            if (!grid->numeric[c] && c + 1 < grid->columns)
                screen_blanks(out, blanks);
        }
        text_add(out, color && r == 0 ? "\033[0m\n" : "\n");
    }
}

static void grid_free(struct grid *grid)
{
    for (size_t i = 0; grid->cells && i < grid->rows * grid->columns; i++)
        free(grid->cells[i]);
    free(grid->cells);
    free(grid->widths);
    free(grid->numeric);
}

/* ---- columns of one's own -------------------------------------------------------------------- */

/* A value whose label is there too ("status" and "statusLabel"): people read the label. */
static bool has_label(const json_t *object, const char *key)
{
    char label[128];
    int length = snprintf(label, sizeof label, "%sLabel", key);
    return length < (int)sizeof label && json_is_string(json_object_get(object, label));
}

static bool is_label(const json_t *object, const char *key)
{
    char value[128];
    size_t length = strlen(key);
    if (length <= 5 || length >= sizeof value || strcmp(key + length - 5, "Label") != 0)
        return false;
    memcpy(value, key, length - 5);
    value[length - 5] = '\0';
    return json_object_get(object, value) && has_label(object, value);
}

/* Takes over both texts. */
static void own_column(struct own_columns *own, char *key, char *heading)
{
    struct column *grown = reallocarray(own->items, own->count + 1, sizeof *grown);
    if (grown)
        own->items = grown;
    if (grown && key && heading) {
        own->items[own->count++] = (struct column){key, heading};
        return;
    }
    free(key);
    free(heading);
}

/* The same, unless an earlier row has the key. */
static void own_column_once(struct own_columns *own, char *key, char *heading)
{
    size_t i = 0;
    while (key && i < own->count && strcmp(own->items[i].key, key) != 0)
        i++;
    if (i == own->count) {
        own_column(own, key, heading);
        return;
    }
    free(key);
    free(heading);
}

/* Adds the keys of the object that are not there yet, and in a list those of the objects in it, so
 * that a rule and its properties stand in one line. */
static void add_columns(struct own_columns *own, const json_t *object, bool flatten)
{
    const char *key, *inner_key;
    json_t *value, *inner;
    json_object_foreach((json_t *)object, key, value)
    {
        if (is_label(object, key) || (json_is_object(value) && json_object_size(value) == 0))
            continue;
        if (has_label(object, key))
            own_column_once(own, text_format("%sLabel", key), heading_of(key));
        else if (!flatten || !json_is_object(value))
            own_column_once(own, strdup(key), heading_of(key));
        else
            json_object_foreach(value, inner_key, inner)
                own_column_once(own, text_format("/%s/%s", key, inner_key), heading_of(inner_key));
    }
}

static void own_columns_free(struct own_columns *own)
{
    for (size_t i = 0; i < own->count; i++) {
        free((char *)own->items[i].key);
        free((char *)own->items[i].heading);
    }
    free(own->items);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static void list_values(struct text *out, const json_t *rows)
{
    size_t index;
    const json_t *value;
    json_array_foreach(rows, index, value)
    {
        char *cell = escaped_cell("", value);
        text_printf(out, "%s\n", cell ? cell : "");
        free(cell);
    }
}

void table_list(struct text *out, const json_t *rows, struct columns columns, bool color)
{
    if (json_array_size(rows) == 0)
        return;
    const json_t *first = json_array_get(rows, 0);
    if (!json_is_object(first)) {
        list_values(out, rows);
        return;
    }
    struct own_columns own = {0};
    size_t index;
    const json_t *row;
    if (!columns.items) {
        json_array_foreach(rows, index, row) add_columns(&own, row, true);
        columns = (struct columns){own.items, own.count};
    }
    struct grid grid = {0};
    if (columns.count && grid_fill(&grid, rows, columns))
        grid_print(out, &grid, color);
    grid_free(&grid);
    own_columns_free(&own);
}

/* ---- one thing ------------------------------------------------------------------------------- */

enum { DEEPEST = 8 };

static void object_at(struct text *out, const json_t *object, struct columns columns, bool color,
                      size_t indent, int depth);

static bool is_nested(const json_t *value)
{
    return (json_is_object(value) && json_object_size(value)) ||
           (json_is_array(value) && json_is_object(json_array_get(value, 0)));
}

/* Details that a plugin reports are name, label and value each: shown as heading and value. */
static bool is_labelled(const json_t *list)
{
    size_t index;
    const json_t *item;
    json_array_foreach(list, index, item) if (!json_object_get(item, "label") ||
                                              !json_object_get(item, "value")) return false;
    return true;
}

static void indented(struct text *out, const char *lines, size_t indent)
{
    while (*lines) {
        size_t length = strcspn(lines, "\n");
        screen_blanks(out, indent);
        text_append(out, lines, length);
        text_add(out, "\n");
        lines += length + (lines[length] == '\n');
    }
}

/* The label is the plugin's own word ("DNS servers") and stays as it is. */
static void labelled_at(struct text *out, const json_t *list, bool color, size_t indent, int depth)
{
    json_t *object = json_object();
    struct own_columns own = {0};
    size_t index;
    const json_t *item;
    json_array_foreach(list, index, item)
    {
        const char *label = json_string_value(json_object_get(item, "label"));
        if (!label || *label == '/')
            continue;
        json_object_set(object, label, json_object_get(item, "value"));
        own_column(&own, strdup(label), strdup(label));
    }
    object_at(out, object, (struct columns){own.items, own.count}, color, indent, depth);
    own_columns_free(&own);
    json_decref(object);
}

static void nested_at(struct text *out, const json_t *value, bool color, size_t indent, int depth)
{
    if (json_is_object(value)) {
        object_at(out, value, (struct columns){0}, color, indent, depth);
    } else if (is_labelled(value)) {
        labelled_at(out, value, color, indent, depth);
    } else {
        struct text table = {0};
        table_list(&table, value, (struct columns){0}, color);
        indented(out, text_get(&table), indent);
        text_free(&table);
    }
}

static void entry_at(struct text *out, const struct column *column, const json_t *value, bool color,
                     size_t indent, size_t widest, int depth)
{
    struct text heading = {0};
    screen_escape(&heading, column->heading, false);
    screen_blanks(out, indent);
    text_printf(out, "%s%s:%s", color ? "\033[1m" : "", text_get(&heading), color ? "\033[0m" : "");
    size_t width = screen_columns(text_get(&heading));
    text_free(&heading);
    if (is_nested(value) && depth < DEEPEST) {
        text_add(out, "\n");
        nested_at(out, value, color, indent + 2, depth + 1);
        return;
    }
    screen_blanks(out, 2 + (widest > width ? widest - width : 0));
    char *cell = escaped_cell(column->key, value);
    text_printf(out, "%s\n", cell ? cell : "");
    free(cell);
}

static void object_at(struct text *out, const json_t *object, struct columns columns, bool color,
                      size_t indent, int depth)
{
    struct own_columns own = {0};
    if (!columns.items) {
        add_columns(&own, object, false);
        columns = (struct columns){own.items, own.count};
    }
    size_t widest = 0;
    for (size_t i = 0; i < columns.count; i++) {
        const json_t *value = cell_value(object, columns.items[i].key);
        size_t width = value && !is_nested(value) ? screen_columns(columns.items[i].heading) : 0;
        widest = width > widest ? width : widest;
    }
    for (size_t i = 0; i < columns.count; i++) {
        const json_t *value = cell_value(object, columns.items[i].key);
        if (value)
            entry_at(out, &columns.items[i], value, color, indent, widest, depth);
    }
    own_columns_free(&own);
}

/* Headings of lists are shouted, those of one thing are spoken. */
void table_object(struct text *out, const json_t *object, struct columns columns, bool color)
{
    struct own_columns own = {0};
    for (size_t i = 0; i < columns.count; i++)
        own_column(&own, strdup(columns.items[i].key), heading_of(columns.items[i].heading));
    object_at(out, object, (struct columns){own.items, own.count}, color, 0, 0);
    own_columns_free(&own);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Results as people read them. */
#include "face/table.h"

#include "face/screen.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const json_t *step_into(const json_t *value, const char *name)
{
    if (!json_is_array(value))
        return json_object_get(value, name);
    char *end;
    unsigned long index = strtoul(name, &end, 10);
    return *end || !*name ? NULL : json_array_get(value, index);
}

const json_t *cell_value(const json_t *object, const char *key)
{
    if (*key != '/')
        return json_object_get(object, key);
    const json_t *value = object;
    while (value && *key == '/') {
        char name[128];
        size_t length = strcspn(++key, "/");
        if (length >= sizeof name)
            return NULL;
        memcpy(name, key, length);
        name[length] = '\0';
        value = step_into(value, name);
        key += length;
    }
    return value;
}

void cell_text(struct text *out, const json_t *value)
{
    if (json_is_string(value)) {
        text_add(out, *json_string_value(value) ? json_string_value(value) : "-");
    } else if (json_is_boolean(value)) {
        text_add(out, json_is_true(value) ? "yes" : "no");
    } else if (json_is_array(value) && json_array_size(value) &&
               !json_is_object(json_array_get(value, 0))) {
        size_t index;
        const json_t *item;
        json_array_foreach(value, index, item)
        {
            text_add(out, index ? ", " : "");
            cell_text(out, item);
        }
    } else if (!value || json_is_null(value) ||
               (!json_is_number(value) && json_array_size(value) + json_object_size(value) == 0)) {
        text_add(out, "-");
    } else {
        char *json = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
        text_add(out, json ? json : "-");
        free(json);
    }
}

char *heading_of(const char *key)
{
    struct text heading = {0};
    for (const char *c = key; *c; c++) {
        bool starts_word = isupper((unsigned char)*c) && c > key && islower((unsigned char)c[-1]);
        if (starts_word)
            text_add(&heading, " ");
        char letter = *c == '-' || *c == '_' ? ' '
                      : c == key             ? (char)toupper((unsigned char)*c)
                      : starts_word && !isupper((unsigned char)c[1])
                          ? (char)tolower((unsigned char)*c)
                          : *c;
        text_append(&heading, &letter, 1);
    }
    return text_take(&heading);
}

/* ---- lists ----------------------------------------------------------------------------------- */

struct grid {
    char **cells; /* headings first, then row by row; escaped */
    size_t *widths;
    bool *numeric;
    size_t rows; /* with the headings */
    size_t columns;
};

static char *escaped_cell(const json_t *value)
{
    struct text plain = {0}, escaped = {0};
    cell_text(&plain, value);
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
            char *cell = r ? escaped_cell(value) : strdup(columns.items[c].heading);
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

/* Columns made of the first object's keys; the headings are allocated. */
static struct column *own_columns(const json_t *object, size_t *count)
{
    struct column *items = calloc(json_object_size(object) + 1, sizeof *items);
    *count = 0;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        char *heading = items ? heading_of(key) : NULL;
        if (heading)
            items[(*count)++] = (struct column){key, heading};
    }
    return items;
}

static void own_columns_free(struct column *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((char *)items[i].heading);
    free(items);
}

static void list_values(struct text *out, const json_t *rows)
{
    size_t index;
    const json_t *value;
    json_array_foreach(rows, index, value)
    {
        char *cell = escaped_cell(value);
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
    struct column *own = NULL;
    if (!columns.items) {
        own = own_columns(first, &columns.count);
        columns.items = own;
    }
    struct grid grid = {0};
    if (columns.count && grid_fill(&grid, rows, columns))
        grid_print(out, &grid, color);
    grid_free(&grid);
    if (own)
        own_columns_free(own, columns.count);
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

static void labelled_at(struct text *out, const json_t *list, bool color, size_t indent, int depth)
{
    json_t *object = json_object();
    size_t index;
    const json_t *item;
    json_array_foreach(list, index, item)
    {
        const char *label = json_string_value(json_object_get(item, "label"));
        json_object_set(object, label ? label : "-", json_object_get(item, "value"));
    }
    object_at(out, object, (struct columns){0}, color, indent, depth);
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

static void object_at(struct text *out, const json_t *object, struct columns columns, bool color,
                      size_t indent, int depth)
{
    struct column *own = NULL;
    if (!columns.items) {
        own = own_columns(object, &columns.count);
        columns.items = own;
    }
    size_t widest = 0;
    for (size_t i = 0; i < columns.count; i++) {
        const json_t *value = cell_value(object, columns.items[i].key);
        size_t width = value && !is_nested(value) ? screen_columns(columns.items[i].heading) : 0;
        widest = width > widest ? width : widest;
    }
    for (size_t i = 0; i < columns.count; i++) {
        const json_t *value = cell_value(object, columns.items[i].key);
        if (!value)
            continue;
        struct text heading = {0};
        screen_escape(&heading, columns.items[i].heading, false);
        screen_blanks(out, indent);
        text_printf(out, "%s%s:%s", color ? "\033[1m" : "", text_get(&heading),
                    color ? "\033[0m" : "");
        if (is_nested(value) && depth < DEEPEST) {
            text_add(out, "\n");
            nested_at(out, value, color, indent + 2, depth + 1);
        } else {
            size_t width = screen_columns(text_get(&heading));
            screen_blanks(out, 2 + (widest > width ? widest - width : 0));
            char *cell = escaped_cell(value);
            text_printf(out, "%s\n", cell ? cell : "");
            free(cell);
        }
        text_free(&heading);
    }
    if (own)
        own_columns_free(own, columns.count);
}

void table_object(struct text *out, const json_t *object, struct columns columns, bool color)
{
    object_at(out, object, columns, color, 0, 0);
}

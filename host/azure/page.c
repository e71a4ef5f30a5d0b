/* SPDX-License-Identifier: Apache-2.0 */
/* Finds where values of JSON begin and end; what they mean is left to Jansson. */
#include "azure/page.h"

#include <stdlib.h>
#include <string.h>

/* What is left of a text. */
struct cursor {
    const char *at;
    const char *end;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void skip_blanks(struct cursor *cursor)
{
    while (cursor->at < cursor->end && is_blank(*cursor->at))
        cursor->at++;
}

static bool take(struct cursor *cursor, char wanted)
{
    skip_blanks(cursor);
    if (cursor->at == cursor->end || *cursor->at != wanted)
        return false;
    cursor->at++;
    return true;
}

/* From the opening quotation mark to behind the closing one. */
static bool skip_string(struct cursor *cursor)
{
    for (const char *c = cursor->at + 1; c < cursor->end; c++) {
        if (*c == '\\') {
            c++;
        } else if (*c == '"') {
            cursor->at = c + 1;
            return true;
        }
    }
    return false;
}

static bool skip_nested(struct cursor *cursor)
{
    size_t depth = 0;
    while (cursor->at < cursor->end) {
        char c = *cursor->at;
        if (c == '"') {
            if (!skip_string(cursor))
                return false;
            continue;
        }
        cursor->at++;
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && --depth == 0)
            return true;
    }
    return false;
}

static bool skip_plain(struct cursor *cursor)
{
    const char *start = cursor->at;
    while (cursor->at < cursor->end && !is_blank(*cursor->at) && !strchr(",]}", *cursor->at))
        cursor->at++;
    return cursor->at > start;
}

static bool take_value(struct cursor *cursor, struct arm_entry *value)
{
    skip_blanks(cursor);
    value->text = cursor->at;
    if (cursor->at == cursor->end)
        return false;
    char c = *cursor->at;
    bool whole = c == '"'               ? skip_string(cursor)
                 : c == '{' || c == '[' ? skip_nested(cursor)
                                        : skip_plain(cursor);
    value->length = (size_t)(cursor->at - value->text);
    return whole;
}

/* The next member of an object whose opening brace is behind the cursor. 0: there is no more. */
static int take_member(struct cursor *cursor, bool first, struct arm_entry *name,
                       struct arm_entry *value)
{
    if (take(cursor, '}'))
        return 0;
    if (!first && !take(cursor, ','))
        return -1;
    skip_blanks(cursor);
    if (cursor->at == cursor->end || *cursor->at != '"' || !take_value(cursor, name) ||
        !take(cursor, ':') || !take_value(cursor, value))
        return -1;
    return 1;
}

/* ---- entries --------------------------------------------------------------------------------- */

json_t *arm_entry_read(const struct arm_entry *entry)
{
    return json_loadb(entry->text, entry->length, JSON_DECODE_ANY, NULL);
}

/* Escapes are for Jansson. */
static bool copy_string(const struct arm_entry *string, char *value, size_t room)
{
    if (string->length < 2 || *string->text != '"' || string->length - 2 >= room)
        return false;
    if (!memchr(string->text, '\\', string->length)) {
        memcpy(value, string->text + 1, string->length - 2);
        value[string->length - 2] = '\0';
        return true;
    }
    json_t *read = arm_entry_read(string);
    size_t length = json_string_length(read);
    bool fits = json_is_string(read) && length < room;
    if (fits)
        memcpy(value, json_string_value(read), length + 1);
    json_decref(read);
    return fits;
}

static bool is_named(const struct arm_entry *name, const char *wanted)
{
    char copy[64];
    return copy_string(name, copy, sizeof copy) && strcmp(copy, wanted) == 0;
}

static bool find_member(const struct arm_entry *object, const char *wanted, struct arm_entry *value)
{
    struct cursor cursor = {object->text, object->text + object->length};
    struct arm_entry name;
    if (!take(&cursor, '{'))
        return false;
    for (bool first = true; take_member(&cursor, first, &name, value) > 0; first = false)
        if (is_named(&name, wanted))
            return true;
    return false;
}

bool arm_entry_string(const struct arm_entry *entry, const char *parent, const char *name,
                      char *value, size_t room)
{
    struct arm_entry inner = *entry, found;
    return (!parent || find_member(entry, parent, &inner)) && find_member(&inner, name, &found) &&
           copy_string(&found, value, room);
}

/* ---- pages ----------------------------------------------------------------------------------- */

static int add_entry(struct page *page, size_t *room, const struct arm_entry *entry)
{
    if (page->count == *room) {
        *room = *room ? 2 * *room : 64;
        struct arm_entry *grown = realloc(page->entries, *room * sizeof *grown);
        if (!grown)
            return -1;
        page->entries = grown;
    }
    page->entries[page->count++] = *entry;
    return 0;
}

static int cut_entries(struct page *page, const struct arm_entry *array)
{
    struct cursor cursor = {array->text, array->text + array->length};
    size_t room = 0;
    struct arm_entry entry;
    page->count = 0; /* of two members of one name Jansson takes the last */
    page->is_list = take(&cursor, '[');
    if (!page->is_list || take(&cursor, ']'))
        return 0;
    do {
        if (!take_value(&cursor, &entry) || add_entry(page, &room, &entry) != 0)
            return -1;
    } while (take(&cursor, ','));
    return take(&cursor, ']') ? 0 : -1;
}

static int keep_link(struct page *page, const struct arm_entry *value)
{
    json_t *link = arm_entry_read(value);
    return link ? json_object_set_new(page->rest, "nextLink", link) : -1;
}

int page_cut(const char *text, size_t length, struct page *page)
{
    struct cursor cursor = {text, text + length};
    struct arm_entry name, value;
    page->rest = json_object();
    if (!page->rest || !take(&cursor, '{'))
        return -1;
    int more;
    for (bool first = true; (more = take_member(&cursor, first, &name, &value)) > 0;
         first = false) {
        if (is_named(&name, "value") && cut_entries(page, &value) != 0)
            return -1;
        if (is_named(&name, "nextLink") && keep_link(page, &value) != 0)
            return -1;
    }
    skip_blanks(&cursor);
    return more == 0 && cursor.at == cursor.end ? 0 : -1;
}

void page_clear(struct page *page)
{
    free(page->entries);
    json_decref(page->rest);
    memset(page, 0, sizeof *page);
}

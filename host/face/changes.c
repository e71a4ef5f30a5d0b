/* SPDX-License-Identifier: Apache-2.0 */
/* What a dry run shows. */
#include "face/changes.h"

#include "face/output.h"
#include "face/screen.h"

#include <stdlib.h>
#include <string.h>

struct kind {
    const char *name;
    char sign;
    const char *color;
};

static const struct kind kinds[] = {
    [CHANGE_CREATE] = {"create", '+', "\033[32m"}, [CHANGE_UPDATE] = {"change", '~', "\033[33m"},
    [CHANGE_REMOVE] = {"remove", '-', "\033[31m"}, [CHANGE_KEEP] = {"keep", '=', "\033[2m"},
    [CHANGE_RUN] = {"run", '>', "\033[36m"},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

bool changes_add(json_t *changes, const struct change *change, bool bodies)
{
    json_t *body = bodies && change->body ? json_loads(change->body, 0, NULL) : json_null();
    json_t *object =
        json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:o}", "change", kinds[change->kind].name,
                  "key", change->key, "title", change->title, "method", change->method, "path",
                  change->path, "why", change->why, "body", body);
    return object && json_array_append_new(changes, object) == 0;
}

static const char *text_of(const json_t *change, const char *key)
{
    const char *value = json_string_value(json_object_get(change, key));
    return value ? value : "";
}

static enum change_kind kind_of(const json_t *change)
{
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(text_of(change, "change"), kinds[i].name) == 0)
            return (enum change_kind)i;
    return CHANGE_KEEP;
}

static void count_kinds(const json_t *changes, long counts[KINDS])
{
    memset(counts, 0, KINDS * sizeof *counts);
    size_t index;
    const json_t *change;
    json_array_foreach(changes, index, change) counts[kind_of(change)]++;
}

json_t *changes_document(json_t *changes, json_t *result)
{
    long counts[KINDS];
    count_kinds(changes, counts);
    json_t *summary = json_object();
    for (size_t i = 0; i < KINDS; i++)
        json_object_set_new(summary, kinds[i].name, json_integer(counts[i]));
    json_t *document = json_pack("{s:O, s:o}", "changes", changes, "summary", summary);
    if (document && result)
        json_object_set(document, "result", result);
    return document;
}

static void add_body(struct text *out, const json_t *body)
{
    struct text json = {0};
    output_json(&json, body, false);
    for (const char *line = text_get(&json); *line;) {
        size_t length = strcspn(line, "\n");
        text_add(out, "      ");
        text_append(out, line, length);
        text_add(out, "\n");
        line += length + (line[length] == '\n');
    }
    text_free(&json);
}

static void add_change(struct text *out, const json_t *change, bool bodies, bool color)
{
    enum change_kind kind = kind_of(change);
    const char *title =
        *text_of(change, "title") ? text_of(change, "title") : text_of(change, "key");
    text_printf(out, "%s%c %-6s%s  ", color ? kinds[kind].color : "", kinds[kind].sign,
                kinds[kind].name, color ? "\033[0m" : "");
    screen_escape(out, title, false);
    if (kind == CHANGE_UPDATE && *text_of(change, "why")) {
        text_add(out, " (");
        screen_escape(out, text_of(change, "why"), false);
        text_add(out, ")");
    }
    text_add(out, "\n");
    if (kind == CHANGE_KEEP && !bodies)
        return;
    if (*text_of(change, "path")) {
        text_printf(out, "    %s%s ", color ? "\033[2m" : "", text_of(change, "method"));
        screen_escape(out, text_of(change, "path"), false);
        text_add(out, color ? "\033[0m\n" : "\n");
    }
    const json_t *body = json_object_get(change, "body");
    if (bodies && body && !json_is_null(body))
        add_body(out, body);
}

static void add_summary(struct text *out, const json_t *changes)
{
    long counts[KINDS];
    count_kinds(changes, counts);
    text_printf(out, "%s%ld to create, %ld to change, %ld to remove",
                json_array_size(changes) ? "\n" : "", counts[CHANGE_CREATE], counts[CHANGE_UPDATE],
                counts[CHANGE_REMOVE]);
    if (counts[CHANGE_RUN])
        text_printf(out, ", %ld to run", counts[CHANGE_RUN]);
    if (counts[CHANGE_KEEP])
        text_printf(out, ", %ld to keep", counts[CHANGE_KEEP]);
    text_add(out, "; nothing was sent\n");
}

void changes_render(struct text *out, const json_t *changes, enum output_format format, bool bodies,
                    bool color)
{
    static const struct column columns[] = {
        {"change", ""}, {"key", ""}, {"title", ""}, {"method", ""}, {"path", ""}};
    if (format == OUTPUT_TSV) {
        output_render(out, changes, (struct columns){columns, 5}, format, false);
        return;
    }
    size_t index;
    const json_t *change;
    json_array_foreach(changes, index, change) add_change(out, change, bodies, color);
    add_summary(out, changes);
}

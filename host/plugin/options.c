/* SPDX-License-Identifier: Apache-2.0 */
/* INI keys as declared fields. */
#include "plugin/options.h"

#include "base/text.h"
#include "plugin/fields.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool belongs_to_host(const char *key)
{
    return strcmp(key, "enabled") == 0 || strcmp(key, "file") == 0;
}

/* A key that is there several times becomes a list. */
static json_t *gather(const struct ini_section *section)
{
    json_t *input = json_object();
    for (size_t i = 0; input && section && i < section->entry_count; i++) {
        const struct ini_entry *entry = &section->entries[i];
        if (belongs_to_host(entry->key))
            continue;
        json_t *values = json_object_get(input, entry->key);
        if (!values) {
            values = json_array();
            json_object_set_new(input, entry->key, values);
        }
        json_array_append_new(values, json_string(entry->value));
    }
    return input;
}

static char *describe(const struct field_problems *problems, const struct ini_section *section)
{
    struct text text = {0};
    for (size_t i = 0; i < problems->count; i++) {
        const struct field_problem *problem = &problems->items[i];
        const struct ini_entry *entry = section ? ini_find(section, problem->name) : NULL;
        text_printf(&text, "%s%s:%d: %s: %s", i ? "; " : "", section ? section->file : "default",
                    entry     ? entry->line
                    : section ? section->line
                              : 0,
                    problem->field, problem->message);
    }
    return text_take(&text);
}

char *plugin_options(const struct fh_plugin *entry, const struct ini_section *section,
                     char **refusal)
{
    *refusal = NULL;
    json_t *input = gather(section), *output = NULL, *secrets = NULL;
    struct field_problems problems = {0};
    char *options = NULL;
    if (input && fields_validate_as("", entry->options, entry->option_count, input, NULL, NULL,
                                    &output, &secrets, &problems) == 0)
        options = json_dumps(output, JSON_COMPACT);
    else if (input)
        *refusal = describe(&problems, section);
    field_problems_clear(&problems);
    json_decref(secrets);
    json_decref(output);
    json_decref(input);
    return options;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The command table: every row of every noun, in the order in which help shows them. */
#include "command/nouns.h"

#include <string.h>

typedef struct noun noun_fn(void);

static noun_fn *const nouns[] = {
    noun_config,
    noun_credential,
    noun_doctor,
    noun_plugin,
    noun_region,
    noun_subscription,
    noun_limit,
    noun_connection,
    noun_connection_edit,
    noun_connection_route,
    noun_connection_range,
    noun_connection_check,
    noun_image,
    noun_image_edit,
    noun_image_browse,
    noun_key,
    noun_catalog,
    noun_machine,
    noun_action,
    noun_operation,
};

enum { NOUN_COUNT = sizeof nouns / sizeof *nouns };

size_t command_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < NOUN_COUNT; i++)
        count += nouns[i]().count;
    return count;
}

const struct command *command_at(size_t index)
{
    for (size_t i = 0; i < NOUN_COUNT; i++) {
        struct noun noun = nouns[i]();
        if (index < noun.count)
            return &noun.commands[index];
        index -= noun.count;
    }
    return NULL;
}

const struct command *command_find(const char *noun_name, const char *verb)
{
    for (size_t i = 0; i < NOUN_COUNT; i++) {
        struct noun noun = nouns[i]();
        if (strcmp(noun.name, noun_name) != 0)
            continue;
        for (size_t j = 0; j < noun.count; j++)
            if (strcmp(noun.commands[j].verb, verb) == 0)
                return &noun.commands[j];
    }
    return NULL;
}

const char *command_noun_summary(const char *noun_name)
{
    for (size_t i = 0; i < NOUN_COUNT; i++) {
        struct noun noun = nouns[i]();
        if (strcmp(noun.name, noun_name) == 0)
            return noun.summary;
    }
    return "";
}

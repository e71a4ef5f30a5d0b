/* SPDX-License-Identifier: Apache-2.0 */
/* Personas and machine sizes. */
#include "rules/persona.h"

#include "rules/suggest.h"

#include <string.h>
#include <strings.h>

const struct persona *persona_find(const struct persona_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct persona *persona = &table->personas[i];
        if (strcasecmp(persona->name, name) == 0)
            return persona;
        if (persona->display && strcasecmp(persona->display, name) == 0)
            return persona;
    }
    return NULL;
}

const struct persona *persona_require(const struct persona_table *table, const char *field,
                                      const char *name, struct error *err)
{
    const struct persona *found = persona_find(table, name);
    if (found)
        return found;
    struct suggestion suggestion = {.mistyped = name};
    char known[256] = ""; /* as many as fit */
    for (size_t i = 0; i < table->count; i++) {
        const char *offered = table->personas[i].name;
        suggestion_offer(&suggestion, offered);
        if (strlen(known) + strlen(offered) + 3 < sizeof known)
            strcat(strcat(known, offered), ", ");
    }
    error_set(err, ERROR_USAGE, field,
              "\"%s\" is not a persona%s%s%s Give one of %sor custom; a [persona \"NAME\"] "
              "section adds one.",
              name, suggestion.best ? "; did you mean " : "",
              suggestion.best ? suggestion.best : "", suggestion.best ? "?" : ".", known);
    return NULL;
}

const struct machine_size *size_find(const struct size_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcasecmp(table->sizes[i].name, name) == 0)
            return &table->sizes[i];
    return NULL;
}

const struct machine_size *size_require(const struct size_table *table, const char *field,
                                        const char *name, struct error *err)
{
    const struct machine_size *found = size_find(table, name);
    if (found)
        return found;
    struct suggestion suggestion = {.mistyped = name};
    for (size_t i = 0; i < table->count; i++)
        suggestion_offer(&suggestion, table->sizes[i].name);
    error_set(err, ERROR_USAGE, field,
              "\"%s\" is not a machine size that this installation knows%s%s%s A [size \"NAME\"] "
              "section adds one.",
              name, suggestion.best ? "; did you mean " : "",
              suggestion.best ? suggestion.best : "", suggestion.best ? "?" : ".");
    return NULL;
}

int64_t persona_machines(const struct persona *persona, int64_t users)
{
    int64_t each = persona->users_per_machine > 0 ? persona->users_per_machine : 1;
    if (users <= 0)
        return 0;
    return (users - 1) / each + 1;
}

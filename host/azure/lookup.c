/* SPDX-License-Identifier: Apache-2.0 */
/* Reading many resources with few requests. */
#include "azure/lookup.h"

#include "azure/sync.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEEPEST = 6, NOT_FOUND = 404 };

/* Resources by id, in small letters: Azure does not keep the case of ids. */
static void add_resources(json_t *index, json_t *value, int depth)
{
    size_t i;
    const char *name;
    json_t *item;
    if (depth > DEEPEST)
        return;
    if (json_is_array(value))
        json_array_foreach(value, i, item) add_resources(index, item, depth + 1);
    if (!json_is_object(value))
        return;
    const char *id = json_string_value(json_object_get(value, "id"));
    /* A mere reference has nothing but the id. */
    if (id && json_object_get(value, "name")) {
        char *key = text_lower(id);
        if (key)
            json_object_set(index, key, value);
        free(key);
    }
    json_object_foreach(value, name, item) add_resources(index, item, depth + 1);
}

static bool same_list(const struct lookup *a, const struct lookup *b)
{
    return a->list_path && b->list_path && strcasecmp(a->list_path, b->list_path) == 0 &&
           strcmp(a->api_version, b->api_version) == 0 && strcmp(a->credential, b->credential) == 0;
}

/* What a list lacks is asked for by itself: a list may lag behind. */
static void take_from(json_t *index, struct lookup *lookup)
{
    char *key = text_lower(lookup->path);
    lookup->found = key ? json_incref(json_object_get(index, key)) : NULL;
    free(key);
}

/* What is refused to one credential says nothing of the others. */
static bool is_answer(const struct error *refusal)
{
    return refusal->code == ERROR_AZURE || refusal->code == ERROR_CREDENTIALS;
}

/* Reads the list that lookups[first] is in, for all that are in it. A refusal is no failure: they
 * are read one by one then. */
static int read_list(struct arm *arm, struct lookup *lookups, size_t count, size_t first,
                     struct error *err)
{
    json_t *values = NULL;
    struct error refusal = ERROR_INIT;
    for (size_t i = first; i < count; i++)
        lookups[i].listed |= same_list(&lookups[first], &lookups[i]);
    if (arm_list_wait(arm, lookups[first].credential, lookups[first].list_path,
                      lookups[first].api_version, &values, &refusal) < 0) {
        bool answered = is_answer(&refusal);
        if (!answered)
            error_move(err, &refusal);
        error_clear(&refusal);
        return answered ? 0 : -1;
    }
    json_t *index = json_object();
    add_resources(index, values, 0);
    for (size_t i = first; i < count; i++)
        if (!lookups[i].found && same_list(&lookups[first], &lookups[i]))
            take_from(index, &lookups[i]);
    json_decref(index);
    json_decref(values);
    return 0;
}

static int read_one(struct arm *arm, struct lookup *lookup, struct error *err)
{
    int status = 0;
    json_t *body = NULL;
    struct error refusal = ERROR_INIT;
    if (arm_get_wait(arm, lookup->credential, lookup->path, lookup->api_version, &status, &body,
                     &refusal) < 0) {
        if (is_answer(&refusal))
            lookup->reason = strdup(error_text(&refusal));
        else
            error_move(err, &refusal);
        error_clear(&refusal);
        return lookup->reason ? 0 : -1;
    }
    if (status / 100 == 2) {
        lookup->found = body ? body : json_object();
        return 0;
    }
    const json_t *error = json_object_get(body, "error");
    const char *said = json_string_value(json_object_get(error, "message"));
    if (status == NOT_FOUND)
        lookup->found = json_null();
    else
        lookup->reason = text_format("HTTP %d: %s", status, said ? said : "no reason given");
    json_decref(body);
    return 0;
}

int lookup_all(struct arm *arm, struct lookup *lookups, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        size_t more = 0;
        bool lists = !lookups[i].found && !lookups[i].listed;
        for (size_t j = i + 1; lists && j < count && !more; j++)
            more += same_list(&lookups[i], &lookups[j]);
        if (more && read_list(arm, lookups, count, i, err) < 0)
            return -1;
        if (!lookups[i].found && read_one(arm, &lookups[i], err) < 0)
            return -1;
    }
    return 0;
}

void lookup_clear(struct lookup *lookup)
{
    json_decref(lookup->found);
    free(lookup->reason);
    lookup->found = NULL;
    lookup->reason = NULL;
}

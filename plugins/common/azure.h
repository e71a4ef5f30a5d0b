/* SPDX-License-Identifier: Apache-2.0 */
/* What flexhost's own plugins say in the same words: API versions, paths, the resource group. */
#ifndef FLEXHOST_PLUGINS_COMMON_AZURE_H
#define FLEXHOST_PLUGINS_COMMON_AZURE_H

#include <flexhost/jansson.h>
#include <flexhost/plugin.h>
#include <stdbool.h>
#include <string.h>

#define API_RESOURCES     "2024-07-01"
#define API_NETWORK       "2024-01-01"
#define API_COMPUTE       "2024-07-01"
#define API_GALLERY       "2023-07-03"
#define API_STORAGE       "2023-05-01"
#define API_AUTHORIZATION "2022-04-01"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static inline const char *subscription_path(struct fh_call *call)
{
    return fh_printf(call, "/subscriptions/%s", fh_value(call, "/subscription/id"));
}

static inline const char *group_path(struct fh_call *call)
{
    return fh_printf(call, "%s/resourceGroups/%s", subscription_path(call),
                     fh_value(call, "/resourceGroup"));
}

static inline bool operation_is(struct fh_call *call, const char *name)
{
    const char *operation = fh_value(call, "/operation");
    return operation && strcmp(operation, name) == 0;
}

static inline bool holds_text(const json_t *list, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *one = json_string_value(json_array_get(list, i));
        if (one && strcmp(one, text) == 0)
            return true;
    }
    return false;
}

/* The path of a resource in the subject's group: type "Microsoft.Network/virtualNetworks". */
static inline const char *resource_path(struct fh_call *call, const char *type, const char *name)
{
    return fh_printf(call, "%s/providers/%s/%s", group_path(call), type, name);
}

/* The list that shows all resources of a type in the subject's subscription as a GET of each would.
 */
static inline const char *list_of(struct fh_call *call, const char *type)
{
    return fh_printf(call, "%s/providers/%s", subscription_path(call), type);
}

/* What every plan needs of the request; a host that leaves it out has a bug. */
static inline int32_t require_place(struct fh_call *call)
{
    static const char *const needed[] = {"/subscription/id", "/resourceGroup", "/region"};
    for (size_t i = 0; i < COUNT(needed); i++)
        if (!fh_value(call, needed[i]))
            return fh_fail(call, FH_EINVAL, needed[i], "the request has no %s: give it",
                           needed[i] + 1);
    return FH_OK;
}

/* Step "group": the resource group of the subject. */
static inline int32_t plan_group(struct fh_call *call)
{
    const char *name = fh_value(call, "/resourceGroup");
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_TAGS,
                           .key = "group",
                           .title = fh_printf(call, "resource group %s", name),
                           .path = group_path(call),
                           .api_version = API_RESOURCES,
                           .expected_seconds = 2,
                           .list_path =
                               fh_printf(call, "%s/resourceGroups", subscription_path(call))};
    return fh_json_step(call, &step, json_pack("{s:s}", "location", fh_value(call, "/region")));
}

/* Azure's own words for what went wrong, out of an answer that is an error. Borrowed. */
static inline const char *azure_message(const json_t *answer, const char *fallback)
{
    const char *message = fh_json_text(answer, "/error/message");
    if (!message)
        message = fh_json_text(answer, "/message");
    return message ? message : fallback;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Permissions: patterns in which '*' stands for any text. */
#include "azure/permission.h"

#include <fnmatch.h>

static bool any_covers(const json_t *patterns, const char *action)
{
    size_t i;
    json_t *pattern;
    json_array_foreach((json_t *)patterns, i, pattern)
    {
        if (json_is_string(pattern) &&
            fnmatch(json_string_value(pattern), action, FNM_NOESCAPE | FNM_CASEFOLD) == 0)
            return true;
    }
    return false;
}

/* Each role by itself: what one denies, another may still allow. */
static bool allows(const json_t *permissions, const char *yes, const char *no, const char *action)
{
    size_t i;
    json_t *role;
    json_array_foreach((json_t *)permissions, i, role)
    {
        if (any_covers(json_object_get(role, yes), action) &&
            !any_covers(json_object_get(role, no), action))
            return true;
    }
    return false;
}

bool permission_allows(const json_t *permissions, const char *action)
{
    return allows(permissions, "actions", "notActions", action);
}

bool permission_allows_data(const json_t *permissions, const char *action)
{
    return allows(permissions, "dataActions", "notDataActions", action);
}

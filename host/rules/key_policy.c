/* SPDX-License-Identifier: Apache-2.0 */
/* Rotation policies of keys. */
#include "rules/key_policy.h"

#include "rules/iso_duration.h"

#include <inttypes.h>
#include <string.h>

/* Azure's: a rotation at least seven days after the creation and before the expiry, and no life
 * shorter than 28 days. */
enum { LEAST_ROTATION_DAYS = 7, LEAST_LIFE_DAYS = 28, DAY_MS = 24 * 3600 * 1000 };

static const char before_expiry[] = "time-before-expiry";

bool key_policy_is_set(const struct key_policy *policy)
{
    return policy->type || policy->rotation || policy->expiry;
}

static bool counts_back(const struct key_policy *policy)
{
    return policy->type && strcmp(policy->type, before_expiry) == 0;
}

static int check_rotation(const struct key_policy *policy, struct iso_duration *rotation,
                          struct error *err)
{
    if (!policy->rotation && !policy->type)
        return 0;
    if (!policy->rotation)
        return error_set(err, ERROR_USAGE, "--rotation-time",
                         "--rotation-time is required with --rotation-type: say when the key "
                         "rotates, as in --rotation-time P18M");
    if (iso_duration_parse("--rotation-time", policy->rotation, rotation, err) < 0)
        return -1;
    if (iso_duration_days(rotation) < LEAST_ROTATION_DAYS)
        return error_set(err, ERROR_USAGE, "--rotation-time",
                         "--rotation-time: %s is less than %d days, the least that Azure takes: "
                         "give P%dD or more",
                         policy->rotation, LEAST_ROTATION_DAYS, LEAST_ROTATION_DAYS);
    return 0;
}

static int check_life(const struct key_policy *policy, struct iso_duration *life, struct error *err)
{
    if (!policy->expiry && counts_back(policy))
        return error_set(err, ERROR_USAGE, "--expiry-time",
                         "--expiry-time is required with --rotation-type time-before-expiry: say "
                         "how long a version of the key lives, as in --expiry-time P2Y");
    if (!policy->expiry)
        return 0;
    if (iso_duration_parse("--expiry-time", policy->expiry, life, err) < 0)
        return -1;
    if (iso_duration_days(life) < LEAST_LIFE_DAYS)
        return error_set(err, ERROR_USAGE, "--expiry-time",
                         "--expiry-time: %s is less than %d days, the least that Azure takes: give "
                         "P%dD or more",
                         policy->expiry, LEAST_LIFE_DAYS, LEAST_LIFE_DAYS);
    return 0;
}

int key_policy_check(const struct key_policy *policy, struct error *err)
{
    struct iso_duration rotation = {0}, life = {0};
    if (check_rotation(policy, &rotation, err) < 0 || check_life(policy, &life, err) < 0)
        return -1;
    /* P24M is P2Y, whatever the months are: both are counted from the same day. */
    int64_t most = iso_duration_move(0, &life, 1) / DAY_MS - LEAST_ROTATION_DAYS;
    if (!policy->rotation || !policy->expiry || iso_duration_move(0, &rotation, 1) / DAY_MS <= most)
        return 0;
    return error_set(err, ERROR_USAGE, "--rotation-time",
                     "--rotation-time: %s %s is not possible with --expiry-time %s, of which seven "
                     "days must be left: give P%" PRId64 "D or less, or a longer --expiry-time",
                     policy->rotation,
                     counts_back(policy) ? "before the expiry" : "after the creation",
                     policy->expiry, most);
}

int64_t key_policy_expires(const struct key_policy *policy, int64_t created_ms)
{
    struct iso_duration life;
    if (!policy->expiry || iso_duration_parse("", policy->expiry, &life, NULL) < 0)
        return 0;
    return iso_duration_move(created_ms, &life, 1);
}

int64_t key_policy_due(const struct key_policy *policy, int64_t created_ms, int64_t expires_ms)
{
    struct iso_duration rotation;
    if (!policy->rotation)
        return expires_ms;
    if (iso_duration_parse("", policy->rotation, &rotation, NULL) < 0)
        return 0;
    if (counts_back(policy))
        return expires_ms ? iso_duration_move(expires_ms, &rotation, -1) : 0;
    return iso_duration_move(created_ms, &rotation, 1);
}

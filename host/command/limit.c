/* SPDX-License-Identifier: Apache-2.0 */
/* limit list: every limit, and how much of it is in use. */
#include "command/limit.h"

#include "command/nouns.h"
#include "command/subscription.h"
#include "command/text_at.h"
#include "command/usage.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const verdicts[] = {
    [LIMIT_OK] = "ok", [LIMIT_NEAR] = "near", [LIMIT_EXCEEDED] = "exceeded"};

json_t *limit_json(struct context *context, enum limit limit, const char *scope, int64_t current)
{
    const struct config *config = context_config(context, NULL);
    const struct limits *limits = &config->limits;
    enum limit_verdict verdict = limit_state(limits, limit, current);
    json_int_t percent = limit_percent(limits, limit, current);
    if (verdict != LIMIT_OK)
        context_warn(context, "%s: %" PRId64 " of %" PRId64 " %s are in use (%s in [limits])",
                     scope, current, limits->most[limit], limit_counts(limit), limit_key(limit));
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:s}", "limit", limit_key(limit), "scope",
                     scope, "counts", limit_counts(limit), "current", (json_int_t)current, "most",
                     (json_int_t)limits->most[limit], "percent", percent, "state",
                     current == limits->most[limit] ? "full" : verdicts[verdict], "source",
                     limits->source[limit] ? limits->source[limit] : "default");
}

static void add(struct context *context, json_t *list, enum limit limit, const char *scope,
                int64_t current)
{
    json_array_append_new(list, limit_json(context, limit, scope, current));
}

static void add_subscription(struct context *context, json_t *list, const char *name,
                             const char *remark, int64_t machines)
{
    char scope[200];
    snprintf(scope, sizeof scope, "subscription %s%s", name, remark);
    add(context, list, LIMIT_MACHINES, scope, machines);
}

static int add_subscriptions(struct context *context, const struct usage *usage, json_t *list,
                             struct error *err)
{
    json_t *subscriptions = subscription_list(context, err);
    struct name_set known = {0};
    size_t i;
    json_t *item;
    const char *name;
    if (!subscriptions)
        return -1;
    json_array_foreach(subscriptions, i, item)
    {
        name = text_at(item, "name");
        if (name_set_add(&known, name) > 0)
            add_subscription(context, list, name, "", usage_machines(usage, name));
    }
    json_object_foreach(usage->machines, name, item)
    {
        if (!name_set_has(&known, name))
            add_subscription(context, list, name, " (no longer configured)",
                             json_integer_value(item));
    }
    name_set_free(&known);
    json_decref(subscriptions);
    return 0;
}

static void add_locations(struct context *context, struct usage *usage, json_t *list)
{
    for (size_t i = 0; i < usage->locations.count; i++) {
        const struct location *location = &usage->locations.locations[i];
        const char *title = location_title(location, &usage->arena);
        const char *scope =
            title ? arena_printf(&usage->arena, "resource location of %s", title) : NULL;
        if (!scope)
            continue;
        add(context, list, LIMIT_LOCATION_DOMAINS, scope, (int64_t)location->domain_count);
        add(context, list, LIMIT_LOCATION_SINGLE, scope, location->single_users);
        add(context, list, LIMIT_LOCATION_MULTI, scope, location->multi_users);
    }
}

static int list(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    struct usage usage;
    if (usage_count(context, &usage, err) < 0)
        return -1;
    output->result = json_array();
    add(context, output->result, LIMIT_CATALOGS, "installation", usage.catalogs);
    add(context, output->result, LIMIT_LOCATIONS, "installation", (int64_t)usage.locations.count);
    add(context, output->result, LIMIT_DOMAINS, "installation", (int64_t)usage.domains.count);
    int result = add_subscriptions(context, &usage, output->result, err);
    if (result == 0)
        add_locations(context, &usage, output->result);
    usage_clear(&usage);
    return result;
}

static const struct column columns[] = {
    {"scope", "OF"},        {"counts", "WHAT"}, {"current", "IN USE"}, {"most", "LIMIT"},
    {"percent", "PERCENT"}, {"state", "STATE"}, {"limit", "KEY"},      {"source", "SET IN"}};
static const struct command commands[] = {
    {.noun = "limit",
     .verb = "list",
     .summary = "List the limits, where each is set, and how much of it is in use",
     .description =
         "A catalog counts from the moment its creation begins, with all the machines and users "
         "that it asked for; while it is deleted, with the machines that are left. Connectors, "
         "image builders and bastions are not counted. Catalogs of the same connection and domain "
         "share a resource location. The section [limits] of the configuration changes a limit, "
         "up or down. What Azure grants a subscription is asked when a catalog is created.",
     .permission = "limit/read",
     .columns = columns,
     .column_count = sizeof columns / sizeof *columns,
     .example = "flexhost limit list",
     .run = list},
};

struct noun noun_limit(void)
{
    return (struct noun){"limit", "How much there may be of each thing", commands,
                         sizeof commands / sizeof *commands};
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Faults on demand: matching requests and bending what happens to them. */
#include "fault.h"

#include "op.h"
#include "text.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

struct faults {
    struct fault *list;
    size_t count;
};

static const char *const effects[EFFECT_COUNT] = {
    [EFFECT_STATUS] = "status",
    [EFFECT_ASYNC_FAILURE] = "async-failure",
    [EFFECT_LATE_SUCCESS] = "late-success",
    [EFFECT_LOST_REQUEST] = "lost-request",
    [EFFECT_LOST_REPLY] = "lost-reply",
    [EFFECT_NOT_FOUND] = "not-found-after-put",
    [EFFECT_EXPIRE_TOKEN] = "expire-token",
    [EFFECT_MALFORMED] = "malformed",
    [EFFECT_SLOW] = "slow",
    [EFFECT_TRUNCATED] = "truncated",
};

struct faults *faults_new(void)
{
    return must_alloc(sizeof(struct faults));
}

void faults_clear(struct faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct fault *fault = &faults->list[i];

        free(fault->name);
        free(fault->method);
        free(fault->path);
        free(fault->code);
        free(fault->message);
    }
    free(faults->list);
    *faults = (struct faults){0};
}

void faults_end(struct faults *faults)
{
    faults_clear(faults);
    free(faults);
}

static const char *const texts[] = {"name", "method", "path", "code", "message", "effect"};
static const char *const numbers[] = {"status", "nth",   "count", "retryAfter",
                                      "after",  "delay", "reads", "seconds"};

static bool is_one_of(const char *name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

static int check_keys(const json_t *rule, char *why, size_t size)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)rule, name, value)
    {
        bool text = is_one_of(name, texts, sizeof texts / sizeof *texts);
        bool number = is_one_of(name, numbers, sizeof numbers / sizeof *numbers);

        if (!text && !number && strcmp(name, "wrapper") != 0)
            return snprintf(why, size, "%s: a fault has no such key", name), -1;
        if ((text && !json_is_string(value)) || (number && !json_is_integer(value)))
            return snprintf(why, size, "%s: a %s is wanted", name, text ? "text" : "number"), -1;
    }
    return 0;
}

static char *text_or(const json_t *rule, const char *key, const char *otherwise)
{
    const char *text = dig_text(rule, key);

    return must_copy(text ? text : otherwise);
}

static long long number_or(const json_t *rule, const char *key, long long otherwise)
{
    json_t *number = json_object_get(rule, key);

    return number ? json_integer_value(number) : otherwise;
}

int faults_add(struct faults *faults, const json_t *rule, char *why, size_t size)
{
    const char *effect = dig_text(rule, "effect");
    struct fault *fault;
    int known = -1;

    if (!json_is_object(rule))
        return snprintf(why, size, "a fault is a JSON object"), -1;
    if (check_keys(rule, why, size))
        return -1;
    for (int i = 0; effect && i < EFFECT_COUNT; i++)
        if (strcmp(effects[i], effect) == 0)
            known = i;
    if (known < 0)
        return snprintf(why, size, "effect: '%s' is not known", effect ? effect : ""), -1;
    faults->list = must_grow(faults->list, (faults->count + 1) * sizeof *faults->list);
    fault = &faults->list[faults->count++];
    *fault = (struct fault){
        .name = text_or(rule, "name", ""),
        .method = text_or(rule, "method", "*"),
        .path = text_or(rule, "path", "*"),
        .code = text_or(rule, "code",
                        known == EFFECT_STATUS ? "ServiceUnavailable" : "InternalExecutionError"),
        .message = text_or(rule, "message", "A fault that was asked for."),
        .effect = (enum effect)known,
        .status = (int)number_or(rule, "status", 503),
        .nth = number_or(rule, "nth", 1),
        .count = number_or(rule, "count", 1),
        .retry_after = number_or(rule, "retryAfter", -1),
        .after = number_or(rule, "after", 60),
        .delay = number_or(rule, "delay", 2000),
        .reads = number_or(rule, "reads", json_object_get(rule, "seconds") ? 0 : 1),
        .seconds = number_or(rule, "seconds", 0),
        .wrapper = !json_is_false(json_object_get(rule, "wrapper")),
    };
    return 0;
}

json_t *faults_show(const struct faults *faults)
{
    json_t *all = json_array();

    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->list[i];

        json_array_append_new(all, json_pack("{s:s,s:s,s:s,s:s,s:I,s:I}", "name", fault->name,
                                             "method", fault->method, "path", fault->path, "effect",
                                             effects[fault->effect], "matched", fault->matched,
                                             "hit", fault->hit));
    }
    return all;
}

static bool matches(const struct exchange *x, const struct fault *fault)
{
    const char *target = strchr(fault->path, '?') ? x->q.target : x->q.path;

    return text_matches(fault->method, x->q.method) && text_matches(fault->path, target);
}

static bool is_due(struct fault *fault)
{
    return ++fault->matched >= fault->nth &&
           (fault->count < 0 || fault->matched < fault->nth + fault->count);
}

static void answer_status(struct exchange *x, const struct fault *fault)
{
    json_t *error;

    refuse(x, fault->status, fault->code, "%s", fault->message);
    if (fault->retry_after >= 0)
        reply_header(x, "Retry-After", "%lld", fault->retry_after);
    if (fault->wrapper)
        return;
    error = json_incref(json_object_get(x->a.json, "error"));
    json_decref(x->a.json);
    x->a.json = error;
}

/* True when the request goes no further. */
static bool apply(struct exchange *x, struct fault *fault)
{
    switch (fault->effect) {
    case EFFECT_STATUS:
        answer_status(x, fault);
        return true;
    case EFFECT_LOST_REQUEST:
        x->a.fate = FATE_LOST;
        return true;
    case EFFECT_LOST_REPLY:
        x->a.fate = FATE_LOST;
        return false;
    case EFFECT_TRUNCATED:
        x->a.fate = FATE_TRUNCATED;
        return false;
    case EFFECT_MALFORMED:
        x->a.garbled = true;
        return false;
    case EFFECT_SLOW:
        x->a.delay = fault->delay;
        return false;
    case EFFECT_EXPIRE_TOKEN:
        token_expire(x);
        return false;
    default:
        x->async_fault = fault;
        return false;
    }
}

bool fault_before(struct exchange *x)
{
    struct faults *faults = x->sim->faults;

    for (size_t i = 0; i < faults->count; i++) {
        struct fault *fault = &faults->list[i];

        if (!matches(x, fault) || !is_due(fault))
            continue;
        fault->hit++;
        if (apply(x, fault))
            return true;
    }
    return false;
}

void fault_after(struct exchange *x)
{
    if (x->a.garbled)
        reply_raw(x, x->a.status, "application/json; charset=utf-8", "{\"value\": [", 11);
}

void fault_on_operation(struct exchange *x, struct op *op)
{
    const struct fault *fault = x->async_fault;

    if (!fault || (fault->effect != EFFECT_ASYNC_FAILURE && fault->effect != EFFECT_LATE_SUCCESS))
        return;
    op_fail_later(op, fault->code, fault->message);
    if (fault->effect == EFFECT_LATE_SUCCESS)
        op->late = fault->after * 1000 + 1;
}

void fault_on_resource(struct exchange *x, struct resource *resource)
{
    const struct fault *fault = x->async_fault;

    if (!fault || fault->effect != EFFECT_NOT_FOUND)
        return;
    resource->hidden_reads = (int)fault->reads;
    if (fault->seconds)
        resource->hidden_until = clock_azure(&x->sim->clock) + fault->seconds * 1000;
}

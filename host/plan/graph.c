/* SPDX-License-Identifier: Apache-2.0 */
/* Finishes a plan: edges, references, order. */
#include "base/json_text.h"
#include "plan/binding.h"
#include "plan/step.h"

#include <stdlib.h>
#include <string.h>

static int link_steps(struct plan *plan, struct error *err)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct plan_step *step = &plan->steps[i];
        step->before = arena_alloc(&plan->arena, (step->after_count + 1) * sizeof *step->before);
        if (!step->before)
            return error_no_memory(err);
        for (size_t a = 0; a < step->after_count; a++) {
            const char *key = step->after[a] ? step->after[a] : "";
            struct plan_step *earlier = plan_find(plan, key, strlen(key));
            if (!earlier || earlier == step)
                return error_set(err, ERROR_FAILED, NULL,
                                 "step \"%s\": after names \"%s\", which is no other step of the "
                                 "plan",
                                 step->key, key);
            step->before[a] = (size_t)(earlier - plan->steps);
            earlier->follower_count++;
        }
    }
    for (size_t i = 0; i < plan->count; i++) {
        struct plan_step *step = &plan->steps[i];
        step->followers =
            arena_alloc(&plan->arena, (step->follower_count + 1) * sizeof *step->followers);
        if (!step->followers)
            return error_no_memory(err);
        step->follower_count = 0;
    }
    for (size_t i = 0; i < plan->count; i++)
        for (size_t a = 0; a < plan->steps[i].after_count; a++) {
            struct plan_step *earlier = &plan->steps[plan->steps[i].before[a]];
            earlier->followers[earlier->follower_count++] = i;
        }
    return 0;
}

static int refuse_circle(const struct plan *plan, const size_t *waits, struct error *err)
{
    for (size_t i = 0; i < plan->count; i++)
        if (waits[i])
            return error_set(err, ERROR_FAILED, NULL,
                             "step \"%s\" comes after itself: its `after` leads round in a circle",
                             plan->steps[i].key);
    return 0;
}

/* Kahn's algorithm; among those that could come next, in the order they were added. */
static int sort_places(const struct plan *plan, size_t *order, size_t *waits, struct error *err)
{
    size_t head = 0, tail = 0;
    for (size_t i = 0; i < plan->count; i++)
        if (!(waits[i] = plan->steps[i].after_count))
            order[tail++] = i;
    while (head < tail) {
        const struct plan_step *step = &plan->steps[order[head++]];
        for (size_t f = 0; f < step->follower_count; f++)
            if (--waits[step->followers[f]] == 0)
                order[tail++] = step->followers[f];
    }
    return tail == plan->count ? 0 : refuse_circle(plan, waits, err);
}

/* Puts the steps in their order, so that a place is also a rank. */
static int reorder(struct plan *plan, const size_t *order, size_t *rank, struct error *err)
{
    struct plan_step *sorted = malloc((plan->count + 1) * sizeof *sorted);
    if (!sorted)
        return error_no_memory(err);
    for (size_t i = 0; i < plan->count; i++) {
        sorted[i] = plan->steps[order[i]];
        rank[order[i]] = i;
    }
    for (size_t i = 0; i < plan->count; i++) {
        struct plan_step *step = &sorted[i];
        for (size_t a = 0; a < step->after_count; a++)
            step->before[a] = rank[step->before[a]];
        for (size_t f = 0; f < step->follower_count; f++)
            step->followers[f] = rank[step->followers[f]];
        json_integer_set(json_object_get(plan->index, step->key), (json_int_t)i);
    }
    free(plan->steps);
    plan->steps = sorted;
    plan->room = plan->count + 1;
    return 0;
}

static int sort_steps(struct plan *plan, struct error *err)
{
    size_t *order = calloc(3 * plan->count + 1, sizeof *order);
    if (!order)
        return error_no_memory(err);
    int result = sort_places(plan, order, order + plan->count, err);
    if (result == 0)
        result = reorder(plan, order, order + 2 * plan->count, err);
    free(order);
    return result;
}

struct reference_check {
    const struct plan *plan;
    const struct plan_step *step; /* NULL: an export */
    size_t *seen; /* the round in which a step was visited, so that no round has to clear it */
    size_t round;
    size_t *stack;
};

/* Whether `earlier` lies before the step, directly or not. Ranks prune the search. */
static bool comes_after(struct reference_check *check, size_t earlier)
{
    const struct plan_step *steps = check->plan->steps;
    size_t depth = 0;
    check->round++;
    check->stack[depth++] = (size_t)(check->step - steps);
    while (depth) {
        const struct plan_step *at = &steps[check->stack[--depth]];
        for (size_t a = 0; a < at->after_count; a++) {
            size_t before = at->before[a];
            if (before == earlier)
                return true;
            if (before > earlier && check->seen[before] != check->round) {
                check->seen[before] = check->round;
                check->stack[depth++] = before;
            }
        }
    }
    return false;
}

static bool has_output(const struct plan_step *step, const char *name, size_t length)
{
    for (size_t i = 0; i < step->output_count; i++)
        if (strlen(step->outputs[i].name) == length &&
            memcmp(step->outputs[i].name, name, length) == 0)
            return true;
    return step->alternatives && length == strlen("alternative") &&
           memcmp(name, "alternative", length) == 0;
}

static int check_reference(void *context, const struct reference *reference, struct error *err)
{
    struct reference_check *check = context;
    const char *key = check->step ? check->step->key : "exports";
    if (!reference->step)
        return 0;
    const struct plan_step *named = plan_find(check->plan, reference->step, reference->step_length);
    if (!named || !has_output(named, reference->name, reference->name_length))
        return error_set(err, ERROR_FAILED, NULL,
                         "step \"%s\": ${%.*s.%.*s} names no output of a step of the plan", key,
                         (int)reference->step_length, reference->step, (int)reference->name_length,
                         reference->name);
    if (check->step && !comes_after(check, (size_t)(named - check->plan->steps)))
        return error_set(err, ERROR_FAILED, NULL,
                         "step \"%s\" uses an output of \"%s\" without coming after it: add it to "
                         "`after`",
                         key, named->key);
    return 0;
}

static int refuse_secret(void *context, const struct reference *reference, struct error *err)
{
    const struct plan_step *step = context;
    if (reference->step)
        return 0;
    return error_set(err, ERROR_FAILED, NULL,
                     "step \"%s\": ${secret:%.*s} may stand in a body only: paths are journaled",
                     step->key, (int)reference->name_length, reference->name);
}

static int check_references(struct plan *plan, struct error *err)
{
    struct reference_check check = {.plan = plan};
    check.seen = calloc(2 * plan->count + 1, sizeof *check.seen);
    if (!check.seen)
        return error_no_memory(err);
    check.stack = check.seen + plan->count;
    int result = 0;
    for (size_t i = 0; i < plan->count && result == 0; i++) {
        check.step = &plan->steps[i];
        result = step_each_reference(check.step, check_reference, &check, err);
        if (result == 0 && !step_has_url(check.step))
            result = binding_scan_text(check.step->path, refuse_secret, &plan->steps[i], err);
    }
    check.step = NULL;
    if (result == 0)
        result = binding_scan_json(plan->exports, check_reference, &check, err);
    free(check.seen);
    return result;
}

static int add_tags(struct plan *plan, struct plan_step *step, struct error *err)
{
    json_t *body = json_loads(step->body, 0, NULL);
    json_t *tags = body ? json_object_get(body, "tags") : NULL;
    if (body && !json_is_object(tags)) {
        tags = json_object();
        json_object_set_new(body, "tags", tags);
    }
    char *text = NULL;
    if (tags && json_object_update(tags, plan->tags) == 0)
        text = json_text(body);
    step->body = text ? arena_copy(&plan->arena, text) : NULL;
    free(text);
    json_decref(body);
    return step->body ? 0 : error_no_memory(err);
}

int plan_finish(struct plan *plan, struct error *err)
{
    if (plan->finished)
        return 0;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->tags && !plan->steps[i].tagged && (plan->steps[i].flags & FH_STEP_TAGS) &&
            add_tags(plan, &plan->steps[i], err) != 0)
            return -1;
    if (link_steps(plan, err) != 0 || sort_steps(plan, err) != 0 ||
        check_references(plan, err) != 0)
        return -1;
    plan->finished = true;
    return 0;
}

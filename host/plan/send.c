/* SPDX-License-Identifier: Apache-2.0 */
/* The step's own request, what Azure says to it, and what it says in the end. */
#include "base/text.h"
#include "plan/alternative.h"
#include "plan/binding.h"
#include "plan/pointer.h"
#include "plan/run.h"

#include <stdlib.h>
#include <string.h>

enum { BUSY_LIMIT_MS = 15 * 60 * 1000, SENDS_MOST = 40 };

/* Azure means: the same request will do later. */
static bool is_busy(const char *code)
{
    static const char *const codes[] = {
        "RetryableError",
        "RetryableErrorDueToAnotherOperation",
        "AnotherOperationInProgress",
        "ReferencedResourceNotProvisioned",
        "OperationPreempted",
        "CanceledAndSupersededDueToAnotherOperation",
        "ResourceGroupBeingDeleted",
        "PreconditionFailed",
        "TooManyRequests",
        "ServerTimeout",
        "ServiceUnavailable",
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strcmp(code, codes[i]) == 0)
            return true;
    return false;
}

/* What this run has just made may not be known to the rest of Azure yet. */
static bool misses_something_fresh(const struct item *item, const struct arm_answer *answer)
{
    static const char *const codes[] = {
        "ParentResourceNotFound", "ResourceNotFound",         "NotFound",
        "ResourceGroupNotFound",  "InvalidResourceReference",
    };
    bool missing = answer->status == 404;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        missing = missing || strcmp(answer->code, codes[i]) == 0;
    if (!missing || item->step->method == METHOD_DELETE)
        return false;
    for (size_t a = 0; a < item->step->after_count; a++)
        if (item->run->items[item->step->before[a]].acted)
            return true;
    return false;
}

void item_keep_error(struct item *item, const struct arm_answer *answer)
{
    error_set(&item->error, answer->error_code ? answer->error_code : ERROR_AZURE, NULL, "%s",
              answer->message);
    item_redact(item, &item->error.message);
    if (*answer->code)
        item->error.azure_code = strdup(answer->code);
}

static bool again_later(struct item *item, enum act act, int64_t limit_ms, const char *message)
{
    int64_t now = run_now(item->run);
    if (!item->retry_ms)
        item->retry_ms = now + limit_ms;
    if (now >= item->retry_ms || item->sends >= SENDS_MOST)
        return false;
    int64_t delay = item_backoff(item);
    char *why = text_format("%s Trying again in %d s.", message, (int)((delay + 999) / 1000));
    item_waits(item, why);
    free(why);
    item_rest(item, act, delay);
    return true;
}

/* ---- capacity ---- */

static char *placement_words(struct item *item)
{
    const char *text = item_placement(item);
    json_t *placement = text ? json_loads(strrchr(text, '\n') + 1, 0, NULL) : NULL;
    char *words = alternative_text(placement);
    json_decref(placement);
    return words;
}

static void add_tried(struct item *item, const char *code)
{
    char *words = placement_words(item);
    char *names = words ? text_format("%s%s%s (%s)", item->tried_names ? item->tried_names : "",
                                      item->tried_names ? "; " : "", words, code)
                        : NULL;
    free(words);
    if (!names)
        return;
    free(item->tried_names);
    item->tried_names = names;
}

static void try_next_alternative(struct item *item, bool remnant)
{
    const char *code = item->error.azure_code ? item->error.azure_code : "";
    add_tried(item, code);
    if (item->placement)
        json_object_set_new(item->run->exhausted, item->placement, json_true());
    char *why = text_format("%s: no room, trying another placement", code);
    item_waits(item, why);
    free(why);
    item->alternative++;
    item->row.alternative = item->alternative;
    error_clear(&item->error);
    item_dirty(item);
    if (!remnant) {
        item_post(item, ACT_SEND);
        return;
    }
    item->then_send = true;
    item_undo_begin(item);
}

/* With item->error set: another placement, the same again later, or the end. */
void item_settle_failure(struct item *item, bool remnant)
{
    const char *code = item->error.azure_code ? item->error.azure_code : "";
    bool created_here = !(item->row.flags & ROW_EXISTED);
    bool full = arm_is_capacity_error(code) || arm_is_quota_error(code, error_text(&item->error));
    if (full && item->step->alternatives && created_here) {
        try_next_alternative(item, remnant);
        return;
    }
    if (is_busy(code) && again_later(item, ACT_SEND, BUSY_LIMIT_MS, error_text(&item->error))) {
        error_clear(&item->error);
        return;
    }
    item_fail(item);
}

void item_refused(struct item *item, const struct arm_answer *answer)
{
    const struct engine_run *given = item->run->given;
    if (item->step->method == METHOD_DELETE && answer->status == 404) {
        item_complete(item, NULL);
        return;
    }
    item_keep_error(item, answer);
    if (misses_something_fresh(item, answer) &&
        again_later(item, ACT_SEND, given->verify_window_ms, error_text(&item->error))) {
        error_clear(&item->error);
        return;
    }
    item_settle_failure(item, false);
}

/* ---- answers ---- */

static void accepted(struct item *item, const struct arm_answer *answer)
{
    item->row.state = ROW_ACCEPTED;
    row_give(&item->row.poll, poll_to_json(&answer->poll));
    item_dirty(item);
    item_follow(item);
}

static void lost(struct item *item)
{
    item_waits(item, "no answer came: asking what became of it");
    if (item->sends >= SENDS_MOST) {
        error_set(&item->error, ERROR_RETRY, NULL,
                  "the answers to %d requests were lost: it is not known what became of it",
                  item->sends);
        item_fail_softly(item);
        return;
    }
    item_resume_intent(item);
}

static void on_sent(void *context, const struct arm_answer *answer)
{
    struct item *item = context;
    item->call = 0;
    item->mutating = false;
    item->run->in_flight--;
    switch (answer->outcome) {
    case ARM_DONE:
        item_arrived(item, answer->body);
        break;
    case ARM_ACCEPTED:
        accepted(item, answer);
        break;
    case ARM_REFUSED:
        if (answer->status >= 200 && answer->status < 300)
            item_poll_failed(item, answer); /* it is there, in a state that will not do */
        else
            item_refused(item, answer);
        break;
    case ARM_LOST:
        lost(item);
        break;
    case ARM_UNAVAILABLE:
        item_keep_error(item, answer);
        item_fail(item);
        break;
    }
}

void item_send(struct item *item)
{
    struct request request;
    if (item->step->method == METHOD_COPY)
        item_copy(item);
    else if (request_make(&request, item, step_method_name(item->step->method), item->row.path,
                          NULL) == 0) {
        request.call.body = item->body;
        request.call.if_match = shared_etag(item);
        request_send(&request, item, on_sent);
    }
    shared_forget(item);
    if (item->body) {
        binding_wipe(item->body);
        json_decref(item->body);
        item->body = NULL;
    }
}

/* Azure has done what was asked; what the plan waits for beyond that comes next. */
void item_arrived(struct item *item, const json_t *body)
{
    if (item->doubtful && !item_matches(item, body)) {
        item->doubtful = false;
        item->resent = true;
        item_post(item, ACT_SEND);
        return;
    }
    if (!item->step->until_pointer) {
        item_complete(item, body);
        return;
    }
    /* A vault answers with the key itself; other POSTs with something of their own. */
    bool own_answer = item->step->method == METHOD_POST && !item->step->vault;
    if (own_answer && body) {
        json_t *outputs = json_object();
        for (size_t i = 0; i < item->step->output_count; i++) {
            const struct plan_output *output = &item->step->outputs[i];
            json_t *value = pointer_get(body, output->pointer);
            if (value && !output->secret)
                json_object_set_new(outputs, output->name, json_deep_copy(value));
        }
        row_give(&item->row.outputs, outputs);
    }
    item->row.state = ROW_ACCEPTED;
    row_give(&item->row.poll, json_pack("{s:s}", "kind", "until"));
    item_dirty(item);
    if (own_answer || item->step->until_url_query)
        item_post(item, ACT_WATCH);
    else
        item_watch_body(item, body);
}

/* ---- long-running operations ---- */

/* An accepted row, by what its poll says. */
void item_follow(struct item *item)
{
    struct arm_poll poll = poll_from_json(item->row.poll);
    if (poll.kind && strcmp(poll.kind, "until") == 0)
        item_post(item, ACT_WATCH);
    else if (item->step->collection && item->step->method == METHOD_PUT)
        item_post(item, ACT_SWEEP);
    else
        item_post(item, ACT_POLL);
}

/* The poll ended badly, or its URL is gone. Only the resource itself can tell. */
void item_poll_failed(struct item *item, const struct arm_answer *answer)
{
    bool unread = answer->status == 404 || answer->status == 410 ||
                  answer->outcome == ARM_UNAVAILABLE || answer->outcome == ARM_LOST;
    if (answer->outcome == ARM_UNAVAILABLE) {
        item_keep_error(item, answer);
        item_fail_softly(item);
        return;
    }
    if (!unread)
        item_keep_error(item, answer);
    if (item->step->method == METHOD_PUT) {
        if (unread)
            item->doubtful = true;
        item->window_ms = unread ? run_now(item->run) + item->run->given->verify_window_ms : 0;
        item_post(item, ACT_ASK);
        return;
    }
    if (unread && item->step->method != METHOD_POST) {
        item_post(item, ACT_SEND); /* PATCH and DELETE can be repeated */
        return;
    }
    if (unread) {
        item_resume_intent(item);
        return;
    }
    item_settle_failure(item, false);
}

static void on_polled(void *context, const struct arm_answer *answer)
{
    struct item *item = context;
    item->call = 0;
    if (answer->outcome != ARM_DONE) {
        item_poll_failed(item, answer);
        return;
    }
    /* The operation is forgotten, and what is there may be what was there before. */
    if (item->step->method == METHOD_PUT && !item->resent)
        item->doubtful = !item_is_recent(item, answer->body);
    item_arrived(item, answer->body);
}

void item_poll(struct item *item)
{
    struct request request;
    if (request_make(&request, item, step_method_name(item->step->method), item->row.path, NULL) !=
        0)
        return;
    struct arm_poll poll = poll_from_json(item->row.poll);
    item->call = arm_await(item->run->given->arm, &request.call, &poll, on_polled, item);
    request_clear(&request);
    if (!item->call)
        run_without_memory(item->run);
}

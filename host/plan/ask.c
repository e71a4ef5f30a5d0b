/* SPDX-License-Identifier: Apache-2.0 */
/* Asks Azure by name what became of a request: adopts what is there, sends again what is not. */
#include "plan/run.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ASK_AGAIN_MS = 2000 };

/* Azure's "Succeeded" is the default: types without long work have no such property. */
const char *resource_state(const json_t *body)
{
    const char *state = json_string_value(
        json_object_get(json_object_get(body, "properties"), "provisioningState"));
    return state ? state : "Succeeded";
}

bool state_is_final(const char *state)
{
    return strcasecmp(state, "Succeeded") == 0 || strcasecmp(state, "Failed") == 0 ||
           strcasecmp(state, "Canceled") == 0;
}

/* Whether what is there was made by the very request that the plan wants. Without tags nobody can
 * tell; such a PUT is sent again, which changes nothing if it was carried out. */
bool item_matches(const struct item *item, const json_t *body)
{
    const char *sent = json_string_value(json_object_get(item->row.undo, "mark"));
    const char *found =
        json_string_value(json_object_get(json_object_get(body, "tags"), ITEM_MARK));
    bool current = item->row.digest && strcmp(item->row.digest, item->digest) == 0;
    return current && sent && found && strcmp(sent, found) == 0;
}

bool item_is_recent(const struct item *item, const json_t *body)
{
    bool marked = json_object_get(json_object_get(body, "tags"), ITEM_MARK) &&
                  json_object_get(item->row.undo, "mark");
    return !marked || item_matches(item, body);
}

static void wait_for_resource(struct item *item)
{
    struct arm_poll poll = {.kind = (char *)"resource"};
    item->row.state = ROW_ACCEPTED;
    row_give(&item->row.poll, poll_to_json(&poll));
    item_dirty(item);
    item_post(item, ACT_POLL);
}

/* Nothing good is there: what failed in an earlier operation starts from its first alternative. */
static void start_anew(struct item *item)
{
    if (!item->anew)
        return;
    item->anew = false;
    item->alternative = item->row.alternative = 0;
}

static void not_there(struct item *item)
{
    if (run_now(item->run) < item->window_ms) {
        item_rest(item, ACT_ASK, ASK_AGAIN_MS);
        return;
    }
    start_anew(item);
    item->resent = item->resent || item->doubtful;
    if (item->error.code != ERROR_NONE)
        item_settle_failure(item, false);
    else
        item_post(item, ACT_SEND);
}

static void there_but_failed(struct item *item)
{
    if (item->error.code != ERROR_NONE) {
        item_settle_failure(item, true);
        return;
    }
    bool in_the_way = item->step->alternatives && !(item->row.flags & ROW_EXISTED);
    start_anew(item);
    item->resent = item->resent || item->doubtful;
    if (!in_the_way) {
        item_post(item, ACT_SEND);
        return;
    }
    item->then_send = true; /* a zone cannot be changed in place */
    item_undo_begin(item);
}

static void there(struct item *item, const json_t *body)
{
    const char *state = resource_state(body);
    if (!state_is_final(state)) {
        wait_for_resource(item);
    } else if (strcasecmp(state, "Succeeded") != 0) {
        there_but_failed(item);
    } else if (item->error.code != ERROR_NONE) {
        /* "Failed" that has come right since; but an update that failed leaves the old one. */
        bool ours = !(item->step->flags & FH_STEP_TAGS) || item_matches(item, body);
        if (!ours) {
            item_settle_failure(item, true);
            return;
        }
        item->doubtful = false;
        error_clear(&item->error);
        item_arrived(item, body);
    } else {
        item_arrived(item, body);
    }
}

static void on_asked(void *context, const struct arm_answer *answer)
{
    struct item *item = context;
    item->call = 0;
    if (answer->outcome == ARM_DONE && item->reread)
        item_complete(item, answer->body);
    else if (answer->outcome == ARM_DONE || answer->outcome == ARM_ACCEPTED)
        there(item, answer->body);
    else if (answer->status == 404)
        not_there(item);
    else {
        error_clear(&item->error);
        item_keep_error(item, answer);
        item_fail_softly(item);
    }
}

void item_ask(struct item *item)
{
    struct request request;
    char *path = strndup(item->row.path, strcspn(item->row.path, "?"));
    if (request_make(&request, item, "GET", path, NULL) == 0)
        request_send(&request, item, on_asked);
    free(path);
}

/* An action that is not known to have happened is repeated only when something can tell. */
static void resume_action(struct item *item)
{
    if (item->step->until_pointer) {
        item->evidence = true;
        item->window_ms = run_now(item->run) + item->run->given->verify_window_ms;
        item_post(item, ACT_WATCH);
        return;
    }
    error_set(&item->error, ERROR_RETRY, NULL,
              "it is not known whether it was carried out, and it must not be done twice: look, "
              "then run the operation again");
    item_fail(item);
}

/* Its request may have left; nothing is known of the answer. */
void item_resume_intent(struct item *item)
{
    switch (item->step->method) {
    case METHOD_PUT:
        item->window_ms = 0; /* a 404 is believed at once: a PUT sent twice changes nothing */
        item->doubtful = true;
        item_post(item, ACT_ASK);
        break;
    case METHOD_POST:
        if ((item->step->flags & FH_STEP_ACTION) ||
            (item->step->vault && item->step->until_pointer))
            resume_action(item);
        else
            item_rest(item, ACT_SEND, item_backoff(item));
        break;
    case METHOD_COPY: /* the target itself says what is left to do */
        item_post(item, ACT_SEND);
        break;
    default:
        item_rest(item, ACT_SEND, item_backoff(item));
    }
}

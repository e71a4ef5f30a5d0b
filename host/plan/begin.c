/* SPDX-License-Identifier: Apache-2.0 */
/* An item whose turn has come: what the journal says of it decides how it starts. */
#include "base/json_text.h"
#include "plan/alternative.h"
#include "plan/run.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct item *run_find(struct run *run, const char *key, size_t length)
{
    char copy[256];
    if (length >= sizeof copy)
        return NULL;
    memcpy(copy, key, length);
    copy[length] = '\0';
    json_t *place = json_object_get(run->index, copy);
    return place ? &run->items[json_integer_value(place)] : NULL;
}

void item_ripen(struct item *item)
{
    if (item->ripe || item->stage != STAGE_WAITING)
        return;
    item->ripe = true;
    fifo_push(&item->run->ripe, item);
}

/* A watch looks again behind what changes; so that a crash does not forget it, its row says so. */
static void stale_watches(struct item *item)
{
    for (size_t f = 0; f < item->step->follower_count; f++) {
        struct item *follower = &item->run->items[item->step->followers[f]];
        enum method method = follower->step->method;
        if ((method != METHOD_GET && method != METHOD_FETCH) || follower->row.state != ROW_DONE ||
            !follower->row.digest || !*follower->row.digest)
            continue;
        row_set(&follower->row.digest, "");
        item_dirty(follower);
    }
}

static void start(struct item *item, enum act act)
{
    item->stage = STAGE_ACTIVE;
    item->begun_ms = run_now(item->run);
    run_tell(item->run, PROGRESS_STARTED, item, NULL);
    item_post(item, act);
}

/* Another request for the same name may still be on its way: it must not come in after this one. */
static void start_late(struct item *item)
{
    item->stage = STAGE_ACTIVE;
    item->begun_ms = run_now(item->run);
    run_tell(item->run, PROGRESS_STARTED, item, NULL);
    item_rest(item, ACT_SEND, item->run->given->verify_window_ms);
}

/* What failed before may have come right since, or may stand in the way. */
static void retry_failed(struct item *item)
{
    if (item->step->method != METHOD_PUT ||
        !((item->step->flags & FH_STEP_TAGS) || item->step->alternatives)) {
        start(item, ACT_SEND);
        return;
    }
    item->doubtful = true;
    item->window_ms = 0;
    item->anew = !(item->row.flags & ROW_EXISTED);
    start(item, ACT_ASK);
}

static void start_by_row(struct item *item)
{
    struct row *row = &item->row;
    bool same = row->digest && strcmp(row->digest, item->digest) == 0;
    enum act act = item->step->method == METHOD_GET     ? ACT_WATCH
                   : item->step->method == METHOD_FETCH ? ACT_FETCH
                                                        : ACT_SEND;
    if (act != ACT_SEND || row->state == ROW_NONE) {
        start(item, act);
        return;
    }
    if (row->state == ROW_DONE)
        row->flags |= ROW_EXISTED;
    if (row->state == ROW_FAILED) {
        retry_failed(item);
    } else if (row->state == ROW_INTENT && same) {
        item->stage = STAGE_ACTIVE;
        item->begun_ms = run_now(item->run);
        item_resume_intent(item);
    } else if (row->state == ROW_ACCEPTED && same) {
        item->stage = STAGE_ACTIVE;
        item->begun_ms = run_now(item->run);
        item_follow(item);
    } else if (row->state == ROW_UNDO_INTENT || row->state == ROW_UNDO_ACCEPTED) {
        item->stage = STAGE_ACTIVE;
        item->then_send = true;
        item_undo_begin(item);
    } else if (row->state == ROW_INTENT) {
        copy_set_back(item);
        start_late(item);
    } else {
        start(item, ACT_SEND);
    }
}

static bool ended_well(const struct item *item)
{
    if (item->stage == STAGE_HELD || item->stage == STAGE_IDLE)
        return true;
    return item->stage == STAGE_FAILED && (item->step->flags & FH_STEP_OPTIONAL);
}

/* NULL: all have ended well; else the first that has not. */
static const struct item *held_up_by(struct item *item)
{
    for (; item->cursor < item->step->after_count; item->cursor++) {
        const struct item *before = &item->run->items[item->step->before[item->cursor]];
        if (!ended_well(before))
            return before;
    }
    return NULL;
}

static void look_at(struct item *item)
{
    const struct item *before = held_up_by(item);
    bool lost = before && (before->stage == STAGE_FAILED || before->stage == STAGE_SKIPPED);
    if (before && !lost)
        return;
    if (diff_holds(&item->row, item->digest, item->run->given->operation_id))
        item_hold(item);
    else if (!lost)
        start_by_row(item);
    else if (item->row.state == ROW_ACCEPTED && strcmp(item->row.digest, item->digest) == 0)
        start_by_row(item); /* it is under way whatever became of the other */
    else
        item_skip(item, before);
}

void run_ripen(struct run *run)
{
    struct item *item;
    while (!run->stopping && (item = fifo_pop(&run->ripe))) {
        item->ripe = false;
        if (item->stage == STAGE_WAITING)
            look_at(item);
    }
}

/* ---- alternatives ---- */

/* The capacity that a body would take, as text; NULL: the step has no alternatives. */
static char *placement_of(const struct item *item, int64_t alternative)
{
    json_t *body = json_loads(item->step->body, 0, NULL);
    json_t *all = json_loads(item->step->alternatives, 0, NULL);
    if (alternative > 0) {
        json_t *merged = alternative_merge(body, json_array_get(all, (size_t)alternative - 1));
        json_decref(body);
        body = merged;
    }
    json_t *placement = alternative_placement(body, all);
    char *text = placement ? json_text(placement) : NULL;
    const char *group = json_string_value(json_object_get(item->row.undo, "collection"));
    const char *end = strrchr(item->row.path, '/');
    int length = group ? (int)strlen(group) : (int)(end - item->row.path);
    char *signature = text ? text_format("%.*s\n%s\n%s", length, group ? group : item->row.path,
                                         item->row.credential ? item->row.credential : "", text)
                           : NULL;
    free(text);
    json_decref(placement);
    json_decref(all);
    json_decref(body);
    return signature;
}

static bool fail_without_room(struct item *item)
{
    error_set(&item->error, ERROR_AZURE, NULL,
              "Azure has no room for any of the alternatives: tried %s. Try later, or give other "
              "sizes or zones",
              item->tried_names ? item->tried_names : "none");
    item_fail(item);
    return false;
}

/* Worked out only where it matters: most operations meet no full zone. */
const char *item_placement(struct item *item)
{
    if (!item->placement && item->step && item->step->alternatives)
        item->placement = placement_of(item, item->alternative);
    return item->placement;
}

/* Skips placements that others found full in this operation; never gives up untried. */
static bool choose_alternative(struct item *item)
{
    if (item->alternative == 0 && json_object_size(item->run->exhausted) == 0) {
        free(item->placement);
        item->placement = NULL;
        return true;
    }
    json_t *all = json_loads(item->step->alternatives, 0, NULL);
    int64_t last = (int64_t)json_array_size(all);
    json_decref(all);
    if (item->alternative > last)
        return fail_without_room(item);
    if (item->row.flags & ROW_EXISTED)
        return true; /* what is there stays where it is */
    for (int64_t k = item->alternative; k <= last; k++) {
        char *placement = placement_of(item, k);
        bool full = placement && json_object_get(item->run->exhausted, placement);
        if (!full || (k == last && !item->tried)) {
            if (!full)
                item->alternative = k;
            free(item->placement);
            item->placement = full ? placement_of(item, item->alternative) : placement;
            if (full)
                free(placement);
            return true;
        }
        free(placement);
    }
    return fail_without_room(item);
}

/* ---- before the request leaves ---- */

/* Temporary ones that nobody needed so far are made now. */
static bool wakes_temporary(struct item *item)
{
    bool woken = false;
    for (size_t a = 0; a < item->step->after_count; a++) {
        struct item *before = &item->run->items[item->step->before[a]];
        if (before->stage != STAGE_IDLE)
            continue;
        before->stage = STAGE_WAITING;
        before->cursor = 0;
        item->run->open++;
        item_ripen(before);
        woken = true;
    }
    return woken;
}

static void wait_again(struct item *item)
{
    item->stage = STAGE_WAITING;
    item->act = ACT_NONE;
    item->cursor = 0;
    item_ripen(item);
}

/* What its undo is about. */
static const char *remains_at(const struct row *row)
{
    const char *path = json_string_value(json_object_get(row->undo, "path"));
    return path ? path : row->path;
}

/* A version of a key comes by one path or another, but the key stays where it is. */
static bool moved(const struct item *item, const struct row *before)
{
    return before->path && *before->path && item->row.state != ROW_NONE &&
           diff_needs_undo(&item->row) && strcasecmp(before->path, item->row.path) != 0 &&
           strcasecmp(remains_at(before), remains_at(&item->row)) != 0;
}

/* Where it goes. What stays behind at another place is removed once nothing uses it any more. */
static int bind_place(struct item *item)
{
    struct row before = {0};
    bool there = item->row.state != ROW_NONE && item->row.path && *item->row.path;
    if (there && row_copy(&before, &item->row) != 0)
        return error_no_memory(&item->error);
    int result = item_bind_row(item, &item->error);
    if (result == 0 && moved(item, &before)) {
        item->row.flags &= ~ROW_EXISTED;
        item->row.state = ROW_NONE;
        item->alternative = 0;
        result = run_leave_behind(item, &before);
    }
    row_clear(&before);
    return result;
}

static bool refuse_binding(struct item *item)
{
    if (item->error.code == ERROR_RETRY) {
        error_clear(&item->error);
        if (item->row.state == ROW_DONE)
            row_set(&item->row.digest, ""); /* what is there is not yet what was bound */
        wait_again(item);
    } else {
        item_fail(item);
    }
    return false;
}

bool item_prepare(struct item *item)
{
    if (wakes_temporary(item)) {
        wait_again(item);
        return false;
    }
    if (bind_place(item) != 0)
        return refuse_binding(item);
    if (item->step->alternatives && !choose_alternative(item))
        return false;
    if (item->step->body && !(item->body = item_bind_body(item, &item->error)))
        return refuse_binding(item);
    shared_add(item);
    bool copies = item->step->method == METHOD_COPY;
    if (copies && !(item->body = item_bind_copy(item, &item->error)))
        return refuse_binding(item);
    struct row *row = &item->row;
    row->state = ROW_INTENT;
    row->alternative = item->alternative;
    row->attempts++;
    if (!copies) /* else it says how far the copy was */
        row_give(&row->poll, NULL);
    row_give(&row->error, NULL);
    item->acted = true;
    item->tried = true;
    item->doubtful = false;
    item->sends++;
    stale_watches(item);
    item_dirty(item);
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Containers: resources that are there for what is put into them, and go when that has come to
 * nothing. Azure deletes some of them only when nothing is left in them: what failed there, and may
 * have left something, is removed before. */
#include "plan/run.h"

/* A change that failed leaves what was there before; and what it left may not go. */
static bool failed_for_good(const struct item *item)
{
    return item->row.state == ROW_FAILED && !(item->row.flags & ROW_EXISTED) && !item->remnant;
}

/* Whether it is there, or may be, and nobody removes it when the operation ends by itself. */
static bool is_kept(const struct item *item)
{
    const struct row *row = &item->row;
    return row->state != ROW_NONE && row->ownership != FH_TEMPORARY &&
           row->ownership != FH_CONTAINER && diff_needs_undo(row);
}

static bool lasts(const struct item *item)
{
    return is_kept(item) && !failed_for_good(item);
}

static bool stand_on(struct item *before)
{
    bool news = before && !before->stood_on;
    if (news)
        before->stood_on = true;
    return news;
}

/* What the plan says it comes after, and what the row said when it was made: a step without a row,
 * such as a watch that may fail, is no gap in the plan. */
static bool mark_before(struct run *run, const struct item *item)
{
    bool news = false;
    for (size_t a = 0; item->step && a < item->step->after_count; a++)
        news |= stand_on(&run->items[item->step->before[a]]);
    size_t a;
    json_t *key;
    json_array_foreach(item->row.after, a, key) news |=
        stand_on(run_find(run, json_string_value(key), json_string_length(key)));
    return news;
}

static void look_for_what_lasts(struct run *run)
{
    bool news = true;
    for (size_t i = 0; i < run->count; i++)
        run->items[i].stood_on = false;
    /* Mostly the first way backwards finds all; rows of earlier plans may be out of order. */
    while (news) {
        news = false;
        for (size_t i = run->count; i-- > 0;)
            if (run->items[i].stood_on || lasts(&run->items[i]))
                news |= mark_before(run, &run->items[i]);
    }
}

static bool goes(const struct item *before)
{
    return before && (before->going || container_is_empty(before));
}

static bool comes_after_what_goes(struct run *run, const struct item *item)
{
    for (size_t a = 0; item->step && a < item->step->after_count; a++)
        if (goes(&run->items[item->step->before[a]]))
            return true;
    size_t a;
    json_t *key;
    json_array_foreach(
        item->row.after, a,
        key) if (goes(run_find(run, json_string_value(key), json_string_length(key)))) return true;
    return false;
}

static void look_for_what_goes(struct run *run)
{
    bool news = true;
    for (size_t i = 0; i < run->count; i++)
        run->items[i].going = false;
    while (news) {
        news = false;
        for (size_t i = 0; i < run->count; i++) {
            struct item *item = &run->items[i];
            if (!item->going && comes_after_what_goes(run, item))
                item->going = news = true;
        }
    }
}

void run_look_at_containers(struct run *run)
{
    look_for_what_lasts(run);
    look_for_what_goes(run);
    for (size_t i = 0; i < run->count; i++) {
        struct item *item = &run->items[i];
        item->remnant = item->going && is_kept(item) && failed_for_good(item);
    }
}

bool container_has_remnant(const struct item *item)
{
    return item->remnant;
}

bool container_is_empty(const struct item *item)
{
    return item->row.ownership == FH_CONTAINER && item->row.state == ROW_DONE && !item->stood_on;
}

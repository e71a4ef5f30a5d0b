/* SPDX-License-Identifier: Apache-2.0 */
/* Containers: resources that are there for what is put into them, and go when that has come to
 * nothing. */
#include "plan/run.h"

/* Whether something of ours is there, or may be, that nobody removes when the operation ends. What
 * failed does not count: with its container it is gone as well. */
static bool lasts(const struct item *item)
{
    const struct row *row = &item->row;
    bool there = row->state != ROW_NONE && row->state != ROW_FAILED;
    return there && row->ownership != FH_TEMPORARY && row->ownership != FH_CONTAINER &&
           diff_needs_undo(row);
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

void run_look_at_containers(struct run *run)
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

bool container_is_empty(const struct item *item)
{
    return item->row.ownership == FH_CONTAINER && item->row.state == ROW_DONE && !item->stood_on;
}

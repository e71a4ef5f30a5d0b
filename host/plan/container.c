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

/* Those that come after others have the higher place, in the plan as among those that it no longer
 * has: one way backwards will do. */
void run_look_at_containers(struct run *run)
{
    for (size_t i = 0; i < run->count; i++)
        run->items[i].stood_on = false;
    for (size_t i = run->count; i-- > 0;) {
        const struct item *item = &run->items[i];
        size_t a;
        json_t *key;
        if (!item->stood_on && !lasts(item))
            continue;
        json_array_foreach(item->row.after, a, key)
        {
            struct item *before = run_find(run, json_string_value(key), json_string_length(key));
            if (before)
                before->stood_on = true;
        }
    }
}

bool container_is_empty(const struct item *item)
{
    return item->row.ownership == FH_CONTAINER && item->row.state == ROW_DONE && !item->stood_on;
}

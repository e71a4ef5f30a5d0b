/* SPDX-License-Identifier: Apache-2.0 */
/*
 * COPY: the pages of a page blob into another. The row is in `intent` as long as it takes, and its
 * poll says of which source: {"kind": "copy", "etag"}. That is journaled before the first page
 * leaves. Whoever goes on after a crash asks the target what it holds, and trusts it as long as the
 * source has the same ETag. {"kind": "copy", "earlier"}: an attempt that failed has left pages.
 */
#include "azure/copy.h"

#include "plan/binding.h"
#include "plan/run.h"

#include <string.h>

static const char *member(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

void copy_drop(struct item *item)
{
    copy_free(item->copy);
    item->copy = NULL;
}

void copy_set_back(struct item *item)
{
    const char *etag = member(item->row.poll, "etag");
    if (item->step && item->step->method == METHOD_COPY && etag)
        row_give(&item->row.poll, json_pack("{s:s, s:s}", "kind", "copy", "earlier", etag));
}

static void on_found(void *context, const char *etag)
{
    struct item *item = context;
    row_give(&item->row.poll, json_pack("{s:s, s:s}", "kind", "copy", "etag", etag));
    item_dirty(item);
    item_post(item, ACT_COPY);
}

static void on_moved(void *context, int64_t bytes, int64_t total)
{
    item_moves(context, bytes, total);
}

/* It no longer counts against the limit. */
static void come_home(struct item *item)
{
    item->mutating = false;
    item->run->in_flight--;
}

static void on_copied(void *context, const struct copy_result *result)
{
    struct item *item = context;
    come_home(item);
    if (result->end == COPY_FAILED) {
        error_copy(&item->error, result->error);
        item_fail(item);
    } else if (result->end == COPY_DONE) {
        json_t *body = json_pack("{s:I, s:I}", "bytes", (json_int_t)result->bytes, "ranges",
                                 (json_int_t)result->ranges);
        item_complete(item, body);
        json_decref(body);
    }
    copy_drop(item);
}

void item_copy(struct item *item)
{
    struct run *run = item->run;
    const char *begun = member(item->row.poll, "etag");
    const char *earlier = member(item->row.poll, "earlier");
    const struct copy_call call = {
        .source = member(item->body, "source"),
        .target = member(item->body, "target"),
        .etag = begun ? begun : member(item->body, "etag"),
        .begun_etag = begun ? begun : earlier,
        .found = on_found,
        .moved = on_moved,
        .done = on_copied,
        .context = item,
    };
    if (run->stopping) { /* it would take long: the next run begins it */
        come_home(item);
        return;
    }
    item->copy = copy_start(run->given->arm, &call);
    if (!item->copy)
        run_without_memory(run);
}

void item_copy_go(struct item *item)
{
    if (item->copy)
        copy_go(item->copy);
}

void run_stop_copies(struct run *run)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->items[i].copy)
            copy_stop(run->items[i].copy);
}

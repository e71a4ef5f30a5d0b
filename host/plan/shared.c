/* SPDX-License-Identifier: Apache-2.0 */
/* A PUT replaces its lists as a whole. What other subjects have put into a shared one is read just
 * before, and sent along; what has changed since is not overwritten. */
#include "plan/pointer.h"
#include "plan/run.h"

/* Without what Azure alone writes. */
static json_t *as_sent(const json_t *element)
{
    static const char *const shown[] = {"id", "etag", "type"};
    json_t *copy = json_deep_copy(element);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        json_object_del(copy, shown[i]);
    json_object_del(json_object_get(copy, "properties"), "provisioningState");
    return copy;
}

static json_t *others_in(const json_t *list)
{
    json_t *others = json_array();
    size_t i;
    json_t *element;
    json_array_foreach((json_t *)list, i, element) if (step_is_of_others(element))
        json_array_append_new(others, as_sent(element));
    return others;
}

/* Before the first request nothing is there. */
bool shared_is_unread(const struct item *item)
{
    const struct row *row = &item->row;
    return item->step->shared_list && !item->others && row->state != ROW_NONE && row->path &&
           *row->path;
}

static void on_read(void *context, const struct arm_answer *answer)
{
    struct item *item = context;
    bool there = answer->outcome == ARM_DONE || answer->outcome == ARM_ACCEPTED;
    item->call = 0;
    if (!there && answer->status != 404) {
        item_keep_error(item, answer);
        item_fail_softly(item);
        return;
    }
    const json_t *list = there ? pointer_get(answer->body, item->step->shared_list) : NULL;
    const char *etag = there ? json_string_value(json_object_get(answer->body, "etag")) : NULL;
    item->others = json_pack("{s:o, s:s*}", "list", others_in(list), "etag", etag);
    if (item->others)
        item_post(item, ACT_SEND);
    else
        run_without_memory(item->run);
}

void item_read_shared(struct item *item)
{
    struct request request;
    if (request_make(&request, item, "GET", item->row.path, NULL) == 0)
        request_send(&request, item, on_read);
}

void shared_add(struct item *item)
{
    json_t *list = item->others ? pointer_get(item->body, item->step->shared_list) : NULL;
    if (json_is_array(list))
        json_array_extend(list, json_object_get(item->others, "list"));
}

const char *shared_etag(const struct item *item)
{
    return json_string_value(json_object_get(item->others, "etag"));
}

void shared_forget(struct item *item)
{
    json_decref(item->others);
    item->others = NULL;
}

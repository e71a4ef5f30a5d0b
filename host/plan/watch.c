/* SPDX-License-Identifier: Apache-2.0 */
/* GET until: what has to come true beyond Azure's own "Succeeded". */
#include "base/text.h"
#include "plan/pointer.h"
#include "plan/run.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WATCH_DEFAULT_MS = 30 * 60 * 1000 };

static bool is_one_of(const char *value, const char *list)
{
    size_t length = strlen(value);
    while (list && *list) {
        size_t part = strcspn(list, "|");
        if (part == length && strncasecmp(list, value, part) == 0)
            return true;
        list += part + (list[part] == '|');
    }
    return false;
}

static char *value_at(const json_t *body, const char *pointer)
{
    const json_t *value = pointer_get(body, pointer);
    if (json_is_string(value))
        return strdup(json_string_value(value));
    return value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : strdup("");
}

static void fail_watch(struct item *item, const char *value, const char *how)
{
    error_set(&item->error, ERROR_AZURE, NULL, "%s is \"%s\", %s", item->step->until_pointer + 1,
              value, how);
    item_fail(item);
}

static int64_t watch_limit(const struct item *item)
{
    if (item->step->until_timeout_seconds)
        return (int64_t)item->step->until_timeout_seconds * 1000;
    int64_t usual = (int64_t)item->step->expected_seconds * 3000;
    return usual > WATCH_DEFAULT_MS ? usual : WATCH_DEFAULT_MS;
}

static void look_again(struct item *item, const char *value)
{
    const struct plan_step *step = item->step;
    int64_t now = run_now(item->run);
    if (item->evidence && now >= item->window_ms) {
        item->evidence = false;
        item_post(item, ACT_SEND);
        return;
    }
    if (!item->watch_ms)
        item->watch_ms = now + watch_limit(item);
    if (now >= item->watch_ms) {
        char *how = text_format("not %s after %d s of waiting", step->until_values,
                                (int)(watch_limit(item) / 1000));
        fail_watch(item, value, how ? how : "not yet");
        free(how);
        return;
    }
    int64_t pace = step->until_interval_seconds ? (int64_t)step->until_interval_seconds * 1000
                                                : item->run->sweep_ms;
    item_rest(item, ACT_WATCH, pace);
}

void item_watch_body(struct item *item, const json_t *body)
{
    const struct plan_step *step = item->step;
    if (!step->until_pointer) {
        item_complete(item, body);
        return;
    }
    char *value = value_at(body, step->until_pointer);
    if (!value)
        run_without_memory(item->run);
    else if (is_one_of(value, step->until_values))
        item_complete(item, body);
    else if (is_one_of(value, step->until_failures)) {
        item_keep_outputs(item, body);
        fail_watch(item, value, "which means that it failed");
    } else
        look_again(item, value);
    free(value);
}

static void on_watched(void *context, const struct arm_answer *answer)
{
    struct item *item = context;
    item->call = 0;
    if (answer->outcome == ARM_DONE) {
        item_watch_body(item, answer->body);
        return;
    }
    /* A key that is not there: its making has not happened. */
    if (item->evidence && item->step->vault && answer->status == 404) {
        look_again(item, "");
        return;
    }
    /* Just made: not known everywhere yet. */
    int64_t window = item->begun_ms + item->run->given->verify_window_ms;
    if (answer->status == 404 && run_now(item->run) < window) {
        item_rest(item, ACT_WATCH, item_backoff(item));
        return;
    }
    item_keep_error(item, answer);
    if (item->step->method == METHOD_GET)
        item_fail(item);
    else
        item_fail_softly(item);
}

/* What an action acts on: its path without the action's name. */
static char *watched_path(const struct item *item)
{
    const char *path = item->row.path;
    size_t length = strcspn(path, "?");
    if (item->step->method == METHOD_POST)
        while (length > 0 && path[--length] != '/')
            ;
    return strndup(path, length);
}

void item_watch(struct item *item)
{
    const struct plan_step *step = item->step;
    if (step->method == METHOD_GET && !item->acted) {
        if (item_bind_row(item, &item->error) != 0) {
            item_fail(item);
            return;
        }
        item->acted = true;
    }
    struct request request;
    char *path = watched_path(item);
    if (request_make(&request, item, "GET", path, step->until_url_query) == 0)
        request_send(&request, item, on_watched);
    free(path);
}

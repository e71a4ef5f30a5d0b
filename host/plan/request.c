/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of an item: its credential, its tokens for other tenants, its operation's id. */
#include "base/text.h"
#include "plan/run.h"

#include <stdlib.h>
#include <string.h>

/* "/path?a=b" takes its api-version along in the query; the others leave it to the client. */
static char *compose(const char *path, const char *query, const char **api_version)
{
    const char *mark = strchr(path, '?');
    if (!mark && !query)
        return strdup(path);
    char *composed = text_format("%s%s%s&api-version=%s", path, mark ? "" : "?", query ? query : "",
                                 *api_version);
    *api_version = NULL;
    return composed;
}

static void add_auxiliary(struct request *request, const struct item *item)
{
    size_t count = 0;
    if (item->step) {
        for (; count < item->step->auxiliary_count; count++)
            request->auxiliary[count] = item->step->auxiliary[count];
    } else {
        size_t i;
        json_t *name;
        json_array_foreach(json_object_get(item->row.undo, "auxiliary"), i,
                           name) if (count < 3 && json_is_string(name))
            request->auxiliary[count++] = json_string_value(name);
    }
    request->call.auxiliary = request->auxiliary;
    request->call.auxiliary_count = count;
}

int request_make(struct request *request, struct item *item, const char *method, const char *path,
                 const char *query)
{
    memset(request, 0, sizeof *request);
    const char *api_version = item->row.api_version;
    request->path = path ? compose(path, query, &api_version) : NULL;
    if (!request->path) {
        run_without_memory(item->run);
        return -1;
    }
    request->call = (struct arm_call){
        .method = method,
        .path = request->path,
        .api_version = api_version,
        .vault = json_is_true(json_object_get(item->row.undo, "vault")),
        .credential = item->row.credential,
        .correlation = item->run->given->operation_id,
    };
    add_auxiliary(request, item);
    return 0;
}

void request_clear(struct request *request)
{
    free(request->path);
    memset(request, 0, sizeof *request);
}

uint64_t request_send(struct request *request, struct item *item, arm_done *done)
{
    item->call = arm_send(item->run->given->arm, &request->call, done, item);
    request_clear(request);
    if (!item->call)
        run_without_memory(item->run);
    return item->call;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Counters by method, operation and principal. */
#include "count.h"

#include "text.h"
#include "world.h"

#include <stdlib.h>

struct counts *counts_new(void)
{
    return must_alloc(sizeof(struct counts));
}

void counts_reset(struct counts *counts)
{
    table_end(&counts->methods, free);
    table_end(&counts->operations, free);
    table_end(&counts->principals, free);
    *counts = (struct counts){0};
}

void counts_end(struct counts *counts)
{
    counts_reset(counts);
    free(counts);
}

static void bump(struct table *table, const char *key)
{
    long long *count = table_get(table, key);

    if (!count) {
        count = must_alloc(sizeof *count);
        table_put(table, key, count);
    }
    ++*count;
}

void count_exchange(struct exchange *x)
{
    struct counts *counts = x->sim->counts;
    const struct arm_path *path = &x->path;
    bool watch = path->type_key && (ends_with(path->type_key, "/operations") ||
                                    ends_with(path->type_key, "/operationresults") ||
                                    ends_with(path->type_key, "/asyncoperations"));
    const char *what = watch                       ? "operation"
                       : !path->type               ? x->q.path
                       : path->types > path->names ? pool_print(&x->pool, "%s/", path->type)
                                                   : path->type;

    counts->total++;
    if (x->a.status >= 400)
        counts->errors++;
    bump(&counts->methods, x->q.method);
    bump(&counts->operations, pool_print(&x->pool, "%s %s", x->q.method, what));
    bump(&counts->principals, x->caller ? x->caller->name : "");
}

void count_duplicate(struct exchange *x)
{
    x->sim->counts->duplicates++;
}

static json_t *show(const struct table *table)
{
    json_t *all = json_object();

    for (const struct table_entry *at = NULL; (at = table_next(table, at));)
        json_object_set_new(all, at->key, json_integer(*(long long *)at->value));
    return all;
}

json_t *counts_show(const struct counts *counts)
{
    return json_pack("{s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:o}", "total", counts->total, "errors",
                     counts->errors, "throttled", counts->throttled, "violations",
                     counts->violations, "duplicates", counts->duplicates, "methods",
                     show(&counts->methods), "operations", show(&counts->operations), "principals",
                     show(&counts->principals));
}

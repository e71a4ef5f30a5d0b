/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a request and writing its answer. */
#include "sim.h"

#include "content.h"
#include "text.h"

#include <string.h>

void pairs_add(struct pool *pool, struct pairs *pairs, const char *name, const char *value)
{
    if (pairs->count == pairs->space) {
        size_t space = pairs->space ? pairs->space * 2 : 16;
        struct pair *list = pool_alloc(pool, space * sizeof *list);

        if (pairs->count)
            memcpy(list, pairs->list, pairs->count * sizeof *list);
        pairs->list = list;
        pairs->space = space;
    }
    pairs->list[pairs->count++] =
        (struct pair){pool_text(pool, name), pool_text(pool, value ? value : "")};
}

const char *pairs_get(const struct pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (same_text(pairs->list[i].name, name))
            return pairs->list[i].value;
    return NULL;
}

const char *header(const struct exchange *x, const char *name)
{
    return pairs_get(&x->q.headers, name);
}

const char *query(const struct exchange *x, const char *name)
{
    return pairs_get(&x->q.query, name);
}

void reply_header(struct exchange *x, const char *name, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    pairs_add(&x->pool, &x->a.headers, name, pool_vprint(&x->pool, format, list));
    va_end(list);
}

int reply(struct exchange *x, int status, json_t *body)
{
    json_decref(x->a.json);
    if (x->a.stream)
        content_end(x->a.stream);
    x->a.stream = NULL;
    x->a.status = status;
    x->a.json = body;
    x->a.raw = NULL;
    x->a.size = 0;
    return 0;
}

int reply_raw(struct exchange *x, int status, const char *type, const void *data, size_t size)
{
    reply(x, status, NULL);
    x->a.raw = data;
    x->a.size = size;
    x->a.type = type;
    return 0;
}

int refuse(struct exchange *x, int status, const char *code, const char *format, ...)
{
    va_list list;
    char *message;

    va_start(list, format);
    message = pool_vprint(&x->pool, format, list);
    va_end(list);
    reply(x, status, json_pack("{s:{s:s,s:s}}", "error", "code", code, "message", message));
    return -1;
}

void refuse_detail(struct exchange *x, const char *code, const char *format, ...)
{
    json_t *error = dig(x->a.json, "error");
    json_t *details = json_object_get(error, "details");
    va_list list;
    char *message;

    va_start(list, format);
    message = pool_vprint(&x->pool, format, list);
    va_end(list);
    if (!details) {
        details = json_array();
        json_object_set_new(error, "details", details);
    }
    json_array_append_new(details, json_pack("{s:s,s:s}", "code", code, "message", message));
}

bool refused(const struct exchange *x)
{
    return x->a.status >= 400;
}

static char *guid_of(struct pool *pool, uint64_t a, uint64_t b)
{
    return pool_print(pool, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
                      (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff,
                      ((unsigned)(b >> 48) & 0x3fff) | 0x8000,
                      (unsigned long long)(b & 0xffffffffffffULL));
}

char *new_guid(struct sim *sim, struct pool *pool)
{
    char name[32];

    snprintf(name, sizeof name, "#%llu", (unsigned long long)sim->guids++);
    return named_guid(sim, pool, name);
}

char *named_guid(struct sim *sim, struct pool *pool, const char *name)
{
    uint64_t seed = sim->options->seed;

    return guid_of(pool, hash_text(name, seed), hash_text(name, seed * 31 + 0x51ed270b));
}

int64_t draw(const struct sim *sim, const char *name, int64_t low, int64_t high)
{
    uint64_t hash = hash_text(name, sim->options->seed ^ 0x2545f4914f6cdd1dULL);

    return low + (int64_t)(hash % (uint64_t)(high - low + 1));
}

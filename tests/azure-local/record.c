/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON line for each exchange: {"request":{…},"response":{…}}, without secrets. */
#include "record.h"

#include "text.h"

#include <string.h>

static const char redacted[] = "REDACTED";

static bool is_secret(const char *name)
{
    static const char *const names[] = {
        "adminPassword",   "client_secret",    "access_token", "accountSasToken",
        "serviceSasToken", "client_assertion", "sharedKey",    "accessSAS",
        "Password",        "keyToSign",        "customData",   "userData",
        "refresh_token",   "device_code",      "user_code",    "id_token"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (same_text(names[i], name))
            return true;
    return false;
}

/* Every text below, but for names. */
static void blank(json_t *json)
{
    const char *name;
    json_t *value;
    void *next;
    size_t i;

    json_object_foreach_safe(json, next, name, value)
    {
        if (json_is_string(value) && strcmp(name, "name") != 0 && strcmp(name, "keyName") != 0 &&
            strcmp(name, "permissions") != 0)
            json_object_set_new(json, name, json_string(redacted));
        else
            blank(value);
    }
    json_array_foreach(json, i, value) blank(value);
}

static char *without_signature(struct pool *pool, const char *text)
{
    char *copy = pool_text(pool, text);
    char *sig;
    char *from = copy;

    while ((sig = strstr(from, "sig="))) {
        size_t length = strcspn(sig + 4, "& \"");

        from = sig + 4;
        memset(from, 'x', length);
    }
    return copy;
}

/* The private part of a key that is imported. */
static void blank_key(json_t *key)
{
    static const char *const names[] = {"d", "p", "q", "dp", "dq", "qi", "k"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (json_object_get(key, names[i]))
            json_object_set_new(key, names[i], json_string(redacted));
}

static void redact(struct pool *pool, json_t *json)
{
    const char *name;
    json_t *value;
    void *next;
    size_t i;

    if (json_object_get(json, "kty"))
        blank_key(json);
    json_object_foreach_safe(json, next, name, value)
    {
        if (strcmp(name, "protectedSettings") == 0 || strcmp(name, "protectedParameters") == 0 ||
            strcmp(name, "keys") == 0)
            blank(value);
        else if (is_secret(name) && json_is_string(value))
            json_object_set_new(json, name, json_string(redacted));
        else if (json_is_string(value) && strstr(json_string_value(value), "sig="))
            json_object_set_new(json, name,
                                json_string(without_signature(pool, json_string_value(value))));
        else
            redact(pool, value);
    }
    json_array_foreach(json, i, value) redact(pool, value);
}

static json_t *show_headers(struct pool *pool, const struct pairs *pairs)
{
    json_t *all = json_object();

    for (size_t i = 0; i < pairs->count; i++) {
        const char *name = pool_lower(pool, pairs->list[i].name);
        bool secret =
            strcmp(name, "authorization") == 0 || strcmp(name, "x-ms-authorization-auxiliary") == 0;

        json_object_set_new(
            all, name,
            json_string(secret ? redacted : without_signature(pool, pairs->list[i].value)));
    }
    return all;
}

/* `keyed`: its value is a shared key. */
static void add_body(struct pool *pool, json_t *to, json_t *body, bool keyed)
{
    json_t *copy;

    if (!body)
        return;
    copy = json_deep_copy(body);
    redact(pool, copy);
    if (keyed && json_object_get(copy, "value"))
        json_object_set_new(copy, "value", json_string(redacted));
    json_object_set_new(to, "body", copy);
}

void record_exchange(struct exchange *x)
{
    bool keyed = ends_with(x->q.path, "/sharedkey");
    json_t *request, *response, *line;

    if (!x->sim->record)
        return;
    request = json_pack("{s:s,s:s,s:o}", "method", x->q.method, "url",
                        without_signature(&x->pool, x->q.target), "headers",
                        show_headers(&x->pool, &x->q.headers));
    add_body(&x->pool, request, x->q.json, keyed);
    response = json_pack("{s:o}", "headers", show_headers(&x->pool, &x->a.headers));
    if (x->a.fate == FATE_LOST)
        json_object_set_new(response, "lost", json_true());
    else
        json_object_set_new(response, "status", json_integer(x->a.status));
    if (!x->a.garbled && x->a.fate == FATE_SENT)
        add_body(&x->pool, response, x->a.json, keyed);
    line = json_pack("{s:o,s:o}", "request", request, "response", response);
    json_dumpf(line, x->sim->record, JSON_COMPACT);
    fputc('\n', x->sim->record);
    fflush(x->sim->record);
    json_decref(line);
}

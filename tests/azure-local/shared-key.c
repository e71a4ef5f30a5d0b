/* SPDX-License-Identifier: Apache-2.0 */
/* Authorization: SharedKey ACCOUNT:SIGNATURE, as az, azcopy and Microsoft's clients sign. */
#include "blob-parts.h"

#include "text.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_SKEW = 15 * 60 * 1000 };

static int by_pair_name(const void *a, const void *b)
{
    const struct pair *one = a, *two = b;

    return strcmp(one->name, two->name);
}

/* Names in lower case and in order; those that start as given. */
static struct pair *in_order(struct pool *pool, const struct pairs *pairs, const char *start,
                             size_t *count)
{
    struct pair *list = pool_alloc(pool, (pairs->count + 1) * sizeof *list);

    *count = 0;
    for (size_t i = 0; i < pairs->count; i++)
        if (strncasecmp(pairs->list[i].name, start, strlen(start)) == 0)
            list[(*count)++] =
                (struct pair){pool_lower(pool, pairs->list[i].name), pairs->list[i].value};
    qsort(list, *count, sizeof *list, by_pair_name);
    return list;
}

static const char *or_nothing(struct exchange *x, const char *name)
{
    const char *value = header(x, name);

    return value ? value : "";
}

static char *text_to_sign(struct exchange *x, const char *account, const char *path)
{
    static const char *const names[] = {"Content-Encoding",
                                        "Content-Language",
                                        "Content-Length",
                                        "Content-MD5",
                                        "Content-Type",
                                        "Date",
                                        "If-Modified-Since",
                                        "If-Match",
                                        "If-None-Match",
                                        "If-Unmodified-Since",
                                        "Range"};
    char *text = pool_print(&x->pool, "%s\n", x->q.method);
    struct pair *list;
    size_t count;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = or_nothing(x, names[i]);

        if (i == 2 && strcmp(value, "0") == 0)
            value = "";
        if (i == 5 && header(x, "x-ms-date"))
            value = "";
        text = pool_print(&x->pool, "%s%s\n", text, value);
    }
    list = in_order(&x->pool, &x->q.headers, "x-ms-", &count);
    for (size_t i = 0; i < count; i++)
        text = pool_print(&x->pool, "%s%s:%s\n", text, list[i].name, list[i].value);
    text = pool_print(&x->pool, "%s/%s%s", text, account, path);
    list = in_order(&x->pool, &x->q.query, "", &count);
    for (size_t i = 0; i < count; i++)
        text = pool_print(&x->pool, "%s\n%s:%s", text, list[i].name, list[i].value);
    return text;
}

static bool matches(struct exchange *x, const struct resource *account, const char *text,
                    const char *given)
{
    for (int i = 0; i < 2; i++) {
        const char *good = storage_sign(&x->pool, account_key(account, i), text);

        if (*good && strlen(good) == strlen(given) && CRYPTO_memcmp(good, given, strlen(good)) == 0)
            return true;
    }
    return false;
}

const char *shared_key_check(struct exchange *x, const char *name, const char **detail)
{
    const struct resource *account = account_find(x->sim, name);
    const char *given = header(x, "Authorization") + strlen("SharedKey ");
    const char *date = header(x, "x-ms-date") ? header(x, "x-ms-date") : header(x, "Date");
    int64_t when = parse_http_date(date), now = clock_calendar(&x->sim->clock);
    size_t length = strlen(name);
    char *path = pool_copy(&x->pool, x->q.target, strcspn(x->q.target, "?")), *text;

    if (!account)
        return "ResourceNotFound";
    if (json_is_false(dig(account->body, "properties.allowSharedKeyAccess")))
        return "KeyBasedAuthenticationNotPermitted";
    if (strncmp(given, name, length) != 0 || given[length] != ':') {
        *detail = "The account of the Authorization header is not the one of the URI.";
        return "AuthenticationFailed";
    }
    if (when < 0 || when > now + MOST_SKEW || when < now - MOST_SKEW) {
        *detail = "The date header in the request is incorrect.";
        return "AuthenticationFailed";
    }
    text = text_to_sign(x, name, path);
    /* Clients sign the path as it is in the URL, or as it would be with Azure's host names. */
    if (matches(x, account, text, given + length + 1) ||
        matches(x, account,
                text_to_sign(x, name,
                             pool_print(&x->pool, "/%s", path + strlen("/_blob/") + length + 1)),
                given + length + 1))
        return NULL;
    *detail = pool_print(&x->pool,
                         "The MAC signature found in the HTTP request is not the same as any "
                         "computed signature. Server used following string to sign: '%s'.",
                         text);
    return "AuthenticationFailed";
}

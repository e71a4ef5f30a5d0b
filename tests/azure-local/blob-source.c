/* SPDX-License-Identifier: Apache-2.0 */
/* Where x-ms-copy-source points: a blob of this server, or a file on a server of this machine. */
#include "blob-parts.h"

#include "text.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_SECONDS = 30, MOST_BYTES = 256 << 20 };

static int unverified(struct exchange *x, int status, const char *message)
{
    reply_header(x, "x-ms-copy-source-status-code", "%d", status);
    return blob_fail(x, status, "CannotVerifyCopySource", message);
}

static int changed(struct exchange *x)
{
    return blob_fail(x, 412, "SourceConditionNotMet",
                     "The source condition specified using HTTP conditional header(s) is not met.");
}

static void read_query(struct pool *pool, const char *url, struct pairs *out)
{
    const char *at = strchr(url, '?');

    while (at && *at && *++at) {
        size_t whole = strcspn(at, "&"), name = strcspn(at, "=&");
        size_t skip = name < whole ? name + 1 : whole;

        pairs_add(pool, out, url_decode(pool, at, name, true),
                  url_decode(pool, at + skip, whole - skip, true));
        at += whole;
    }
}

static int read_own(struct exchange *x, const char *path, const char *range, struct source *out)
{
    struct target target;
    struct pairs q = {0};
    struct blob *blob;
    uint64_t first = 0, last;
    const char *detail = NULL;
    struct sas_ask ask = {.permission = 'r', .type = 'o', .detail = &detail};
    const char *tag = header(x, "x-ms-source-if-match");
    char *bytes;

    read_query(&x->pool, path, &q);
    if (blob_target(&x->pool, url_decode(&x->pool, path, strcspn(path, "?"), false), &target) ||
        !target.name)
        return unverified(x, 404, "The specified resource does not exist.");
    ask.account = target.account, ask.container = target.container, ask.blob = target.name;
    if ((pairs_get(&q, "sig") || !blob_is_public(x->sim, &target)) &&
        sas_check(x->sim, &x->pool, &q, &ask))
        return unverified(x, pairs_get(&q, "sig") ? 403 : 401,
                          "Server failed to authenticate the request. Please refer to the "
                          "information in the www-authenticate header.");
    blob = blob_find(x->sim, &target);
    if (!blob || blob->draft)
        return unverified(x, 404, "The specified blob does not exist.");
    if (tag && !blob_has_tag(x, tag, blob))
        return changed(x);
    out->total = blob->content.size;
    if (!range) {
        content_copy(&out->content, &blob->content);
        return 0;
    }
    if (!blob_range(range, blob->content.size, &first, &last))
        return blob_fail(x, 416, "InvalidRange",
                         "The range specified is invalid for the current size of the resource.");
    bytes = pool_alloc(&x->pool, (size_t)(last - first + 1));
    content_read(&blob->content, first, bytes, (size_t)(last - first + 1));
    content_write(&out->content, 0, bytes, (size_t)(last - first + 1));
    return 0;
}

static size_t on_data(char *data, size_t unit, size_t count, void *user)
{
    struct source *out = user;

    if (out->content.size + count > MOST_BYTES)
        return 0;
    content_write(&out->content, out->content.size, data, count);
    return unit * count;
}

/* The authority of a server on this machine is of its own making, so it is not verified. */
static long fetch(const char *url, const char *range, const char *condition, struct source *out)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = condition ? curl_slist_append(NULL, condition) : NULL;
    long status = 0;

    if (!curl)
        return 0;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_RANGE, range ? range + 6 : NULL);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)WAIT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    return status;
}

/* What stands after the host and port, if they are of this machine; NULL otherwise. */
static const char *local_path(const char *url, int *port)
{
    bool secure = starts_with(url, "https://");
    const char *host = secure ? url + 8 : url + 7;
    size_t length = strcspn(host, ":/?");
    const char *at = host + length;
    static const char *const names[] = {"127.0.0.1", "localhost"};
    bool local = false;

    if (!secure && !starts_with(url, "http://"))
        return NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        local = local || (strlen(names[i]) == length && !strncmp(names[i], host, length));
    *port = secure ? 443 : 80;
    if (*at == ':')
        *port = (int)strtol(at + 1, (char **)(uintptr_t)&at, 10);
    return local ? at : NULL;
}

int source_read(struct exchange *x, const char *range, struct source *out)
{
    const char *url = header(x, "x-ms-copy-source"), *path;
    const char *tag = header(x, "x-ms-source-if-match");
    int port = 0;
    long status;

    path = local_path(url, &port);
    if (!path || (range && !starts_with(range, "bytes=")))
        return blob_fail(x, 400, "InvalidHeaderValue",
                         "The value for one of the HTTP headers is not in the correct format; a "
                         "source must be on this machine.");
    /* Asking oneself over the network would wait for ever: there is one thread. */
    if (port == (int)strtol(strrchr(x->sim->base, ':') + 1, NULL, 10))
        return read_own(x, path, range, out);
    status = fetch(url, range, tag ? pool_print(&x->pool, "If-Match: %s", tag) : NULL, out);
    if (status == 200 || status == 206)
        return 0;
    content_end(&out->content);
    if (status == 412)
        return changed(x);
    return unverified(x, status >= 400 ? (int)status : 400,
                      "Could not verify the copy source within the specified time.");
}

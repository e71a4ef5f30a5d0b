/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs: block and append blobs in memory, opened by shared access signatures. */
#include "blob.h"

#include "storage.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

struct blob {
    char *account, *container, *name, *content_type;
    bool append;
    char *data;
    size_t size, space;
    long long appended; /* blocks */
    uint64_t version;
    int64_t modified; /* calendar */
};

struct blobs {
    struct table all; /* by account/container/name */
    uint64_t versions;
};

/* What a request is about. */
struct target {
    char *account, *container, *name; /* name NULL: the container */
    char *key;
};

struct blobs *blobs_new(void)
{
    return must_alloc(sizeof(struct blobs));
}

static void release(void *value)
{
    struct blob *blob = value;

    free(blob->account);
    free(blob->container);
    free(blob->name);
    free(blob->content_type);
    free(blob->data);
    free(blob);
}

void blobs_end(struct blobs *blobs)
{
    table_end(&blobs->all, release);
    free(blobs);
}

static int fail(struct exchange *x, int status, const char *code, const char *message)
{
    char *text = pool_print(&x->pool,
                            "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>%s"
                            "</Code><Message>%s\nRequestId:%s\nTime:%s</Message></Error>",
                            code, message, x->request_id,
                            iso_time(&x->pool, clock_calendar(&x->sim->clock)));

    reply_header(x, "x-ms-error-code", "%s", code);
    reply_raw(x, status, "application/xml", text, x->q.verb == VERB_HEAD ? 0 : strlen(text));
    return -1;
}

static int fail_access(struct exchange *x, const char *code)
{
    if (strcmp(code, "NoAuthenticationInformation") == 0)
        return fail(x, 401, code,
                    "Server failed to authenticate the request. Please refer to the information in "
                    "the www-authenticate header.");
    if (strcmp(code, "ResourceNotFound") == 0)
        return fail(x, 404, code, "The specified resource does not exist.");
    if (strcmp(code, "AuthenticationFailed") == 0)
        return fail(
            x, 403, code,
            "Server failed to authenticate the request. Make sure the value of Authorization "
            "header is formed correctly including the signature.");
    return fail(x, 403, code, "This request is not authorized to perform this operation.");
}

static int find_target(struct pool *pool, const char *path, struct target *out)
{
    size_t length;

    memset(out, 0, sizeof *out);
    if (!starts_with(path, "/_blob/"))
        return -1;
    path += 7;
    length = strcspn(path, "/");
    out->account = pool_copy(pool, path, length);
    path += length + (path[length] == '/');
    length = strcspn(path, "/");
    out->container = pool_copy(pool, path, length);
    path += length + (path[length] == '/');
    out->name = *path ? pool_text(pool, path) : NULL;
    out->key =
        pool_print(pool, "%s/%s/%s", out->account, out->container, out->name ? out->name : "");
    return *out->account && *out->container ? 0 : -1;
}

static struct resource *container_of(const struct sim *sim, const struct target *target)
{
    struct resource *account = account_find(sim, target->account);

    for (struct resource *at = account ? account->first_child : NULL; at; at = at->next_sibling)
        if (same_text(at->name, target->container))
            return at;
    return NULL;
}

static struct blob *blob_new(struct sim *sim, const struct target *target, bool append)
{
    struct blob *old = table_take(&sim->blobs->all, target->key);
    struct blob *blob = must_alloc(sizeof *blob);

    if (old)
        release(old);
    blob->account = must_copy(target->account);
    blob->container = must_copy(target->container);
    blob->name = must_copy(target->name);
    blob->content_type = must_copy("application/octet-stream");
    blob->append = append;
    table_put(&sim->blobs->all, target->key, blob);
    return blob;
}

static void touch(struct sim *sim, struct blob *blob)
{
    blob->version = ++sim->blobs->versions;
    blob->modified = clock_calendar(&sim->clock);
}

static void add(struct blob *blob, const char *data, size_t size)
{
    if (!size)
        return;
    if (blob->size + size > blob->space) {
        blob->space = (blob->size + size) * 2;
        blob->data = must_grow(blob->data, blob->space);
    }
    memcpy(blob->data + blob->size, data, size);
    blob->size += size;
}

static void show_headers(struct exchange *x, const struct blob *blob)
{
    reply_header(x, "ETag", "\"0x%llX\"", (unsigned long long)blob->version);
    reply_header(x, "Last-Modified", "%s", http_date(&x->pool, blob->modified));
    reply_header(x, "x-ms-version", "2021-12-02");
}

static int put_blob(struct exchange *x, const struct target *target)
{
    const char *kind = header(x, "x-ms-blob-type"), *type = header(x, "x-ms-blob-content-type");
    const char *none = header(x, "If-None-Match");
    struct blob *blob;
    bool append = same_text(kind, "AppendBlob");

    if (!kind || (!append && !same_text(kind, "BlockBlob")))
        return fail(x, 400, kind ? "InvalidHeaderValue" : "MissingRequiredHeader",
                    "x-ms-blob-type must be AppendBlob or BlockBlob here.");
    if (none && strcmp(none, "*") == 0 && table_get(&x->sim->blobs->all, target->key))
        return fail(x, 409, "BlobAlreadyExists", "The specified blob already exists.");
    if (append && x->q.size)
        return fail(x, 400, "InvalidHeaderValue", "An append blob is created empty.");
    blob = blob_new(x->sim, target, append);
    if (type) {
        free(blob->content_type);
        blob->content_type = must_copy(type);
    }
    add(blob, x->q.body, x->q.size);
    touch(x->sim, blob);
    show_headers(x, blob);
    return reply(x, 201, NULL);
}

static int append_block(struct exchange *x, struct blob *blob)
{
    const char *position = header(x, "x-ms-blob-condition-appendpos");

    if (!blob)
        return fail(x, 404, "BlobNotFound", "The specified blob does not exist.");
    if (!blob->append)
        return fail(x, 409, "InvalidBlobType", "The blob type is invalid for this operation.");
    if (!x->q.size || x->q.size > 4 * 1024 * 1024)
        return fail(x, x->q.size ? 413 : 400,
                    x->q.size ? "RequestBodyTooLarge" : "InvalidHeaderValue",
                    "An appended block has 1 byte to 4 MiB.");
    if (position && strtoull(position, NULL, 10) != blob->size)
        return fail(x, 412, "AppendPositionConditionNotMet",
                    "The append position condition specified was not met.");
    reply_header(x, "x-ms-blob-append-offset", "%zu", blob->size);
    add(blob, x->q.body, x->q.size);
    blob->appended++;
    touch(x->sim, blob);
    reply_header(x, "x-ms-blob-committed-block-count", "%lld", blob->appended);
    show_headers(x, blob);
    return reply(x, 201, NULL);
}

/* bytes=A-B, bytes=A-, bytes=-N; false when it can't be satisfied. */
static bool read_range(const char *text, size_t size, size_t *first, size_t *last)
{
    char *end;
    unsigned long long from, to;

    text += 6;
    if (*text == '-') {
        to = strtoull(text + 1, NULL, 10);
        if (!to || !size)
            return false;
        *first = to < size ? size - (size_t)to : 0;
        *last = size - 1;
        return true;
    }
    from = strtoull(text, &end, 10);
    if (*end != '-' || from >= size)
        return false;
    to = end[1] ? strtoull(end + 1, NULL, 10) : size - 1;
    *first = (size_t)from;
    *last = to < size ? (size_t)to : size - 1;
    return *last >= *first;
}

static int get_blob(struct exchange *x, struct blob *blob)
{
    const char *range = header(x, "x-ms-range");
    size_t first = 0, last;
    int status = 200;

    if (!blob)
        return fail(x, 404, "BlobNotFound", "The specified blob does not exist.");
    if (!range)
        range = header(x, "Range");
    last = blob->size ? blob->size - 1 : 0;
    show_headers(x, blob);
    reply_header(x, "x-ms-blob-type", "%s", blob->append ? "AppendBlob" : "BlockBlob");
    reply_header(x, "x-ms-creation-time", "%s", http_date(&x->pool, blob->modified));
    reply_header(x, "Accept-Ranges", "bytes");
    if (blob->append)
        reply_header(x, "x-ms-blob-committed-block-count", "%lld", blob->appended);
    if (range && starts_with(range, "bytes=") && x->q.verb == VERB_GET) {
        if (!read_range(range, blob->size, &first, &last)) {
            reply_header(x, "Content-Range", "bytes */%zu", blob->size);
            return fail(x, 416, "InvalidRange",
                        "The range specified is invalid for the current size of the resource.");
        }
        reply_header(x, "Content-Range", "bytes %zu-%zu/%zu", first, last, blob->size);
        status = 206;
    }
    return reply_raw(x, status, pool_text(&x->pool, blob->content_type),
                     pool_copy(&x->pool, blob->size ? blob->data + first : "",
                               blob->size ? last - first + 1 : 0),
                     blob->size ? last - first + 1 : 0);
}

static int delete_blob(struct exchange *x, const struct target *target)
{
    struct blob *blob = table_take(&x->sim->blobs->all, target->key);

    if (!blob)
        return fail(x, 404, "BlobNotFound", "The specified blob does not exist.");
    release(blob);
    return reply(x, 202, NULL);
}

static int by_name(const void *a, const void *b)
{
    const struct blob *const *one = a, *const *two = b;

    return strcmp((*one)->name, (*two)->name);
}

static char *xml_text(struct pool *pool, const char *text)
{
    char *out = pool_alloc(pool, strlen(text) * 5 + 1), *to = out;

    for (; *text; text++) {
        if (*text == '<' || *text == '&')
            to = stpcpy(to, *text == '<' ? "&lt;" : "&amp;");
        else
            *to++ = *text;
    }
    *to = '\0';
    return out;
}

static int list_blobs(struct exchange *x, const struct target *target)
{
    const struct table *all = &x->sim->blobs->all;
    const char *prefix = query(x, "prefix");
    struct blob **list = must_alloc(all->count * sizeof(struct blob *));
    size_t count = 0;
    char *text = pool_print(&x->pool,
                            "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>"
                            "<EnumerationResults ContainerName=\"%s\"><Blobs>",
                            target->container);

    for (struct table_entry *at = NULL; (at = table_next(all, at));) {
        struct blob *blob = at->value;

        if (same_text(blob->account, target->account) &&
            same_text(blob->container, target->container) &&
            (!prefix || strncmp(blob->name, prefix, strlen(prefix)) == 0))
            list[count++] = blob;
    }
    qsort(list, count, sizeof(struct blob *), by_name);
    for (size_t i = 0; i < count; i++)
        text = pool_print(&x->pool,
                          "%s<Blob><Name>%s</Name><Properties><Last-Modified>%s</Last-Modified>"
                          "<Content-Length>%zu</Content-Length><BlobType>%s</BlobType></Properties>"
                          "</Blob>",
                          text, xml_text(&x->pool, list[i]->name),
                          http_date(&x->pool, list[i]->modified), list[i]->size,
                          list[i]->append ? "AppendBlob" : "BlockBlob");
    free(list);
    text = pool_print(&x->pool, "%s</Blobs><NextMarker /></EnumerationResults>", text);
    return reply_raw(x, 200, "application/xml", text, strlen(text));
}

static struct sas_ask permission_for(struct exchange *x, const struct target *target)
{
    const char *part = query(x, "comp");
    struct sas_ask ask = {target->account, target->container, target->name, 'r', 0};

    if (!target->name)
        ask.permission = 'l';
    else if (same_text(part, "appendblock"))
        ask.permission = 'a', ask.also = 'w';
    else if (x->q.verb == VERB_PUT)
        ask.permission = 'c', ask.also = 'w';
    else if (x->q.verb == VERB_DELETE)
        ask.permission = 'd';
    return ask;
}

static int handle(struct exchange *x, const struct target *target)
{
    struct blob *blob = table_get(&x->sim->blobs->all, target->key);
    const char *part = query(x, "comp");

    if (!target->name)
        return x->q.verb == VERB_GET && same_text(part, "list")
                   ? list_blobs(x, target)
                   : fail(x, 400, "UnsupportedOperation",
                          "Containers are made through the resource manager here.");
    if (x->q.verb == VERB_PUT && same_text(part, "appendblock"))
        return append_block(x, blob);
    if (part)
        return fail(x, 400, "InvalidQueryParameterValue", "This comp is not simulated.");
    switch (x->q.verb) {
    case VERB_PUT:
        return put_blob(x, target);
    case VERB_GET:
    case VERB_HEAD:
        return get_blob(x, blob);
    case VERB_DELETE:
        return delete_blob(x, target);
    default:
        return fail(x, 405, "UnsupportedHttpVerb", "The resource doesn't support this verb.");
    }
}

void blob_handle(struct exchange *x)
{
    struct target target;
    struct sas_ask ask;
    const char *fault;

    if (find_target(&x->pool, x->q.path, &target)) {
        fail(x, 400, "InvalidUri",
             "The requested URI does not represent any resource on the server.");
        return;
    }
    ask = permission_for(x, &target);
    fault = sas_check(x->sim, &x->pool, &x->q.query, &ask);
    if (fault) {
        fail_access(x, fault);
        return;
    }
    if (!container_of(x->sim, &target)) {
        fail(x, 404, "ContainerNotFound", "The specified container does not exist.");
        return;
    }
    handle(x, &target);
}

json_t *blobs_show(const struct sim *sim)
{
    json_t *all = json_object();

    for (struct table_entry *at = NULL; (at = table_next(&sim->blobs->all, at));) {
        const struct blob *blob = at->value;

        json_object_set_new(all, at->key,
                            json_pack("{s:s,s:I}", "type",
                                      blob->append ? "AppendBlob" : "BlockBlob", "size",
                                      (json_int_t)blob->size));
    }
    return all;
}

void blobs_drop(struct sim *sim, const char *account, const char *container)
{
    struct table_entry *at = NULL;

    while ((at = table_next(&sim->blobs->all, at))) {
        struct blob *blob = at->value;

        if (!same_text(blob->account, account) ||
            (container && !same_text(blob->container, container)))
            continue;
        release(table_take(&sim->blobs->all, at->key));
        at = NULL; /* the walk starts again */
    }
}

int blob_append_by_url(struct sim *sim, const char *url, const char *text, char *why, size_t size)
{
    struct pool pool = {0};
    struct pairs q = {0};
    struct target target;
    struct sas_ask ask;
    struct blob *blob;
    const char *fault = NULL;
    const char *path = starts_with(url, sim->base) ? url + strlen(sim->base) : "";
    const char *at = strchr(path, '?');
    size_t length = strcspn(path, "?");

    while (at && *++at) {
        size_t whole = strcspn(at, "&"), name = strcspn(at, "=&");
        size_t skip = name < whole ? name + 1 : whole;

        pairs_add(&pool, &q, url_decode(&pool, at, name, true),
                  url_decode(&pool, at + skip, whole - skip, true));
        at += whole;
        if (!*at)
            break;
    }
    if (find_target(&pool, url_decode(&pool, path, length, false), &target) || !target.name) {
        fault = "the URL is no blob of an account here";
    } else {
        ask = (struct sas_ask){target.account, target.container, target.name, 'a', 'w'};
        fault = sas_check(sim, &pool, &q, &ask);
        if (!fault && !container_of(sim, &target))
            fault = "ContainerNotFound";
    }
    blob = fault ? NULL : table_get(&sim->blobs->all, target.key);
    if (!fault && blob && !blob->append)
        fault = "InvalidBlobType";
    if (!fault) {
        if (!blob)
            blob = blob_new(sim, &target, true);
        add(blob, text, strlen(text));
        blob->appended++;
        touch(sim, blob);
    }
    if (fault)
        snprintf(why, size, "The output could not be written to the append blob: %s.", fault);
    pool_empty(&pool);
    return fault ? -1 : 0;
}

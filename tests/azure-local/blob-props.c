/* SPDX-License-Identifier: Apache-2.0 */
/* Properties and metadata of blobs. */
#include "blob-parts.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *asked, *shown;
} properties[] = {{"x-ms-blob-content-type", "Content-Type"},
                  {"x-ms-blob-content-encoding", "Content-Encoding"},
                  {"x-ms-blob-content-language", "Content-Language"},
                  {"x-ms-blob-content-md5", "Content-MD5"},
                  {"x-ms-blob-content-disposition", "Content-Disposition"},
                  {"x-ms-blob-cache-control", "Cache-Control"}};

void blob_take_properties(struct exchange *x, struct blob *blob)
{
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
        const char *value = header(x, properties[i].asked);

        if (value && *value)
            json_object_set_new(blob->headers, properties[i].shown, json_string(value));
    }
}

void blob_take_metadata(struct exchange *x, struct blob *blob)
{
    json_object_clear(blob->metadata);
    for (size_t i = 0; i < x->q.headers.count; i++) {
        const struct pair *pair = &x->q.headers.list[i];

        if (strncasecmp(pair->name, "x-ms-meta-", 10) == 0)
            json_object_set_new(blob->metadata, pair->name + 10, json_string(pair->value));
    }
}

void blob_show_properties(struct exchange *x, const struct blob *blob)
{
    const char *name;
    json_t *value;

    blob_stamp(x, blob);
    reply_header(x, "x-ms-blob-type", "%s", blob_kind_name(blob));
    reply_header(x, "x-ms-creation-time", "%s", http_date(&x->pool, blob->created));
    reply_header(x, "x-ms-lease-status", "unlocked");
    reply_header(x, "x-ms-lease-state", "available");
    reply_header(x, "x-ms-server-encrypted", "true");
    reply_header(x, "Accept-Ranges", "bytes");
    if (blob->kind == BLOB_APPEND)
        reply_header(x, "x-ms-blob-committed-block-count", "%lld", blob->appended);
    if (blob->kind == BLOB_PAGE)
        reply_header(x, "x-ms-blob-sequence-number", "%llu", blob->sequence);
    json_object_foreach(blob->metadata, name, value)
        reply_header(x, pool_print(&x->pool, "x-ms-meta-%s", name), "%s", json_string_value(value));
}

static int set_sequence(struct exchange *x, struct blob *blob)
{
    const char *action = header(x, "x-ms-sequence-number-action");
    const char *number = header(x, "x-ms-blob-sequence-number");
    unsigned long long value = number ? strtoull(number, NULL, 10) : 0;

    if (!action)
        return 0;
    if (blob->kind != BLOB_PAGE)
        return blob_fail(x, 409, "InvalidBlobType", "The blob type is invalid for this operation.");
    if (same_text(action, "increment") && !number)
        blob->sequence++;
    else if (same_text(action, "max") && number)
        blob->sequence = value > blob->sequence ? value : blob->sequence;
    else if (same_text(action, "update") && number)
        blob->sequence = value;
    else
        return blob_fail(x, 400, "InvalidHeaderValue",
                         "The value for one of the HTTP headers is not in the correct format.");
    return 0;
}

int blob_set_properties(struct exchange *x, struct blob *blob)
{
    const char *size = header(x, "x-ms-blob-content-length");
    char *end = NULL;
    unsigned long long bytes = size ? strtoull(size, &end, 10) : 0;

    if (!blob || blob->draft)
        return blob_absent(x);
    if (blob_conditions(x, blob))
        return -1;
    if (size && blob->kind != BLOB_PAGE)
        return blob_fail(x, 409, "InvalidBlobType", "The blob type is invalid for this operation.");
    if (size && (*end || end == size || bytes % PAGE_BYTES))
        return blob_fail(x, 400, "InvalidHeaderValue",
                         "The value for one of the HTTP headers is not in the correct format.");
    if (set_sequence(x, blob))
        return -1;
    if (size)
        content_resize(&blob->content, bytes);
    if (!size && !header(x, "x-ms-sequence-number-action")) {
        json_object_clear(blob->headers); /* what isn't given is cleared */
        blob_take_properties(x, blob);
    }
    blob_touch(x->sim, blob);
    blob_stamp(x, blob);
    if (blob->kind == BLOB_PAGE)
        reply_header(x, "x-ms-blob-sequence-number", "%llu", blob->sequence);
    return reply(x, 200, NULL);
}

int blob_set_metadata(struct exchange *x, struct blob *blob)
{
    if (!blob || blob->draft)
        return blob_absent(x);
    if (blob_conditions(x, blob))
        return -1;
    blob_take_metadata(x, blob);
    blob_touch(x->sim, blob);
    blob_stamp(x, blob);
    return reply(x, 200, NULL);
}

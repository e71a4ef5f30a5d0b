/* SPDX-License-Identifier: Apache-2.0 */
/* Get Blob and Get Blob Properties. */
#include "blob-parts.h"

#include "text.h"

#include <string.h>

enum { MOST_SUMMED = 4 << 20 };

/* A checksum of the range, if it is asked for. */
static int sum_range(struct exchange *x, const struct blob *blob, uint64_t first, uint64_t size)
{
    bool md5 = same_text(header(x, "x-ms-range-get-content-md5"), "true");
    bool crc = same_text(header(x, "x-ms-range-get-content-crc64"), "true");
    char *bytes;

    if (!md5 && !crc)
        return 0;
    if (size > MOST_SUMMED || (md5 && crc))
        return blob_fail(
            x, 400, size > MOST_SUMMED ? "OutOfRangeQueryParameterValue" : "InvalidHeaderValue",
            "A checksum, of one kind, is given of a range of up to 4 MiB only.");
    bytes = pool_alloc(&x->pool, (size_t)size + 1);
    content_read(&blob->content, first, bytes, (size_t)size);
    reply_header(x, md5 ? "Content-MD5" : "x-ms-content-crc64", "%s",
                 md5 ? md5_base64(&x->pool, bytes, (size_t)size)
                     : crc64_base64(&x->pool, bytes, (size_t)size));
    return 0;
}

static void show_headers(struct exchange *x, const struct blob *blob, bool part)
{
    const char *name;
    json_t *value;

    json_object_foreach(blob->headers, name, value)
    {
        if (strcmp(name, "Content-Type") == 0)
            x->a.type = pool_text(&x->pool, json_string_value(value));
        else if (strcmp(name, "Content-MD5") == 0 && part)
            reply_header(x, "x-ms-blob-content-md5", "%s", json_string_value(value));
        else
            reply_header(x, name, "%s", json_string_value(value));
    }
}

int blob_get(struct exchange *x, struct blob *blob)
{
    const char *range = blob_asked_range(x);
    uint64_t size, first = 0, last;
    bool part = range && starts_with(range, "bytes=") && x->q.verb == VERB_GET;

    if (!blob || blob->draft)
        return blob_absent(x);
    if (blob_conditions(x, blob))
        return -1;
    size = blob->content.size;
    last = size ? size - 1 : 0;
    if (part && !blob_range(range, size, &first, &last)) {
        reply_header(x, "Content-Range", "bytes */%llu", (unsigned long long)size);
        return blob_fail(x, 416, "InvalidRange",
                         "The range specified is invalid for the current size of the resource.");
    }
    if (part && sum_range(x, blob, first, last - first + 1))
        return -1;
    if (!part && (header(x, "x-ms-range-get-content-md5") && x->q.verb == VERB_GET))
        return blob_fail(x, 400, "InvalidHeaderValue",
                         "The value for one of the HTTP headers is not in the correct format.");
    blob_show_properties(x, blob);
    if (part)
        reply_header(x, "Content-Range", "bytes %llu-%llu/%llu", (unsigned long long)first,
                     (unsigned long long)last, (unsigned long long)size);
    reply(x, part ? 206 : 200, NULL);
    x->a.type = NULL;
    show_headers(x, blob, part);
    x->a.stream = pool_alloc(&x->pool, sizeof *x->a.stream);
    content_copy(x->a.stream, &blob->content);
    x->a.from = first;
    x->a.size = size ? (size_t)(last - first + 1) : 0;
    return 0;
}

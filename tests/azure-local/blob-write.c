/* SPDX-License-Identifier: Apache-2.0 */
/* Put Blob, Append Block and Copy Blob. */
#include "blob-parts.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t biggest_page_blob = 8ULL << 40; /* 8 TiB */

static int bad_header(struct exchange *x)
{
    return blob_fail(x, 400, "InvalidHeaderValue",
                     "The value for one of the HTTP headers is not in the correct format.");
}

static int check_page_size(struct exchange *x, uint64_t *size)
{
    const char *text = header(x, "x-ms-blob-content-length");
    char *end;

    if (!text)
        return blob_fail(x, 400, "MissingRequiredHeader",
                         "An HTTP header that's mandatory for this request is not specified: "
                         "x-ms-blob-content-length.");
    *size = strtoull(text, &end, 10);
    if (end == text || *end || *text == '-' || *size % PAGE_BYTES || x->q.size)
        return bad_header(x);
    if (*size > biggest_page_blob)
        return blob_fail(x, 400, "OutOfRangeInput", "A page blob has 8 TiB at most.");
    return 0;
}

static int check_kind(struct exchange *x, enum blob_kind *kind, uint64_t *size)
{
    const char *asked = header(x, "x-ms-blob-type");

    if (!asked)
        return blob_fail(x, 400, "MissingRequiredHeader",
                         "An HTTP header that's mandatory for this request is not specified: "
                         "x-ms-blob-type.");
    *kind = same_text(asked, "PageBlob")     ? BLOB_PAGE
            : same_text(asked, "AppendBlob") ? BLOB_APPEND
                                             : BLOB_BLOCK;
    if (*kind == BLOB_BLOCK && !same_text(asked, "BlockBlob"))
        return bad_header(x);
    if (*kind == BLOB_PAGE)
        return check_page_size(x, size);
    if (*kind == BLOB_APPEND && x->q.size)
        return bad_header(x);
    return blob_check_sums(x, x->q.body, x->q.size, "Content-MD5", "x-ms-content-crc64");
}

int blob_put(struct exchange *x, const struct target *target)
{
    const char *sequence = header(x, "x-ms-blob-sequence-number");
    const char *type = header(x, "Content-Type");
    enum blob_kind kind = BLOB_BLOCK;
    uint64_t size = 0;
    struct blob *blob;

    if (check_kind(x, &kind, &size) || blob_conditions(x, blob_find(x->sim, target)))
        return -1;
    blob = blob_new(x->sim, target, kind);
    if (type && kind == BLOB_BLOCK)
        json_object_set_new(blob->headers, "Content-Type", json_string(type));
    blob_take_properties(x, blob);
    blob_take_metadata(x, blob);
    if (sequence && kind == BLOB_PAGE)
        blob->sequence = strtoull(sequence, NULL, 10);
    if (kind == BLOB_PAGE)
        content_resize(&blob->content, size);
    else if (x->q.size)
        content_write(&blob->content, 0, x->q.body, x->q.size);
    if (kind == BLOB_BLOCK) {
        char *md5 = md5_base64(&x->pool, x->q.body ? x->q.body : "", x->q.size);

        if (!json_object_get(blob->headers, "Content-MD5"))
            json_object_set_new(blob->headers, "Content-MD5", json_string(md5));
        reply_header(x, "Content-MD5", "%s", md5);
        reply_header(x, "x-ms-content-crc64", "%s",
                     crc64_base64(&x->pool, x->q.body ? x->q.body : "", x->q.size));
    }
    blob_touch(x->sim, blob);
    blob_stamp(x, blob);
    return reply(x, 201, NULL);
}

static int check_append(struct exchange *x, const struct blob *blob)
{
    const char *position = header(x, "x-ms-blob-condition-appendpos");
    const char *most = header(x, "x-ms-blob-condition-maxsize");

    if (!x->q.size || x->q.size > 4 * 1024 * 1024)
        return blob_fail(x, x->q.size ? 413 : 400,
                         x->q.size ? "RequestBodyTooLarge" : "InvalidHeaderValue",
                         "An appended block has 1 byte to 4 MiB.");
    if (position && strtoull(position, NULL, 10) != blob->content.size)
        return blob_fail(x, 412, "AppendPositionConditionNotMet",
                         "The append position condition specified was not met.");
    if (most && blob->content.size + x->q.size > strtoull(most, NULL, 10))
        return blob_fail(x, 412, "MaxBlobSizeConditionNotMet",
                         "The max blob size condition specified was not met.");
    return blob_check_sums(x, x->q.body, x->q.size, "Content-MD5", "x-ms-content-crc64");
}

int blob_append(struct exchange *x, struct blob *blob)
{
    if (!blob || blob->draft)
        return blob_absent(x);
    if (blob->kind != BLOB_APPEND)
        return blob_fail(x, 409, "InvalidBlobType", "The blob type is invalid for this operation.");
    if (blob_conditions(x, blob) || check_append(x, blob))
        return -1;
    reply_header(x, "x-ms-blob-append-offset", "%llu", (unsigned long long)blob->content.size);
    content_write(&blob->content, blob->content.size, x->q.body, x->q.size);
    blob->appended++;
    blob_touch(x->sim, blob);
    reply_header(x, "x-ms-blob-committed-block-count", "%lld", blob->appended);
    blob_stamp(x, blob);
    return reply(x, 201, NULL);
}

/* Done at once, though Azure may take its time. From outside it comes as a block blob. */
int blob_copy(struct exchange *x, const struct target *target)
{
    struct content *pages = blob_pages_at(x->sim, header(x, "x-ms-copy-source"));
    enum blob_kind kind = pages ? BLOB_PAGE : BLOB_BLOCK;
    struct source source = {0};
    struct blob *blob;

    if (blob_conditions(x, blob_find(x->sim, target)) || source_read(x, NULL, &source))
        return -1;
    blob = blob_new(x->sim, target, kind);
    blob->content = source.content;
    blob_take_metadata(x, blob);
    blob_touch(x->sim, blob);
    blob_stamp(x, blob);
    reply_header(x, "x-ms-copy-id", "%s", new_guid(x->sim, &x->pool));
    reply_header(x, "x-ms-copy-status", "success");
    return reply(x, 202, NULL);
}

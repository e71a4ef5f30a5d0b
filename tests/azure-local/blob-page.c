/* SPDX-License-Identifier: Apache-2.0 */
/* Put Page, Put Page From URL and Get Page Ranges. */
#include "blob-parts.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 4 << 20, MOST_RANGES = 10000 };

static int bad_range(struct exchange *x)
{
    return blob_fail(x, 416, "InvalidPageRange", "The page range specified is invalid.");
}

/* bytes=A-B in whole pages, not beyond the end. */
static int read_pages(struct exchange *x, const struct blob *blob, uint64_t *first, uint64_t *end)
{
    const char *range = blob_asked_range(x);
    unsigned long long from, to;
    char rest;

    if (!range)
        return blob_fail(x, 400, "MissingRequiredHeader",
                         "An HTTP header that's mandatory for this request is not specified: "
                         "x-ms-range.");
    if (sscanf(range, "bytes=%llu-%llu%c", &from, &to, &rest) != 2)
        return blob_fail(x, 400, "InvalidHeaderValue",
                         "The value for one of the HTTP headers is not in the correct format.");
    if (from % PAGE_BYTES || (to + 1) % PAGE_BYTES || to < from || to >= blob->content.size)
        return bad_range(x);
    *first = from;
    *end = to + 1;
    return 0;
}

static int check_sequence(struct exchange *x, const struct blob *blob)
{
    const char *most = header(x, "x-ms-if-sequence-number-le");
    const char *below = header(x, "x-ms-if-sequence-number-lt");
    const char *same = header(x, "x-ms-if-sequence-number-eq");

    if ((!most || blob->sequence <= strtoull(most, NULL, 10)) &&
        (!below || blob->sequence < strtoull(below, NULL, 10)) &&
        (!same || blob->sequence == strtoull(same, NULL, 10)))
        return 0;
    return blob_fail(x, 412, "SequenceNumberConditionNotMet",
                     "The sequence number condition specified was not met.");
}

static int write_body(struct exchange *x, struct blob *blob, uint64_t first, uint64_t end)
{
    if (x->q.size != end - first)
        return blob_fail(x, 400, "InvalidHeaderValue",
                         "The value for one of the HTTP headers is not in the correct format: "
                         "Content-Length.");
    if (blob_check_sums(x, x->q.body, x->q.size, "Content-MD5", "x-ms-content-crc64"))
        return -1;
    content_write(&blob->content, first, x->q.body, x->q.size);
    if (header(x, "Content-MD5"))
        reply_header(x, "Content-MD5", "%s", header(x, "Content-MD5"));
    else
        reply_header(x, "x-ms-content-crc64", "%s", crc64_base64(&x->pool, x->q.body, x->q.size));
    return 0;
}

static int write_source(struct exchange *x, struct blob *blob, uint64_t first, uint64_t end)
{
    const char *range = header(x, "x-ms-source-range");
    struct source source = {0};
    char *bytes;
    size_t size = (size_t)(end - first);
    int result = -1;

    if (!range)
        return blob_fail(x, 400, "MissingRequiredHeader",
                         "An HTTP header that's mandatory for this request is not specified: "
                         "x-ms-source-range.");
    if (x->q.size)
        return blob_fail(x, 400, "InvalidHeaderValue",
                         "The value for one of the HTTP headers is not in the correct format: "
                         "Content-Length.");
    if (source_read(x, range, &source))
        return -1;
    bytes = pool_alloc(&x->pool, size);
    if (source.content.size != size) {
        blob_fail(x, 400, "InvalidInput",
                  "The source range and the range of the page blob differ in length.");
    } else {
        content_read(&source.content, 0, bytes, size);
        result =
            blob_check_sums(x, bytes, size, "x-ms-source-content-md5", "x-ms-source-content-crc64");
    }
    content_end(&source.content);
    if (result)
        return -1;
    content_write(&blob->content, first, bytes, size);
    reply_header(x, header(x, "x-ms-source-content-md5") ? "Content-MD5" : "x-ms-content-crc64",
                 "%s",
                 header(x, "x-ms-source-content-md5") ? header(x, "x-ms-source-content-md5")
                                                      : crc64_base64(&x->pool, bytes, size));
    return 0;
}

static int clear(struct exchange *x, struct blob *blob, uint64_t first, uint64_t end)
{
    if (x->q.size)
        return blob_fail(x, 400, "InvalidHeaderValue",
                         "The value for one of the HTTP headers is not in the correct format: "
                         "Content-Length.");
    content_clear(&blob->content, first, end - first);
    return 0;
}

int page_put(struct exchange *x, struct blob *blob)
{
    const char *what = header(x, "x-ms-page-write");
    bool wipes = same_text(what, "clear");
    uint64_t first = 0, end = 0;
    int result;

    if (!blob || blob->draft)
        return blob_absent(x);
    if (blob->kind != BLOB_PAGE)
        return blob_fail(x, 409, "InvalidBlobType", "The blob type is invalid for this operation.");
    if (!wipes && !same_text(what, "update"))
        return blob_fail(x, 400, what ? "InvalidHeaderValue" : "MissingRequiredHeader",
                         "x-ms-page-write must be update or clear.");
    if (read_pages(x, blob, &first, &end) || blob_conditions(x, blob) || check_sequence(x, blob))
        return -1;
    if (!wipes && end - first > MOST_BYTES)
        return blob_fail(x, 413, "RequestBodyTooLarge",
                         "The request body is too large and exceeds the maximum permissible "
                         "limit.");
    result = wipes                           ? clear(x, blob, first, end)
             : header(x, "x-ms-copy-source") ? write_source(x, blob, first, end)
                                             : write_body(x, blob, first, end);
    if (result)
        return -1;
    blob_touch(x->sim, blob);
    blob_stamp(x, blob);
    reply_header(x, "x-ms-blob-sequence-number", "%llu", blob->sequence);
    return reply(x, 201, NULL);
}

/* Where to go on, when there are too many ranges for an answer. */
static char *print_ranges(struct exchange *x, const struct blob *blob, uint64_t from,
                          uint64_t until, size_t most)
{
    char *text = NULL, *copy;
    size_t size = 0, count = 0;
    FILE *out = open_memstream(&text, &size);
    uint64_t first, end = from;
    bool more;

    fputs("<?xml version=\"1.0\" encoding=\"utf-8\"?><PageList>", out);
    while ((more = content_run(&blob->content, end, until, &first, &end)) && count < most) {
        if (first < from)
            first = from - from % PAGE_BYTES;
        count++;
        fprintf(out, "<PageRange><Start>%llu</Start><End>%llu</End></PageRange>",
                (unsigned long long)first, (unsigned long long)end - 1);
    }
    if (more)
        fprintf(out, "<NextMarker>%llu</NextMarker>", (unsigned long long)first);
    fputs("</PageList>", out);
    fclose(out);
    copy = pool_text(&x->pool, text);
    free(text);
    return copy;
}

int page_list(struct exchange *x, struct blob *blob)
{
    const char *range = blob_asked_range(x), *marker = query(x, "marker");
    const char *most = query(x, "maxresults");
    size_t limit = most ? (size_t)strtoull(most, NULL, 10) : MOST_RANGES;
    uint64_t first = 0, last, from;
    char *text;

    if (!blob || blob->draft)
        return blob_absent(x);
    if (blob->kind != BLOB_PAGE)
        return blob_fail(x, 409, "InvalidBlobType", "The blob type is invalid for this operation.");
    if (blob_conditions(x, blob))
        return -1;
    last = blob->content.size ? blob->content.size - 1 : 0;
    if (range && !blob_range(range, blob->content.size, &first, &last))
        return blob_fail(x, 416, "InvalidRange",
                         "The range specified is invalid for the current size of the resource.");
    if (most && !limit)
        return blob_fail(x, 400, "OutOfRangeQueryParameterValue",
                         "One of the query parameters specified in the request URI is outside the "
                         "permissible range: maxresults.");
    from = marker && *marker ? strtoull(marker, NULL, 10) : first;
    text = print_ranges(x, blob, from > first ? from : first, last + 1,
                        limit < MOST_RANGES ? limit : MOST_RANGES);
    blob_stamp(x, blob);
    reply_header(x, "x-ms-blob-content-length", "%llu", (unsigned long long)blob->content.size);
    return reply_raw(x, 200, "application/xml", text, strlen(text));
}

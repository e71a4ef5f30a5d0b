/* SPDX-License-Identifier: Apache-2.0 */
/* What every request may ask for: conditions, checksums, ranges. */
#include "blob-parts.h"

#include "text.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t parse_http_date(const char *text)
{
    struct tm tm = {0};

    if (!text || !strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm))
        return -1;
    return (int64_t)timegm(&tm) * 1000;
}

bool blob_has_tag(struct exchange *x, const char *list, const struct blob *blob)
{
    char *etag = pool_print(&x->pool, "0x%llX", (unsigned long long)blob->version);

    return strcmp(list, "*") == 0 || strstr(list, pool_print(&x->pool, "\"%s\"", etag)) ||
           strcmp(list, etag) == 0;
}

int blob_conditions(struct exchange *x, const struct blob *blob)
{
    const char *match = header(x, "If-Match"), *none = header(x, "If-None-Match");
    int64_t since = parse_http_date(header(x, "If-Modified-Since"));
    int64_t until = parse_http_date(header(x, "If-Unmodified-Since"));
    bool reads = x->q.verb == VERB_GET || x->q.verb == VERB_HEAD;
    int64_t modified = blob && !blob->draft ? blob->modified / 1000 * 1000 : 0;
    bool fails, same;

    if (blob && blob->draft)
        blob = NULL;
    fails = (match && (!blob || !blob_has_tag(x, match, blob))) ||
            (blob && until >= 0 && modified > until);
    same = (none && blob && blob_has_tag(x, none, blob)) ||
           (blob && since >= 0 && !none && modified <= since);
    if (!fails && !same)
        return 0;
    if (same && !fails && !reads && none && strcmp(none, "*") == 0)
        return blob_fail(x, 409, "BlobAlreadyExists", "The specified blob already exists.");
    if (same && !fails && reads) {
        reply_header(x, "x-ms-error-code", "ConditionNotMet");
        reply(x, 304, NULL);
        return -1;
    }
    return blob_fail(x, 412, "ConditionNotMet",
                     "The condition specified using HTTP conditional header(s) is not met.");
}

char *md5_base64(struct pool *pool, const void *data, size_t size)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;

    EVP_Digest(data, size, digest, &length, EVP_md5(), NULL);
    return base64_encode(pool, digest, length);
}

/* The service's CRC64: the polynomial 0x9A6C9329AC4BC9B5, from the lowest bit on. */
char *crc64_base64(struct pool *pool, const void *data, size_t size)
{
    static uint64_t table[256];
    const unsigned char *at = data;
    unsigned char bytes[8];
    uint64_t crc = UINT64_MAX;

    if (!table[1])
        for (uint64_t i = 0; i < 256; i++) {
            table[i] = i;
            for (int bit = 0; bit < 8; bit++)
                table[i] = table[i] & 1 ? table[i] >> 1 ^ 0x9A6C9329AC4BC9B5ULL : table[i] >> 1;
        }
    while (size--)
        crc = table[(crc ^ *at++) & 0xff] ^ crc >> 8;
    crc = ~crc;
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(crc >> 8 * i);
    return base64_encode(pool, bytes, sizeof bytes);
}

int blob_check_sums(struct exchange *x, const void *data, size_t size, const char *md5,
                    const char *crc64)
{
    const char *sum = header(x, md5), *crc = header(x, crc64);

    if (sum && crc)
        return blob_fail(x, 400, "InvalidHeaderValue",
                         "Both an MD5 and a CRC64 of the content were given.");
    if (sum && strcmp(sum, md5_base64(&x->pool, data, size)) != 0)
        return blob_fail(x, 400, "Md5Mismatch",
                         "The MD5 value specified in the request did not match with the MD5 value "
                         "calculated by the server.");
    if (crc && strcmp(crc, crc64_base64(&x->pool, data, size)) != 0)
        return blob_fail(x, 400, "Crc64Mismatch",
                         "The CRC64 value specified in the request did not match with the CRC64 "
                         "value calculated by the server.");
    return 0;
}

bool blob_range(const char *text, uint64_t size, uint64_t *first, uint64_t *last)
{
    char *end;
    unsigned long long from, to;

    if (!starts_with(text, "bytes="))
        return false;
    text += 6;
    if (*text == '-') {
        to = strtoull(text + 1, NULL, 10);
        if (!to || !size)
            return false;
        *first = to < size ? size - to : 0;
        *last = size - 1;
        return true;
    }
    from = strtoull(text, &end, 10);
    if (*end != '-' || from >= size)
        return false;
    to = end[1] ? strtoull(end + 1, NULL, 10) : size - 1;
    *first = from;
    *last = to < size ? to : size - 1;
    return *last >= *first;
}

const char *blob_asked_range(struct exchange *x)
{
    const char *range = header(x, "x-ms-range");

    return range ? range : header(x, "Range");
}

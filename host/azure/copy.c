/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of pages from its beginning to its end: what the target holds, what the source holds, the
 * move (copy_range.c), and whether it is all there. */
#include "azure/copy.h"

#include "azure/arm_internal.h"
#include "azure/blob.h"
#include "azure/copy_internal.h"
#include "azure/url.h"
#include "base/text.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum {
    RANGES_A_PAGE = 5000, /* half of Azure's most: some 400 KB */
    /* A service that does not know of pages gives all at once. */
    LIST_BYTES = 8 * 1024 * 1024
};

static void ask_list(struct copy *copy);

static void wipe_free(char *text)
{
    if (text)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
}

/* ---- the end ---- */

static void finish(struct copy *copy, enum copy_end end)
{
    struct copy_result result = {.end = end,
                                 .bytes = (int64_t)page_ranges_bytes(&copy->wanted),
                                 .ranges = (int64_t)copy->wanted.count,
                                 .error = &copy->error};
    copy->call.done(copy->call.context, &result);
}

/* What waits is forgotten; all: what moves something, too. */
static void give_up(struct copy *copy, bool all)
{
    if (copy->list_call)
        arm_cancel(copy->arm, copy->list_call);
    copy->list_call = 0;
    loop_cancel(copy->arm->loop, copy->timer);
    copy->timer = 0;
    copy_forget(copy, all);
}

void copy_fail(struct copy *copy)
{
    give_up(copy, true);
    finish(copy, COPY_FAILED);
}

void copy_without_memory(struct copy *copy)
{
    error_no_memory(&copy->error);
    copy_fail(copy);
}

void copy_stopped(struct copy *copy)
{
    finish(copy, COPY_STOPPED);
}

void copy_stop(struct copy *copy)
{
    if (copy->stopping)
        return;
    copy->stopping = true;
    give_up(copy, false);
    if (!copy->busy)
        copy_stopped(copy);
}

/* ---- lists of pages ---- */

static void next_list(struct copy *copy, enum copy_phase phase)
{
    copy->phase = phase;
    copy->marker[0] = '\0';
    ask_list(copy);
}

static void ready(struct copy *copy)
{
    copy->phase = COPY_WAITS;
    copy->total = (int64_t)page_ranges_bytes(&copy->wanted);
    copy->bytes = copy->total - (int64_t)page_gaps_bytes(&copy->wanted, &copy->there);
    if (copy_may_begin(copy))
        copy->call.found(copy->call.context, copy->etag);
    else
        copy_fail(copy);
}

static void verified(struct copy *copy)
{
    uint64_t missing = page_gaps_bytes(&copy->wanted, &copy->there);
    if (missing == 0) {
        finish(copy, COPY_DONE);
        return;
    }
    error_set(&copy->error, ERROR_AZURE, NULL,
              "every range was copied, and yet %" PRIu64 " bytes are missing in the target's list "
              "of pages: somebody else writes to it",
              missing);
    copy_fail(copy);
}

static void list_ends(struct copy *copy)
{
    if (copy->phase == COPY_READS_TARGET)
        next_list(copy, COPY_READS_SOURCE);
    else if (copy->phase == COPY_READS_SOURCE)
        ready(copy);
    else
        verified(copy);
}

/* The size of the blob, and of the source the ETag, which holds from its first page on. */
static int take_headers(struct copy *copy, const struct http_response *response)
{
    const char *size = http_response_header(response, "x-ms-blob-content-length");
    const char *etag = http_response_header(response, "ETag");
    bool source = copy->phase == COPY_READS_SOURCE;
    if (!size || (source && (!etag || !*etag || strlen(etag) > 200 || !copy_is_plain(etag))))
        return error_set(&copy->error, ERROR_AZURE, NULL, "the %s is no page blob of Azure's",
                         source ? "source" : "target");
    uint64_t *kept = source ? &copy->source_size : &copy->target_size;
    *kept = strtoull(size, NULL, 10);
    if (source && !copy->etag && !(copy->etag = strdup(etag)))
        return error_no_memory(&copy->error);
    return 0;
}

static int take_list(struct copy *copy, const struct http_response *response)
{
    bool source = copy->phase == COPY_READS_SOURCE;
    struct page_ranges *ranges = source ? &copy->wanted : &copy->there;
    size_t before = ranges->count;
    char asked[PAGE_MARKER];
    memcpy(asked, copy->marker, sizeof asked);
    if (take_headers(copy, response) != 0)
        return -1;
    if (page_list_read(response->body, response->body_length, ranges, copy->marker, &copy->error) !=
        0)
        return error_prefix(&copy->error, source ? "the source" : "the target");
    if (*copy->marker && strcmp(asked, copy->marker) == 0 && ranges->count == before)
        return error_set(&copy->error, ERROR_AZURE, NULL, "the %s's list of pages does not end",
                         source ? "source" : "target");
    return 0;
}

static void on_list(void *context, const struct arm_answer *answer)
{
    struct copy *copy = context;
    copy->list_call = 0;
    if (answer->outcome != ARM_DONE)
        copy_blame(copy, copy->phase == COPY_READS_SOURCE ? COPY_SOURCE : COPY_TARGET, answer);
    else if (take_list(copy, answer->response) == 0) {
        if (*copy->marker)
            ask_list(copy);
        else
            list_ends(copy);
        return;
    }
    copy_fail(copy);
}

static char *list_url(const struct copy *copy)
{
    bool source = copy->phase == COPY_READS_SOURCE;
    char *marker = url_encode(copy->marker);
    char *query = marker ? text_format("comp=pagelist&maxresults=%d%s%s", RANGES_A_PAGE,
                                       *marker ? "&marker=" : "", marker)
                         : NULL;
    char *url = query ? blob_url(source ? copy->call.source : copy->call.target, query) : NULL;
    free(marker);
    free(query);
    return url;
}

static void ask_list(struct copy *copy)
{
    struct blob_request request = {.method = "GET", .response_limit = LIST_BYTES};
    if (copy->phase == COPY_READS_SOURCE && copy->etag)
        request.headers[0] = (struct http_header){"If-Match", copy->etag};
    char *url = list_url(copy);
    request.url = url;
    copy->list_call = url ? blob_send(copy->arm, &request, on_list, copy) : 0;
    wipe_free(url);
    if (!copy->list_call)
        copy_without_memory(copy);
}

void copy_verify(struct copy *copy)
{
    page_ranges_clear(&copy->there);
    next_list(copy, COPY_VERIFIES);
}

/* ---- the beginning ---- */

void copy_go(struct copy *copy)
{
    if (copy->phase != COPY_WAITS || copy->stopping)
        return;
    copy->phase = COPY_MOVES;
    if (copy_begin_at_end(copy) < 0)
        return;
    copy->gaps = (struct page_gaps){.wanted = &copy->wanted, .there = &copy->there};
    copy->call.moved(copy->call.context, copy->bytes, copy->total);
    copy_fill(copy);
}

static bool copy_texts(struct copy *copy, const struct copy_call *call)
{
    copy->call = *call;
    copy->call.source = strdup(call->source);
    copy->call.target = strdup(call->target);
    copy->call.etag = call->etag ? strdup(call->etag) : NULL;
    copy->call.begun_etag = call->begun_etag ? strdup(call->begun_etag) : NULL;
    return copy->call.source && copy->call.target && (!call->etag || copy->call.etag) &&
           (!call->begun_etag || copy->call.begun_etag);
}

/* Refusals are told from the loop, too. */
static void begin(void *context)
{
    struct copy *copy = context;
    copy->timer = 0;
    if (copy_may_ask(copy))
        next_list(copy, COPY_READS_TARGET);
    else
        copy_fail(copy);
}

struct copy *copy_start(struct arm *arm, const struct copy_call *call)
{
    struct copy *copy = calloc(1, sizeof *copy);
    if (!copy)
        return NULL;
    copy->arm = arm;
    if (copy_texts(copy, call) && (copy->timer = loop_after(arm->loop, 0, begin, copy)))
        return copy;
    copy_free(copy);
    return NULL;
}

void copy_free(struct copy *copy)
{
    if (!copy)
        return;
    give_up(copy, true);
    wipe_free((char *)copy->call.source);
    wipe_free((char *)copy->call.target);
    free((char *)copy->call.etag);
    free((char *)copy->call.begun_etag);
    free(copy->etag);
    page_ranges_clear(&copy->wanted);
    page_ranges_clear(&copy->there);
    error_clear(&copy->error);
    free(copy);
}

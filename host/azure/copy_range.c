/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ranges of a copy on their way. Each takes two requests: the source tells the MD5 of the
 * range, and the target takes the range from the source and refuses what has another MD5. The first
 * is a GET whose body is not taken, so that no data comes to this machine. Between two local
 * servers on two processors the MD5s nearly double the time; with them it still takes less than
 * azcopy, which checks none (make bench).
 *
 * A source that gives no MD5 of a range is copied all the same: what holds then is that both ends
 * speak TLS and that the ETag is the same. The CRC64 that the target reports could be held against
 * nothing.
 */
#include "azure/blob.h"
#include "azure/copy_internal.h"
#include "base/transport.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MISMATCHES_MOST = 3, RANGE_TEXT = 64 };

static bool piece_move(struct copy_piece *piece);

void copy_forget(struct copy *copy, bool all)
{
    for (int i = 0; i < COPY_PARALLEL; i++) {
        struct copy_piece *piece = &copy->pieces[i];
        if (!piece->call || (piece->moving && !all))
            continue;
        arm_cancel(copy->arm, piece->call);
        piece->call = 0;
        copy->busy--;
    }
}

static void write_range(const struct copy_piece *piece, char text[RANGE_TEXT])
{
    snprintf(text, RANGE_TEXT, "bytes=%" PRIu64 "-%" PRIu64, piece->range.first,
             piece->range.end - 1);
}

/* false: there was no memory; the copy has failed, and may be gone. */
static bool piece_sent(struct copy_piece *piece, uint64_t call)
{
    piece->call = call;
    if (call)
        return true;
    piece->copy->busy--;
    copy_without_memory(piece->copy);
    return false;
}

/* ---- the MD5 ---- */

static bool take_md5(struct copy_piece *piece, const struct http_response *response)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    const char *md5 = response ? http_response_header(response, "Content-MD5") : NULL;
    if (!md5 || strlen(md5) != COPY_MD5 || strspn(md5, alphabet) != COPY_MD5)
        return false;
    memcpy(piece->md5, md5, COPY_MD5 + 1);
    return true;
}

static void on_md5(void *context, const struct arm_answer *answer)
{
    struct copy_piece *piece = context;
    struct copy *copy = piece->copy;
    bool unknown = answer->status == 400; /* the header is not known there */
    piece->call = 0;
    if (answer->outcome != ARM_DONE && !unknown) {
        copy->busy--;
        copy_blame(copy, COPY_SOURCE, answer);
        copy_fail(copy);
        return;
    }
    if (!take_md5(piece, unknown ? NULL : answer->response))
        copy->no_md5 = true;
    piece_move(piece);
}

static bool piece_ask_md5(struct copy_piece *piece)
{
    char range[RANGE_TEXT];
    write_range(piece, range);
    const struct blob_request request = {
        .method = "GET",
        .url = piece->copy->call.source,
        .headers = {{"Range", range},
                    {"x-ms-range-get-content-md5", "true"},
                    {"If-Match", piece->copy->etag}},
        .headers_only = true,
    };
    piece->moving = false;
    return piece_sent(piece, blob_send(piece->copy->arm, &request, on_md5, piece));
}

/* ---- the move ---- */

static bool piece_begin(struct copy_piece *piece)
{
    piece->md5[0] = '\0';
    return piece->copy->no_md5 ? piece_move(piece) : piece_ask_md5(piece);
}

static void piece_ends(struct copy_piece *piece)
{
    struct copy *copy = piece->copy;
    copy->busy--;
    copy->bytes += (int64_t)(piece->range.end - piece->range.first);
    copy->call.moved(copy->call.context, copy->bytes, copy->total);
    copy_fill(copy);
}

static void on_moved(void *context, const struct arm_answer *answer)
{
    struct copy_piece *piece = context;
    struct copy *copy = piece->copy;
    piece->call = 0;
    if (answer->outcome == ARM_DONE) {
        piece_ends(piece);
    } else if (copy->stopping) {
        if (--copy->busy == 0)
            copy_stopped(copy);
    } else if (strcmp(answer->code, "Md5Mismatch") == 0 && ++piece->mismatches < MISMATCHES_MOST) {
        piece_begin(piece); /* it was spoilt on its way */
    } else {
        copy->busy--;
        copy_blame(copy, COPY_TARGET, answer);
        copy_fail(copy);
    }
}

static bool piece_move(struct copy_piece *piece)
{
    const struct copy *copy = piece->copy;
    char range[RANGE_TEXT];
    write_range(piece, range);
    char *url = blob_url(copy->call.target, "comp=page");
    const struct blob_request request = {
        .method = "PUT",
        .url = url,
        .headers = {{"x-ms-page-write", "update"},
                    {"x-ms-copy-source", copy->call.source},
                    {"x-ms-source-range", range},
                    {"x-ms-range", range},
                    {"x-ms-source-if-match", copy->etag},
                    {*piece->md5 ? "x-ms-source-content-md5" : NULL, piece->md5}},
    };
    piece->moving = true;
    uint64_t call = url ? blob_send(copy->arm, &request, on_moved, piece) : 0;
    if (url)
        OPENSSL_cleanse(url, strlen(url));
    free(url);
    return piece_sent(piece, call);
}

static struct copy_piece *free_piece(struct copy *copy)
{
    for (int i = 0; i < COPY_PARALLEL; i++)
        if (!copy->pieces[i].call)
            return &copy->pieces[i];
    return NULL;
}

/* Azure ends the access to a disk for an upload only when a VHD's footer is there: once it is, what
 * broke off can be removed. */
int copy_begin_at_end(struct copy *copy)
{
    const struct page_ranges *wanted = &copy->wanted, *there = &copy->there;
    if (wanted->count == 0)
        return 0;
    struct page_range last = wanted->items[wanted->count - 1];
    if (last.end - last.first > COPY_PIECE)
        last.first = last.end - COPY_PIECE;
    struct copy_piece *piece = free_piece(copy);
    if (!piece || (there->count && there->items[there->count - 1].end > last.first))
        return 0; /* it is there, or some of it */
    /* Counted among what is there, so that it is not moved again. */
    if (page_ranges_add(&copy->there, last, &copy->error) != 0) {
        copy_fail(copy);
        return -1;
    }
    *piece = (struct copy_piece){.copy = copy, .range = last};
    copy->busy++;
    return piece_begin(piece) ? 0 : -1;
}

void copy_fill(struct copy *copy)
{
    struct copy_piece *piece;
    struct page_range range;
    while (!copy->stopping && (piece = free_piece(copy)) &&
           page_gaps_next(&copy->gaps, COPY_PIECE, &range)) {
        *piece = (struct copy_piece){.copy = copy, .range = range};
        copy->busy++;
        if (!piece_begin(piece))
            return;
    }
    if (copy->busy)
        return;
    if (copy->stopping)
        copy_stopped(copy);
    else
        copy_verify(copy);
}

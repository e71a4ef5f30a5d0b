/* SPDX-License-Identifier: Apache-2.0 */
/* Put Block, Put Block From URL, Put Block List and Get Block List. */
#include "blob-parts.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static struct block *find(struct block *list, const char *id)
{
    while (list && strcmp(list->id, id) != 0)
        list = list->next;
    return list;
}

static int check_id(struct exchange *x, const struct blob *blob, const char *id)
{
    size_t size = 0;
    unsigned char *bytes = id ? base64_decode(&x->pool, id, strlen(id), &size) : NULL;

    if (!bytes || !size || size > 64)
        return blob_fail(x, 400, "InvalidQueryParameterValue",
                         "Value for one of the query parameters specified in the request URI is "
                         "invalid: blockid.");
    if (blob && blob->uncommitted && strlen(blob->uncommitted->id) != strlen(id))
        return blob_fail(x, 400, "InvalidBlobOrBlock",
                         "The specified blob or block content is invalid.");
    return 0;
}

/* The bytes of the block: the body, or another blob's. */
static int gather(struct exchange *x, struct content *out)
{
    struct source source = {0};
    const char *range = header(x, "x-ms-source-range");

    if (header(x, "x-ms-copy-source")) {
        if (source_read(x, range, &source))
            return -1;
        *out = source.content;
        return 0;
    }
    if (!x->q.size)
        return blob_fail(x, 400, "InvalidHeaderValue",
                         "The value for one of the HTTP headers is not in the correct format.");
    if (blob_check_sums(x, x->q.body, x->q.size, "Content-MD5", "x-ms-content-crc64"))
        return -1;
    content_write(out, 0, x->q.body, x->q.size);
    reply_header(x, "x-ms-content-crc64", "%s", crc64_base64(&x->pool, x->q.body, x->q.size));
    return 0;
}

int block_put(struct exchange *x, const struct target *target)
{
    const char *id = query(x, "blockid");
    struct blob *blob = blob_find(x->sim, target);
    struct content content = {0};
    struct block *block;

    if (blob && blob->kind != BLOB_BLOCK)
        return blob_fail(x, 409, "InvalidBlobType", "The blob type is invalid for this operation.");
    if (check_id(x, blob, id) || gather(x, &content))
        return -1;
    if (!blob) {
        blob = blob_new(x->sim, target, BLOB_BLOCK);
        blob->draft = true;
    }
    block = find(blob->uncommitted, id);
    if (!block) {
        block = must_alloc(sizeof *block);
        block->id = must_copy(id);
        block->next = blob->uncommitted;
        blob->uncommitted = block;
    }
    content_end(&block->content);
    block->content = content;
    reply_header(x, "x-ms-request-server-encrypted", "true");
    return reply(x, 201, NULL);
}

/* The next <Committed>, <Uncommitted> or <Latest> of the list; false at its end. */
static bool next_item(struct pool *pool, const char **at, char **which, char **id)
{
    const char *open = *at, *close;
    size_t length;

    for (;;) {
        open = strchr(open, '<');
        if (!open)
            return false;
        length = strcspn(++open, ">");
        if (length && (!strncmp(open, "Committed", length) || !strncmp(open, "Latest", length) ||
                       !strncmp(open, "Uncommitted", length)))
            break;
    }
    close = strchr(open, '<');
    if (!close)
        return false;
    *which = pool_copy(pool, open, length);
    open += length + 1;
    *id = pool_copy(pool, open, (size_t)(close - open));
    *at = close;
    return true;
}

static struct block *choose(const struct blob *blob, const char *which, const char *id)
{
    struct block *block = NULL;

    if (*which != 'C')
        block = find(blob->uncommitted, id);
    if (!block && *which != 'U')
        block = find(blob->blocks, id);
    return block;
}

/* 0, or -1 when a block is not there. */
static int assemble(struct exchange *x, const struct blob *blob, struct content *content,
                    struct block **blocks)
{
    const char *at = x->q.body ? x->q.body : "";
    struct block **end = blocks;
    char *which, *id;

    while (next_item(&x->pool, &at, &which, &id)) {
        struct block *from = blob ? choose(blob, which, id) : NULL, *copy;

        if (!from)
            return -1;
        copy = must_alloc(sizeof *copy);
        copy->id = must_copy(id);
        content_copy(&copy->content, &from->content);
        content_append(content, &from->content);
        *end = copy;
        end = &copy->next;
    }
    return 0;
}

int block_commit(struct exchange *x, const struct target *target)
{
    struct blob *blob = blob_find(x->sim, target);
    struct content content = {0};
    struct block *blocks = NULL;

    if (blob && blob->kind != BLOB_BLOCK)
        return blob_fail(x, 409, "InvalidBlobType", "The blob type is invalid for this operation.");
    if (blob_conditions(x, blob) ||
        blob_check_sums(x, x->q.body, x->q.size, "Content-MD5", "x-ms-content-crc64"))
        return -1;
    if (assemble(x, blob, &content, &blocks)) {
        content_end(&content);
        blocks_end(&blocks);
        return blob_fail(x, 400, "InvalidBlockList", "The specified block list is invalid.");
    }
    blob = blob_new(x->sim, target, BLOB_BLOCK);
    blob->content = content;
    blob->blocks = blocks;
    blob_take_properties(x, blob);
    blob_take_metadata(x, blob);
    blob_touch(x->sim, blob);
    blob_stamp(x, blob);
    return reply(x, 201, NULL);
}

static void print_blocks(FILE *out, const char *title, const struct block *list)
{
    fprintf(out, "<%s>", title);
    for (; list; list = list->next)
        fprintf(out, "<Block><Name>%s</Name><Size>%llu</Size></Block>", list->id,
                (unsigned long long)list->content.size);
    fprintf(out, "</%s>", title);
}

int block_list(struct exchange *x, struct blob *blob)
{
    const char *which = query(x, "blocklisttype");
    bool all = same_text(which, "all");
    char *text = NULL;
    size_t size = 0;
    FILE *out;

    if (!blob)
        return blob_absent(x);
    if (blob->kind != BLOB_BLOCK)
        return blob_fail(x, 409, "InvalidBlobType", "The blob type is invalid for this operation.");
    out = open_memstream(&text, &size);
    fputs("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>", out);
    if (!which || all || same_text(which, "committed"))
        print_blocks(out, "CommittedBlocks", blob->blocks);
    if (all || same_text(which, "uncommitted"))
        print_blocks(out, "UncommittedBlocks", blob->uncommitted);
    fputs("</BlockList>", out);
    fclose(out);
    blob_stamp(x, blob);
    reply_header(x, "x-ms-blob-content-length", "%llu", (unsigned long long)blob->content.size);
    reply_raw(x, 200, "application/xml", pool_text(&x->pool, text), size);
    free(text);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The blobs that there are. */
#include "blob-parts.h"

#include "text.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 1 << 20 };

struct blobs *blobs_new(void)
{
    return must_alloc(sizeof(struct blobs));
}

void blocks_end(struct block **blocks)
{
    while (*blocks) {
        struct block *block = *blocks;

        *blocks = block->next;
        content_end(&block->content);
        free(block->id);
        free(block);
    }
}

void blob_release(void *value)
{
    struct blob *blob = value;

    blocks_end(&blob->blocks);
    blocks_end(&blob->uncommitted);
    content_end(&blob->content);
    json_decref(blob->headers);
    json_decref(blob->metadata);
    free(blob->account);
    free(blob->container);
    free(blob->name);
    free(blob);
}

void blobs_end(struct blobs *blobs)
{
    table_end(&blobs->all, blob_release);
    free(blobs);
}

struct blob *blob_find(const struct sim *sim, const struct target *target)
{
    return table_get(&sim->blobs->all, target->key);
}

struct blob *blob_new(struct sim *sim, const struct target *target, enum blob_kind kind)
{
    struct blob *old = table_take(&sim->blobs->all, target->key);
    struct blob *blob = must_alloc(sizeof *blob);

    blob->created = old && !old->draft ? old->created : clock_calendar(&sim->clock);
    if (old)
        blob_release(old);
    blob->account = must_copy(target->account);
    blob->container = must_copy(target->container);
    blob->name = must_copy(target->name);
    blob->headers = json_pack("{s:s}", "Content-Type", "application/octet-stream");
    blob->metadata = json_object();
    blob->kind = kind;
    table_put(&sim->blobs->all, target->key, blob);
    return blob;
}

void blob_touch(struct sim *sim, struct blob *blob)
{
    blob->version = ++sim->blobs->versions;
    blob->modified = clock_calendar(&sim->clock);
}

const char *blob_kind_name(const struct blob *blob)
{
    static const char *const names[] = {"BlockBlob", "AppendBlob", "PageBlob"};

    return names[blob->kind];
}

void blob_stamp(struct exchange *x, const struct blob *blob)
{
    reply_header(x, "ETag", "\"0x%llX\"", (unsigned long long)blob->version);
    reply_header(x, "Last-Modified", "%s", http_date(&x->pool, blob->modified));
    reply_header(x, "x-ms-request-server-encrypted", "true");
}

/* Of the pages that hold data, and where they are: equal disks have equal sums. */
static char *sum_pages(struct pool *pool, const struct content *content)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    uint64_t first, end = 0;
    EVP_MD_CTX *md5 = EVP_MD_CTX_new();
    char *bytes = must_alloc(PIECE);

    EVP_DigestInit_ex(md5, EVP_md5(), NULL);
    while (content_run(content, end, content->size, &first, &end)) {
        EVP_DigestUpdate(md5, &first, sizeof first);
        for (uint64_t at = first; at < end; at += PIECE) {
            size_t size = end - at < PIECE ? (size_t)(end - at) : PIECE;

            content_read(content, at, bytes, size);
            EVP_DigestUpdate(md5, bytes, size);
        }
    }
    EVP_DigestFinal_ex(md5, sum, &length);
    EVP_MD_CTX_free(md5);
    free(bytes);
    return base64_encode(pool, sum, length);
}

static json_t *show(const struct blob *blob)
{
    json_t *shown = json_pack("{s:s,s:I}", "type", blob_kind_name(blob), "size",
                              (json_int_t)blob->content.size);
    struct pool pool = {0};

    if (blob->kind == BLOB_PAGE)
        json_object_set_new(shown, "pages", json_string(sum_pages(&pool, &blob->content)));
    pool_empty(&pool);
    return shown;
}

json_t *blobs_show(const struct sim *sim)
{
    json_t *all = json_object();

    for (struct table_entry *at = NULL; (at = table_next(&sim->blobs->all, at));) {
        const struct blob *blob = at->value;

        if (!blob->draft)
            json_object_set_new(all, at->key, show(blob));
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
        blob_release(table_take(&sim->blobs->all, at->key));
        at = NULL; /* the walk starts again */
    }
}

struct content *blob_pages(struct sim *sim, const char *account, const char *container,
                           const char *name, bool make)
{
    struct pool pool = {0};
    struct target target = {pool_text(&pool, account), pool_text(&pool, container),
                            pool_text(&pool, name),
                            pool_print(&pool, "%s/%s/%s", account, container, name)};
    struct blob *blob = blob_find(sim, &target);

    if (!blob && make) {
        blob = blob_new(sim, &target, BLOB_PAGE);
        blob_touch(sim, blob);
    }
    pool_empty(&pool);
    return blob && blob->kind == BLOB_PAGE ? &blob->content : NULL;
}

struct content *blob_pages_at(struct sim *sim, const char *url)
{
    struct pool pool = {0};
    struct target target;
    struct blob *blob = NULL;
    const char *path = starts_with(url, sim->base) ? url + strlen(sim->base) : "";

    if (!blob_target(&pool, url_decode(&pool, path, strcspn(path, "?"), false), &target) &&
        target.name)
        blob = blob_find(sim, &target);
    pool_empty(&pool);
    return blob && blob->kind == BLOB_PAGE ? &blob->content : NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What disks contain: page blobs of accounts that nobody sees. */
#include "disk.h"

#include "blob.h"
#include "storage.h"
#include "text.h"

#include <string.h>

static const uint64_t gigabyte = 1ULL << 30;

char *disk_account(struct sim *sim, struct pool *pool, const struct resource *of)
{
    return pool_print(pool, "md-%.8s", named_guid(sim, pool, of->key));
}

char *disk_container(struct sim *sim, struct pool *pool, const struct resource *of)
{
    return named_guid(sim, pool, pool_print(pool, "pages of %s", of->key));
}

struct content *disk_content(struct sim *sim, const struct resource *of, bool make)
{
    struct pool pool = {0};
    char *account = disk_account(sim, &pool, of), *container = disk_container(sim, &pool, of);
    struct content *pages = blob_pages(sim, account, container, "abcd", false);
    json_t *size = dig(of->body, "properties.diskSizeGB");

    if (!pages && make) {
        pages = blob_pages(sim, account, container, "abcd", true);
        vhd_close(pages, (uint64_t)json_integer_value(size) * gigabyte);
    }
    pool_empty(&pool);
    return pages;
}

void disk_share(struct sim *sim, const struct resource *to, const struct content *from)
{
    struct pool pool = {0};
    struct content *pages;
    struct content copy;

    if (!from)
        return;
    content_copy(&copy, from);
    pages =
        blob_pages(sim, disk_account(sim, &pool, to), disk_container(sim, &pool, to), "abcd", true);
    content_end(pages);
    *pages = copy;
    pool_empty(&pool);
}

void disk_forget(struct sim *sim, const struct resource *of)
{
    struct pool pool = {0};

    blobs_drop(sim, disk_account(sim, &pool, of), NULL);
    pool_empty(&pool);
}

struct content *disk_blob(struct exchange *x, const char *url, const char *account_id)
{
    const struct need need = {"Microsoft.Storage/storageAccounts",
                              "properties.creationData.storageAccountId",
                              "Microsoft.Storage/storageAccounts/read", NULL, false};
    struct resource *account;
    struct content *pages;
    const char *fault;

    if (!account_id) {
        refuse(x, 400, "InvalidParameter",
               "Required parameter 'storageAccountId' of the source blob is missing (null).");
        return NULL;
    }
    account = need_ref(x, account_id, &need);
    if (!account)
        return NULL;
    if (!starts_with(url, pool_print(&x->pool, "%s/_blob/%s/", x->sim->base, account->name))) {
        refuse(x, 400, "InvalidParameter", "The source blob '%s' is not in the storage account %s.",
               url, account->id);
        return NULL;
    }
    pages = blob_pages_at(x->sim, url);
    if (!pages) {
        refuse(x, 400, "InvalidParameter",
               "The source blob '%s' does not exist, or is not a page blob.", url);
        return NULL;
    }
    fault = vhd_fault(pages);
    if (!fault)
        return pages;
    refuse(x, 400, "InvalidVhd", "The blob %s is not a supported VHD: %s.", url, fault);
    return NULL;
}

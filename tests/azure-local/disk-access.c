/* SPDX-License-Identifier: Apache-2.0 */
/* beginGetAccess and endGetAccess: a URL to the pages of a disk, for a while. */
#include "disk.h"

#include "op.h"
#include "storage.h"
#include "text.h"
#include "world.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

static bool is_upload(const struct resource *disk)
{
    return starts_with(dig_text(disk->body, "properties.creationData.createOption"), "Upload");
}

/* An upload that ended without a whole VHD has to be done again. */
static void close_access(struct sim *sim, struct resource *disk, bool finished)
{
    const struct content *pages = disk_content(sim, disk, false);
    bool uploaded = json_is_true(json_object_get(disk->facts, "uploaded"));

    json_object_del(disk->facts, "access");
    if (is_upload(disk) && !uploaded) {
        uploaded = finished && pages && !vhd_fault(pages);
        if (uploaded)
            json_object_set_new(disk->facts, "uploaded", json_true());
    }
    plant(disk->body, "properties.diskState",
          json_string(is_upload(disk) && !uploaded        ? "ReadyToUpload"
                      : dig_text(disk->body, "managedBy") ? "Attached"
                                                          : "Unattached"));
}

bool disk_is_open(struct sim *sim, struct resource *disk)
{
    json_t *access = json_object_get(disk->facts, "access");

    if (!access)
        return false;
    if (json_integer_value(json_object_get(access, "until")) > clock_calendar(&sim->clock))
        return true;
    close_access(sim, disk, false);
    return false;
}

const char *disk_state(struct sim *sim, struct resource *disk)
{
    const char *machine = dig_text(disk->body, "managedBy"), *state;
    struct pool pool = {0};
    struct resource *holder;

    disk_is_open(sim, disk);
    state = dig_text(disk->body, "properties.diskState");
    if (!machine || !same_text(state, "Attached"))
        return state ? state : "Unattached";
    holder = store_find(sim, pool_lower(&pool, machine));
    pool_empty(&pool);
    return holder && strcmp(vm_power(holder), "deallocated") == 0 ? "Reserved" : "Attached";
}

/* The disk of an account that this file invented. */
static struct resource *disk_of(struct sim *sim, const char *account)
{
    static const char *const types[] = {"Microsoft.Compute/disks", "Microsoft.Compute/snapshots"};
    struct pool pool = {0};
    struct resource *found = NULL;

    for (const struct subscription *at = sim->world->subscriptions; at; at = at->next)
        for (size_t i = 0; i < sizeof types / sizeof *types; i++)
            for (struct resource *disk = store_shelf(sim, at->id, types[i])->first; disk;
                 disk = disk->next)
                if (json_object_get(disk->facts, "access") &&
                    same_text(disk_account(sim, &pool, disk), account))
                    found = disk;
    pool_empty(&pool);
    return found;
}

const char *disk_access_check(struct sim *sim, const struct pairs *q, const struct sas_ask *ask,
                              const char **detail)
{
    struct resource *disk = disk_of(sim, ask->account);
    json_t *access = disk ? json_object_get(disk->facts, "access") : NULL;
    const char *sig = pairs_get(q, "sig"), *good = access ? dig_text(access, "sig") : NULL;
    struct pool pool = {0};
    bool own;

    if (!sig)
        return "NoAuthenticationInformation";
    own = good && strlen(good) == strlen(sig) && CRYPTO_memcmp(good, sig, strlen(sig)) == 0 &&
          same_text(pairs_get(q, "si"), dig_text(access, "id")) &&
          same_text(ask->container, disk_container(sim, &pool, disk)) &&
          same_text(ask->blob, "abcd");
    pool_empty(&pool);
    if (!own) {
        *detail = "Signature did not match, or its access was ended.";
        return "AuthenticationFailed";
    }
    if (!disk_is_open(sim, disk)) {
        *detail = "Signature not valid in the specified time frame.";
        return "AuthenticationFailed";
    }
    if (ask->permission == 'r' || json_is_true(json_object_get(access, "write")))
        return NULL;
    return "AuthorizationPermissionMismatch";
}

static struct resource *asked_disk(struct exchange *x)
{
    struct resource *disk = store_find(x->sim, x->path.parent_key);

    if (!disk)
        refuse(x, 404, "ResourceNotFound",
               "The Resource '%.*s/%s' under resource group '%s' was not found.",
               (int)(strrchr(x->path.type, '/') - x->path.type), x->path.type, x->path.name[0],
               x->path.group);
    return disk;
}

static int check_begin(struct exchange *x, struct resource *disk, bool writes)
{
    const char *state = disk_state(x->sim, disk);
    bool waits = same_text(state, "ReadyToUpload") || same_text(state, "ActiveUpload");

    if (!same_text(get_state(disk), "Succeeded"))
        return refuse(x, 409, "Conflict",
                      "The request failed due to conflict with a concurrent request.");
    if (same_text(dig_text(disk->body, "properties.networkAccessPolicy"), "DenyAll"))
        return refuse(x, 409, "OperationNotAllowed",
                      "The disk %s doesn't allow access: its networkAccessPolicy is DenyAll.",
                      disk->name);
    if (writes != waits)
        return refuse(x, 409, "OperationNotAllowed",
                      "Access of this kind cannot be granted to disk %s in state %s.", disk->name,
                      state);
    if (same_text(state, "Attached"))
        return refuse(x, 409, "OperationNotAllowed",
                      "Disk %s is attached to a VM that is running; access cannot be granted.",
                      disk->name);
    return 0;
}

static json_t *new_access(struct exchange *x, bool writes)
{
    unsigned char bytes[32];

    RAND_bytes(bytes, sizeof bytes);
    return json_pack("{s:s,s:s,s:b}", "sig", base64_encode(&x->pool, bytes, sizeof bytes), "id",
                     new_guid(x->sim, &x->pool), "write", writes);
}

static void begun(struct sim *sim, struct resource *disk, const char *what)
{
    json_t *access = json_object_get(disk->facts, "granted");

    if (!access)
        return;
    plant(
        disk->body, "properties.diskState",
        json_string(json_is_true(json_object_get(access, "write")) ? "ActiveUpload" : "ActiveSAS"));
    json_object_set_new(
        access, "until",
        json_integer(clock_calendar(&sim->clock) +
                     json_integer_value(json_object_get(access, "seconds")) * 1000));
    disk_content(sim, disk, true);
    json_object_set(disk->facts, "access", access);
    json_object_del(disk->facts, "granted");
}

int disk_begin_access(struct exchange *x)
{
    struct resource *disk = asked_disk(x);
    const char *level = dig_text(x->q.json, "access");
    json_int_t seconds = json_integer_value(json_object_get(x->q.json, "durationInSeconds"));
    bool writes = same_text(level, "Write");
    json_t *access;
    struct op *op;

    if (!disk)
        return -1;
    if (!writes && !same_text(level, "Read"))
        return refuse(x, 400, "InvalidParameter", "The value of parameter access is invalid.");
    if (seconds <= 0 || seconds > UINT32_MAX)
        return refuse(x, 400, "InvalidParameter",
                      "The value of parameter durationInSeconds is invalid.");
    if (check_begin(x, disk, writes))
        return -1;
    access = json_object_get(disk->facts, "access");
    access = access ? json_deep_copy(access) : new_access(x, writes); /* one URL at a time */
    json_object_set_new(access, "seconds", json_integer(seconds));
    json_object_set_new(disk->facts, "granted", access);
    op = op_action(x, disk, "beginGetAccess", (struct span){2, 5}, begun);
    op->output = json_pack(
        "{s:s}", "accessSAS",
        pool_print(&x->pool, "%s/_blob/%s/%s/abcd?sv=2018-03-28&sr=b&si=%s&sig=%s", x->sim->base,
                   disk_account(x->sim, &x->pool, disk), disk_container(x->sim, &x->pool, disk),
                   dig_text(access, "id"), url_encode(&x->pool, dig_text(access, "sig"))));
    op_headers(x, op, true);
    return reply(x, 202, NULL);
}

static void ended(struct sim *sim, struct resource *disk, const char *what)
{
    if (json_object_get(disk->facts, "access"))
        close_access(sim, disk, true);
}

int disk_end_access(struct exchange *x)
{
    struct resource *disk = asked_disk(x);
    struct op *op;

    if (!disk)
        return -1;
    op = op_action(x, disk, "endGetAccess", (struct span){2, 5}, ended);
    op_headers(x, op, true);
    return reply(x, 202, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Where a request goes: the authority, the control plane, blobs, or the resource manager. */
#include "sim.h"

#include "blob.h"
#include "compute.h"
#include "control.h"
#include "count.h"
#include "fault.h"
#include "group.h"
#include "network.h"
#include "op.h"
#include "record.h"
#include "storage.h"
#include "text.h"
#include "throttle.h"
#include "vault.h"
#include "world.h"

#include <string.h>

static int poll_status(struct exchange *x)
{
    const char *id = x->path.segment[x->path.count - 1];

    return query(x, "monitor") ? op_answer_result(x, id) : op_answer_status(x, id);
}

static int poll_result(struct exchange *x)
{
    return op_answer_result(x, x->path.segment[x->path.count - 1]);
}

/* Everything that is no plain resource. `*` stands for one segment. */
static const struct {
    enum verb verb;
    const char *pattern;
    int (*handle)(struct exchange *x);
} routes[] = {
#define VM       "/subscriptions/*/resourcegroups/*/providers/microsoft.compute/virtualmachines/*"
#define DISK     "/subscriptions/*/resourcegroups/*/providers/microsoft.compute/disks/*"
#define SNAPSHOT "/subscriptions/*/resourcegroups/*/providers/microsoft.compute/snapshots/*"
#define SETS     "/subscriptions/*/resourcegroups/*/providers/microsoft.compute/diskencryptionsets/*"
#define VAULT    "/subscriptions/*/resourcegroups/*/providers/microsoft.keyvault/vaults/*"
#define TRASH    "/subscriptions/*/providers/microsoft.keyvault/locations/*/deletedvaults/*"
#define ACCOUNT  "/subscriptions/*/resourcegroups/*/providers/microsoft.storage/storageaccounts/*"
#define GATEWAY                                                                                    \
    "/subscriptions/*/resourcegroups/*/providers/microsoft.network/virtualnetworkgateways/*"
#define LINK     "/subscriptions/*/resourcegroups/*/providers/microsoft.network/connections/*"
#define PLACE    "/subscriptions/*/providers/microsoft.compute/locations/*"
#define VERSIONS PLACE "/publishers/*/artifacttypes/vmimage/offers/*/skus/*/versions"
    {VERB_GET, "/subscriptions", subscriptions_list},
    {VERB_GET, "/tenants", tenants_list},
    {VERB_GET, "/subscriptions/*", subscription_get},
    {VERB_GET, "/subscriptions/*/locations", locations_list},
    {VERB_GET, "/subscriptions/*/resources", resources_list},
    {VERB_GET, "/subscriptions/*/resourcegroups/*/resources", resources_list},
    {VERB_GET, "/subscriptions/*/providers", providers_list},
    {VERB_GET, "/subscriptions/*/providers/*", provider_get},
    {VERB_POST, "/subscriptions/*/providers/*/register", provider_get},
    {VERB_GET, "/subscriptions/*/operationresults/*", poll_result},
    {VERB_GET, "/subscriptions/*/providers/*/locations/*/operations/*", poll_status},
    {VERB_GET, "/subscriptions/*/providers/*/locations/*/operationresults/*", poll_result},
    {VERB_GET, "/subscriptions/*/providers/*/locations/*/asyncoperations/*", poll_result},
    {VERB_GET, "/subscriptions/*/providers/microsoft.compute/skus", compute_skus},
    {VERB_GET, PLACE "/usages", compute_usages},
    {VERB_GET, PLACE "/vmsizes", compute_sizes},
    {VERB_GET, PLACE "/publishers", image_publishers},
    {VERB_GET, PLACE "/publishers/*/artifacttypes/vmimage/offers", image_offers},
    {VERB_GET, PLACE "/publishers/*/artifacttypes/vmimage/offers/*/skus", image_skus},
    {VERB_GET, VERSIONS, image_versions},
    {VERB_GET, VERSIONS "/*", image_version},
    {VERB_GET, VM "/instanceview", vm_get_view},
    {VERB_POST, VM "/start", vm_action},
    {VERB_POST, VM "/poweroff", vm_action},
    {VERB_POST, VM "/deallocate", vm_action},
    {VERB_POST, VM "/restart", vm_action},
    {VERB_POST, VM "/redeploy", vm_action},
    {VERB_POST, VM "/reapply", vm_action},
    {VERB_POST, VM "/generalize", vm_action},
    {VERB_POST, VM "/capture", vm_action},
    {VERB_POST, DISK "/begingetaccess", disk_begin_access},
    {VERB_POST, DISK "/endgetaccess", disk_end_access},
    {VERB_POST, SNAPSHOT "/begingetaccess", disk_begin_access},
    {VERB_POST, SNAPSHOT "/endgetaccess", disk_end_access},
    {VERB_POST, GATEWAY "/reset", gateway_reset},
    {VERB_POST, GATEWAY "/supportedvpndevices", gateway_devices},
    {VERB_GET, GATEWAY "/connections", gateway_connections},
    {VERB_GET, LINK "/sharedkey", connection_key},
    {VERB_PUT, LINK "/sharedkey", connection_set_key},
    {VERB_POST, LINK "/vpndeviceconfigurationscript", connection_script},
    {VERB_GET, SETS "/associatedresources", encryption_set_users},
    {VERB_PUT, VAULT "/accesspolicies/*", vault_policies},
    {VERB_GET, VAULT "/keys", vault_keys_list},
    {VERB_GET, VAULT "/keys/*", vault_key_get},
    {VERB_PUT, VAULT "/keys/*", vault_key_put},
    {VERB_GET, "/subscriptions/*/providers/microsoft.keyvault/deletedvaults", vaults_deleted},
    {VERB_GET, TRASH, vault_deleted},
    {VERB_POST, TRASH "/purge", vault_purge},
    {VERB_POST, "/subscriptions/*/providers/microsoft.keyvault/checknameavailability",
     vault_check_name},
    {VERB_POST, ACCOUNT "/listkeys", account_keys},
    {VERB_POST, ACCOUNT "/regeneratekey", account_new_key},
    {VERB_POST, ACCOUNT "/listaccountsas", account_sas},
    {VERB_POST, ACCOUNT "/listservicesas", account_service_sas},
    {VERB_GET, ACCOUNT "/blobservices/default", account_blob_service},
    {VERB_POST, "/subscriptions/*/providers/microsoft.storage/checknameavailability",
     account_check_name},
#undef VM
#undef SETS
#undef VAULT
#undef TRASH
#undef ACCOUNT
#undef DISK
#undef SNAPSHOT
#undef GATEWAY
#undef LINK
#undef PLACE
#undef VERSIONS
};

static bool segments_match(const char *pattern, const struct arm_path *path)
{
    size_t i = 0;

    while (*pattern) {
        size_t length = strcspn(++pattern, "/");

        if (i == path->count)
            return false;
        if (!(length == 1 && *pattern == '*') &&
            (strlen(path->segment[i]) != length ||
             strncasecmp(path->segment[i], pattern, length) != 0))
            return false;
        pattern += length;
        i++;
    }
    return i == path->count;
}

static int (*find_route(struct exchange *x))(struct exchange *)
{
    if (x->q.verb == VERB_GET && same_text(x->path.type, "Microsoft.Authorization/permissions"))
        return access_permissions; /* at any scope */
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (routes[i].verb == x->q.verb && segments_match(routes[i].pattern, &x->path))
            return routes[i].handle;
    return NULL;
}

static const char *action_of(struct exchange *x)
{
    static const char *const verbs[] = {"read",  "read",   "write", "action",
                                        "write", "delete", "write"};

    return pool_print(&x->pool, "%s/%s", x->path.type, verbs[x->q.verb]);
}

static int check_version(struct exchange *x)
{
    x->api_version = query(x, "api-version");
    if (x->api_version && *x->api_version)
        return 0;
    return refuse(x, 400, "MissingApiVersionParameter",
                  "The api-version query parameter (?api-version=) is required for all requests.");
}

static int check_caller(struct exchange *x)
{
    const char *id = x->path.subscription;
    const struct subscription *subscription = id ? world_subscription(x->sim->world, id) : NULL;

    if (id && header(x, "Authorization") && (!subscription || !same_text(subscription->id, id)))
        return refuse(x, 404, "SubscriptionNotFound", "The subscription '%s' could not be found.",
                      id);
    return token_check(x, subscription ? subscription->tenant : NULL);
}

static int refuse_type(struct exchange *x)
{
    const char *slash = strchr(x->path.type, '/');

    return refuse(
        x, 404, "InvalidResourceType",
        "The resource type '%s' could not be found in the namespace '%.*s' for api version "
        "'%s'. azure-local knows a subset of Azure only.",
        slash ? slash + 1 : x->path.type,
        (int)(slash ? slash - x->path.type : (long)strlen(x->path.type)), x->path.type,
        x->api_version);
}

/* A JSON body is wanted where there is one at all. */
static int check_body(struct exchange *x)
{
    if (!x->q.size || x->q.json)
        return 0;
    return refuse(
        x, 400, "InvalidRequestContent",
        "The request content was invalid and could not be deserialized: 'it is not JSON'.");
}

static bool watches_own(struct exchange *x)
{
    int (*handle)(struct exchange *) = find_route(x);

    return (handle == poll_status || handle == poll_result) &&
           op_is_own(x, x->path.segment[x->path.count - 1]);
}

static int check_arm(struct exchange *x)
{
    if (check_version(x) || check_caller(x) || throttle_check(x))
        return -1;
    if (x->path.subscription && !watches_own(x) && access_check(x, action_of(x), x->path.id))
        return -1;
    return check_body(x);
}

static void route_arm(struct exchange *x)
{
    int (*handle)(struct exchange *);
    const struct kind *kind;

    if (check_arm(x))
        return;
    handle = find_route(x);
    kind = handle ? NULL : kind_find(x->path.type_key);
    if (handle)
        handle(x);
    else if (kind)
        arm_handle(x, kind);
    else
        refuse_type(x);
}

static bool route_authority(struct exchange *x)
{
    const char *path = x->q.path;
    char *tenant = pool_copy(&x->pool, path + 1, strcspn(path + 1, "/"));

    if (x->q.verb == VERB_POST && ends_with(path, "/oauth2/v2.0/token"))
        token_issue(x, tenant);
    else if (x->q.verb == VERB_POST && ends_with(path, "/oauth2/v2.0/devicecode"))
        signin_start(x, tenant);
    else if (ends_with(path, "/.well-known/openid-configuration"))
        token_discovery(x, tenant);
    else if (strcmp(path, "/common/discovery/instance") == 0)
        reply(x, 200,
              json_pack("{s:s,s:[]}", "tenant_discovery_endpoint",
                        pool_print(&x->pool, "%s/common/v2.0/.well-known/openid-configuration",
                                   x->sim->base),
                        "metadata"));
    else if (strcmp(path, "/metadata/identity/oauth2/token") == 0)
        token_metadata(x);
    else
        return false;
    return true;
}

static void identify(struct exchange *x)
{
    const char *correlation = header(x, "x-ms-correlation-request-id");
    const char *client = header(x, "x-ms-client-request-id");

    x->request_id = new_guid(x->sim, &x->pool);
    x->correlation = correlation ? correlation : new_guid(x->sim, &x->pool);
    reply_header(x, "x-ms-request-id", "%s", x->request_id);
    reply_header(x, "x-ms-correlation-request-id", "%s", x->correlation);
    reply_header(x, "x-ms-routing-request-id", "LOCAL:%s", x->request_id);
    if (client && same_text(header(x, "x-ms-return-client-request-id"), "true"))
        reply_header(x, "x-ms-client-request-id", "%s", client);
}

static void dispatch(struct exchange *x)
{
    if (x->path.count)
        route_arm(x);
    else if (starts_with(x->q.path, "/_blob/"))
        blob_handle(x);
    else if (starts_with(x->q.path, "/_vault/"))
        vault_handle(x);
    else if (!route_authority(x))
        refuse(x, 404, "NotFound", "There is nothing at %s.", x->q.path);
}

static bool is_arm(const char *path)
{
    return starts_with(path, "/subscriptions") || starts_with(path, "/tenants") ||
           starts_with(path, "/providers");
}

void route(struct exchange *x)
{
    clock_pump(&x->sim->clock);
    if (starts_with(x->q.path, "/_local/")) {
        control_handle(x);
        return;
    }
    identify(x);
    if (is_arm(x->q.path) && arm_path_parse(&x->pool, x->q.path, &x->path))
        x->path.count = 0;
    if (!fault_before(x))
        dispatch(x);
    fault_after(x);
    count_exchange(x);
    record_exchange(x);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* image browse: down from a subscription to the blobs that can be imported. */
#include "azure/blob_list.h"
#include "azure/sync.h"
#include "base/text.h"
#include "command/nouns.h"
#include "command/subscription.h"
#include "command/text_at.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define STORAGE_API "2023-05-01"

enum { SIGNATURE_SECONDS = 600, LEAST_VHD = 20 * 1024 * 1024 };

struct browsing {
    struct context *context;
    struct arm *arm;
    json_t *subscription;
    json_t *accounts;
    const char *credential;
};

/* The group of ".../resourceGroups/GROUP/providers/...". */
static bool is_in_group(const char *id, const char *group)
{
    const char *at = id ? strstr(id, "/resourceGroups/") : NULL;
    size_t length = strlen(group);
    if (!at)
        return false;
    at += strlen("/resourceGroups/");
    return strncasecmp(at, group, length) == 0 && at[length] == '/';
}

static char *group_of(const char *id)
{
    const char *at = id ? strstr(id, "/resourceGroups/") : NULL;
    return at ? strndup(at + strlen("/resourceGroups/"),
                        strcspn(at + strlen("/resourceGroups/"), "/"))
              : NULL;
}

static int read_accounts(struct browsing *browsing, struct error *err)
{
    char *path = text_format("/subscriptions/%s/providers/Microsoft.Storage/storageAccounts",
                             text_at(browsing->subscription, "id"));
    int result = path ? arm_list_wait(browsing->arm, browsing->credential, path, STORAGE_API,
                                      &browsing->accounts, err)
                      : error_no_memory(err);
    free(path);
    return result;
}

/* Those that hold accounts: nothing else is of use here. */
static json_t *groups(const struct browsing *browsing)
{
    json_t *list = json_array(), *seen = json_object();
    size_t i;
    json_t *account;
    json_array_foreach(browsing->accounts, i, account)
    {
        char *group = group_of(text_at(account, "id"));
        if (group && !json_object_get(seen, group)) {
            json_object_set_new(seen, group, json_true());
            json_array_append_new(list,
                                  json_pack("{s:s, s:s}", "name", group, "type", "resource group"));
        }
        free(group);
    }
    json_decref(seen);
    return list;
}

static json_t *accounts_of(const struct browsing *browsing, const char *group)
{
    json_t *list = json_array();
    size_t i;
    json_t *account;
    json_array_foreach(browsing->accounts, i,
                       account) if (is_in_group(text_at(account, "id"), group))
        json_array_append_new(list,
                              json_pack("{s:O, s:s, s:O*, s:O}", "name",
                                        json_object_get(account, "name"), "type", "storage account",
                                        "region", json_object_get(account, "location"), "id",
                                        json_object_get(account, "id")));
    return list;
}

static const json_t *find_account(const struct browsing *browsing, const char *group,
                                  const char *name)
{
    size_t i;
    json_t *account;
    json_array_foreach(browsing->accounts, i, account)
    {
        const char *called = text_at(account, "name");
        if (called && strcasecmp(called, name) == 0 && is_in_group(text_at(account, "id"), group))
            return account;
    }
    return NULL;
}

static json_t *containers_of(struct browsing *browsing, const json_t *account, struct error *err)
{
    json_t *found = NULL;
    char *path = text_format("%s/blobServices/default/containers", text_at(account, "id"));
    int result =
        path ? arm_list_wait(browsing->arm, browsing->credential, path, STORAGE_API, &found, err)
             : error_no_memory(err);
    free(path);
    if (result < 0)
        return NULL;
    json_t *list = json_array();
    size_t i;
    json_t *container;
    json_array_foreach(found, i, container) json_array_append_new(
        list,
        json_pack("{s:O, s:s}", "name", json_object_get(container, "name"), "type", "container"));
    json_decref(found);
    return list;
}

/* A signature that lists this container, for some minutes; the caller wipes it. */
static char *sign_container(struct browsing *browsing, const json_t *account, const char *container,
                            struct error *err)
{
    time_t end = (time_t)(clock_wall(clock_system()) / 1000) + SIGNATURE_SECONDS;
    struct tm parts;
    char until[32];
    gmtime_r(&end, &parts);
    strftime(until, sizeof until, "%Y-%m-%dT%H:%M:%SZ", &parts);
    char *resource = text_format("/blob/%s/%s", text_at(account, "name"), container);
    char *path = text_format("%s/listServiceSas", text_at(account, "id"));
    json_t *body =
        json_pack("{s:s*, s:s, s:s, s:s, s:s}", "canonicalizedResource", resource, "signedResource",
                  "c", "signedPermission", "l", "signedExpiry", until, "signedProtocol", "https");
    json_t *answer = NULL;
    int status = 0;
    int result = path && body ? arm_query_wait(browsing->arm, browsing->credential, path,
                                               STORAGE_API, body, &status, &answer, err)
                              : error_no_memory(err);
    const char *token = text_at(answer, "serviceSasToken");
    const char *endpoint = text_at(
        json_object_get(json_object_get(account, "properties"), "primaryEndpoints"), "blob");
    char *url = token && endpoint ? text_format("%s%s?%s", endpoint, container, token) : NULL;
    if (result == 0 && !url)
        error_set(err, ERROR_CREDENTIALS, "/path",
                  "no signature can be had for the container \"%s\" (Azure answers %d): give the "
                  "credential \"%s\" the role Storage Account Contributor on the account",
                  container, status, browsing->credential);
    if (token)
        OPENSSL_cleanse((char *)token, strlen(token));
    json_decref(answer);
    json_decref(body);
    free(resource);
    free(path);
    return url;
}

/* What keeps a blob from being imported is seen here already, as far as a list tells. */
static void judge_blobs(json_t *blobs)
{
    size_t i;
    json_t *blob;
    json_array_foreach(blobs, i, blob)
    {
        const char *type = text_at(blob, "type");
        json_int_t bytes = json_integer_value(json_object_get(blob, "bytes"));
        if (!type || strcmp(type, "folder") == 0)
            continue;
        const char *fault = strcmp(type, "PageBlob") != 0 ? "no page blob"
                            : bytes < LEAST_VHD || bytes % (1024 * 1024) != 512
                                ? "no fixed VHD by its size"
                                : NULL;
        json_object_set_new(blob, "importable", json_string(fault ? fault : "by its size"));
    }
}

static json_t *blobs_of(struct browsing *browsing, const json_t *account, const char *rest,
                        struct error *err)
{
    size_t length = strcspn(rest, "/");
    char *container = strndup(rest, length);
    const char *prefix = rest[length] ? rest + length + 1 : "";
    char *url = container ? sign_container(browsing, account, container, err) : NULL;
    json_t *blobs = url ? blob_list_wait(browsing->arm, url, prefix, err) : NULL;
    if (url)
        OPENSSL_cleanse(url, strlen(url));
    free(url);
    free(container);
    judge_blobs(blobs);
    if (blobs)
        context_remark(
            browsing->context,
            "one of them is imported with --storage-account %s --container %.*s --blob NAME",
            text_at(account, "id"), (int)length, rest);
    return blobs;
}

static int refuse_place(const char *what, const char *name, const char *above, struct error *err)
{
    return error_set(err, ERROR_USAGE, "/path",
                     "there is no %s \"%s\" that this credential can read: `flexhost image browse%s"
                     "%s` shows those there are",
                     what, name, *above ? " " : "", above);
}

/* "GROUP/ACCOUNT/CONTAINER/FOLDER/": NULL with err set. */
static json_t *look(struct browsing *browsing, const char *path, struct error *err)
{
    char *copy = strdup(path), *save = NULL;
    const char *group = copy ? strtok_r(copy, "/", &save) : NULL;
    const char *account_name = group ? strtok_r(NULL, "/", &save) : NULL;
    json_t *found = NULL;
    if (!copy)
        error_no_memory(err);
    else if (!group)
        found = groups(browsing);
    else if (!account_name) {
        found = accounts_of(browsing, group);
        if (json_array_size(found) == 0) {
            refuse_place("resource group with storage accounts", group, "", err);
            json_decref(found);
            found = NULL;
        }
    } else {
        const json_t *account = find_account(browsing, group, account_name);
        const char *rest = save ? save + strspn(save, "/") : "";
        if (!account)
            refuse_place("storage account", account_name, group, err);
        else
            found = *rest ? blobs_of(browsing, account, rest, err)
                          : containers_of(browsing, account, err);
    }
    free(copy);
    return found;
}

static int browse(struct context *context, const struct command_input *input,
                  struct command_output *output, struct error *err)
{
    const char *path = text_at(input->fields, "path");
    struct browsing browsing = {.context = context};
    browsing.subscription =
        subscription_resolve(context, text_at(input->fields, "subscription"), err);
    browsing.arm = browsing.subscription ? context_arm(context, err) : NULL;
    browsing.credential = text_at(input->fields, "credential");
    if (!browsing.credential)
        browsing.credential = text_at(browsing.subscription, "credential");
    if (browsing.arm && read_accounts(&browsing, err) == 0)
        output->result = look(&browsing, path ? path : "", err);
    json_decref(browsing.accounts);
    json_decref(browsing.subscription);
    return output->result ? 0 : -1;
}

static const struct fh_field fields[] = {
    {.name = "path",
     .type = "string",
     .help = "RESOURCE-GROUP/STORAGE-ACCOUNT/CONTAINER/FOLDER, as far as you know it",
     .max = 1400},
    {.name = "subscription",
     .type = "string",
     .help = "the managed subscription (default: the only one there is)"},
    {.name = "credential",
     .type = "credential",
     .help = "who looks (default: the subscription's credential)"},
};
static const struct column columns[] = {{"name", "NAME"},
                                        {"type", "TYPE"},
                                        {"region", "REGION"},
                                        {"bytes", "BYTES"},
                                        {"lastModified", "MODIFIED"},
                                        {"importable", "IMPORTABLE"}};
static const struct command commands[] = {
    {.noun = "image",
     .verb = "browse",
     .summary = "Look for a VHD in the storage accounts of a subscription",
     .description = "Without a path the resource groups that hold storage accounts; each part of "
                    "the path goes one level down: storage accounts, containers, blobs. What it "
                    "finds is imported with --storage-account, --container and --blob.",
     .permission = "image/read",
     .fields = fields,
     .field_count = 3,
     .positional = "path",
     .columns = columns,
     .column_count = 6,
     .example = "flexhost image browse masters/mastervhds/vhds",
     .run = browse},
};

struct noun noun_image_browse(void)
{
    return (struct noun){"image", "", commands, sizeof commands / sizeof *commands};
}

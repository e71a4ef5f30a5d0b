/* SPDX-License-Identifier: Apache-2.0 */
/* The blob service: who may come in, and where a request goes. */
#include "blob-parts.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

int blob_fail_detail(struct exchange *x, int status, const char *code, const char *message,
                     const char *detail)
{
    const char *more =
        detail ? pool_print(&x->pool, "<AuthenticationErrorDetail>%s</AuthenticationErrorDetail>",
                            xml_text(&x->pool, detail))
               : "";
    char *text = pool_print(&x->pool,
                            "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>%s"
                            "</Code><Message>%s\nRequestId:%s\nTime:%s</Message>%s</Error>",
                            code, message, x->request_id,
                            iso_time(&x->pool, clock_calendar(&x->sim->clock)), more);

    reply_header(x, "x-ms-error-code", "%s", code);
    reply_raw(x, status, "application/xml", text, x->q.verb == VERB_HEAD ? 0 : strlen(text));
    return -1;
}

int blob_fail(struct exchange *x, int status, const char *code, const char *message)
{
    return blob_fail_detail(x, status, code, message, NULL);
}

int blob_absent(struct exchange *x)
{
    return blob_fail(x, 404, "BlobNotFound", "The specified blob does not exist.");
}

int blob_fail_access(struct exchange *x, const char *code, const char *detail)
{
    static const struct {
        const char *code, *message;
    } texts[] = {
        {"AuthorizationPermissionMismatch",
         "This request is not authorized to perform this operation using this permission."},
        {"AuthorizationResourceTypeMismatch",
         "This request is not authorized to perform this operation using this resource type."},
        {"AuthorizationServiceMismatch",
         "This request is not authorized to perform this operation using this service."},
        {"AuthorizationProtocolMismatch",
         "This request is not authorized to perform this operation using this protocol."},
        {"AuthorizationSourceIPMismatch",
         "This request is not authorized to perform this operation using this source IP."},
        {"KeyBasedAuthenticationNotPermitted",
         "Key based authentication is not permitted on this storage account."},
        {"AuthenticationFailed",
         "Server failed to authenticate the request. Make sure the value of Authorization header "
         "is formed correctly including the signature."},
    };

    if (strcmp(code, "NoAuthenticationInformation") == 0) {
        reply_header(x, "WWW-Authenticate",
                     "Bearer authorization_uri=%s/common/oauth2/authorize "
                     "resource_id=https://storage.azure.com",
                     x->sim->base);
        return blob_fail(x, 401, code,
                         "Server failed to authenticate the request. Please refer to the "
                         "information in the www-authenticate header.");
    }
    if (strcmp(code, "ResourceNotFound") == 0)
        return blob_fail(x, 404, code, "The specified resource does not exist.");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(texts[i].code, code) == 0)
            return blob_fail_detail(x, 403, code, texts[i].message, detail);
    return blob_fail(x, 403, code, "This request is not authorized to perform this operation.");
}

int blob_target(struct pool *pool, const char *path, struct target *out)
{
    size_t length;

    memset(out, 0, sizeof *out);
    if (!starts_with(path, "/_blob/"))
        return -1;
    path += 7;
    length = strcspn(path, "/");
    out->account = pool_copy(pool, path, length);
    path += length + (path[length] == '/');
    length = strcspn(path, "/");
    out->container = pool_copy(pool, path, length);
    path += length + (path[length] == '/');
    out->name = *path ? pool_text(pool, path) : NULL;
    out->key =
        pool_print(pool, "%s/%s/%s", out->account, out->container, out->name ? out->name : "");
    return *out->account ? 0 : -1;
}

struct resource *blob_container(const struct sim *sim, const struct target *target)
{
    struct resource *account = account_find(sim, target->account);

    for (struct resource *at = account ? account->first_child : NULL; at; at = at->next_sibling)
        if (same_text(at->name, target->container))
            return at;
    return NULL;
}

static int delete_blob(struct exchange *x, const struct target *target)
{
    struct blob *blob = blob_find(x->sim, target);

    if (!blob || blob->draft)
        return blob_absent(x);
    if (blob_conditions(x, blob))
        return -1;
    blob_release(table_take(&x->sim->blobs->all, target->key));
    reply_header(x, "x-ms-delete-type-permanent", "true");
    return reply(x, 202, NULL);
}

/* What a signature must allow. */
static struct sas_ask ask_for(struct exchange *x, const struct target *target)
{
    const char *part = query(x, "comp");
    struct sas_ask ask = {target->account, target->container, target->name, 'r', 0, 'o'};
    bool reads = x->q.verb == VERB_GET || x->q.verb == VERB_HEAD;

    if (!target->name) {
        ask.type = *target->container ? 'c' : 's';
        ask.permission = same_text(part, "list") ? 'l' : reads ? 'r' : 'c';
        ask.also = x->q.verb == VERB_PUT ? 'w' : 0;
        ask.account_only = !*target->container || !same_text(part, "list");
        if (x->q.verb == VERB_DELETE)
            ask.permission = 'd';
    } else if (same_text(part, "appendblock")) {
        ask.permission = 'a', ask.also = 'w';
    } else if (x->q.verb == VERB_PUT) {
        bool fresh = !part && !blob_find(x->sim, target); /* only `w` may overwrite */

        ask.permission = 'w', ask.also = fresh ? 'c' : 0;
    } else if (x->q.verb == VERB_DELETE) {
        ask.permission = 'd';
    }
    return ask;
}

/* A container may be open to everybody, if its account permits that. */
bool blob_is_public(struct sim *sim, const struct target *target)
{
    const struct resource *container = blob_container(sim, target);
    const char *access = container ? dig_text(container->body, "properties.publicAccess") : NULL;

    if (!access || !json_is_true(dig(container->parent->body, "properties.allowBlobPublicAccess")))
        return false;
    return same_text(access, "Container") || (same_text(access, "Blob") && target->name);
}

static int check_access(struct exchange *x, const struct target *target)
{
    struct sas_ask ask = ask_for(x, target);
    const char *detail = NULL, *fault;
    const char *key = header(x, "Authorization");

    ask.detail = &detail;
    if (key && starts_with(key, "SharedKey "))
        fault = shared_key_check(x, target->account, &detail);
    else if (key && !pairs_get(&x->q.query, "sig"))
        fault = "AuthenticationFailed", detail = "Only SharedKey is known here.";
    else if (!pairs_get(&x->q.query, "sig") && (x->q.verb == VERB_GET || x->q.verb == VERB_HEAD) &&
             blob_is_public(x->sim, target))
        fault = NULL;
    else
        fault = sas_check(x->sim, &x->pool, &x->q.query, &ask);
    return fault ? blob_fail_access(x, fault, detail) : 0;
}

static int put(struct exchange *x, const struct target *target, struct blob *blob, const char *part)
{
    if (!part)
        return header(x, "x-ms-copy-source") && !header(x, "x-ms-blob-type") ? blob_copy(x, target)
                                                                             : blob_put(x, target);
    if (same_text(part, "appendblock"))
        return blob_append(x, blob);
    if (same_text(part, "page"))
        return page_put(x, blob);
    if (same_text(part, "block"))
        return block_put(x, target);
    if (same_text(part, "blocklist"))
        return block_commit(x, target);
    if (same_text(part, "properties"))
        return blob_set_properties(x, blob);
    if (same_text(part, "metadata"))
        return blob_set_metadata(x, blob);
    return blob_fail(x, 400, "InvalidQueryParameterValue", "This comp is not simulated.");
}

static int get(struct exchange *x, struct blob *blob, const char *part)
{
    if (!part || same_text(part, "metadata"))
        return blob_get(x, blob);
    if (same_text(part, "pagelist"))
        return page_list(x, blob);
    if (same_text(part, "blocklist"))
        return block_list(x, blob);
    return blob_fail(x, 400, "InvalidQueryParameterValue", "This comp is not simulated.");
}

static int handle(struct exchange *x, const struct target *target)
{
    struct blob *blob = blob_find(x->sim, target);
    const char *part = query(x, "comp");

    switch (x->q.verb) {
    case VERB_PUT:
        return put(x, target, blob, part);
    case VERB_GET:
    case VERB_HEAD:
        return get(x, blob, part);
    case VERB_DELETE:
        return delete_blob(x, target);
    default:
        return blob_fail(x, 405, "UnsupportedHttpVerb", "The resource doesn't support this verb.");
    }
}

/* The only blob of a disk's own account, which no list shows. */
static int handle_disk(struct exchange *x, const struct target *target)
{
    const char *part = query(x, "comp");

    if (!target->name || x->q.verb == VERB_DELETE ||
        (x->q.verb == VERB_PUT && !same_text(part, "page")))
        return blob_fail_access(x, "AuthorizationPermissionMismatch", NULL);
    return handle(x, target);
}

void blob_handle(struct exchange *x)
{
    struct target target;
    const char *version = header(x, "x-ms-version"), *client = header(x, "x-ms-client-request-id");

    reply_header(x, "x-ms-version", "%s", version ? version : "2021-12-02");
    if (client && !same_text(header(x, "x-ms-return-client-request-id"), "true"))
        reply_header(x, "x-ms-client-request-id", "%s", client);
    if (blob_target(&x->pool, x->q.path, &target)) {
        blob_fail(x, 400, "InvalidUri",
                  "The requested URI does not represent any resource on the server.");
        return;
    }
    if (check_access(x, &target))
        return;
    if (starts_with(target.account, "md-"))
        handle_disk(x, &target);
    else if (!*target.container && same_text(query(x, "comp"), "list"))
        container_list(x, &target);
    else if (!*target.container)
        blob_fail(x, 400, "InvalidQueryParameterValue", "This comp is not simulated.");
    else if (!target.name)
        container_handle(x, &target);
    else if (!blob_container(x->sim, &target))
        blob_fail(x, 404, "ContainerNotFound", "The specified container does not exist.");
    else
        handle(x, &target);
}

int blob_append_by_url(struct sim *sim, const char *url, const char *text, char *why, size_t size)
{
    struct pool pool = {0};
    struct pairs q = {0};
    struct target target;
    struct sas_ask ask;
    struct blob *blob;
    const char *fault = NULL;
    const char *path = starts_with(url, sim->base) ? url + strlen(sim->base) : "";
    const char *at = strchr(path, '?');

    while (at && *at && *++at) {
        size_t whole = strcspn(at, "&"), name = strcspn(at, "=&");
        size_t skip = name < whole ? name + 1 : whole;

        pairs_add(&pool, &q, url_decode(&pool, at, name, true),
                  url_decode(&pool, at + skip, whole - skip, true));
        at += whole;
    }
    if (blob_target(&pool, url_decode(&pool, path, strcspn(path, "?"), false), &target) ||
        !target.name) {
        fault = "the URL is no blob of an account here";
    } else {
        ask = (struct sas_ask){target.account, target.container, target.name, 'a', 'w', 'o'};
        fault = sas_check(sim, &pool, &q, &ask);
        if (!fault && !blob_container(sim, &target))
            fault = "ContainerNotFound";
    }
    blob = fault ? NULL : blob_find(sim, &target);
    if (!fault && blob && blob->kind != BLOB_APPEND)
        fault = "InvalidBlobType";
    if (!fault) {
        if (!blob)
            blob = blob_new(sim, &target, BLOB_APPEND);
        content_write(&blob->content, blob->content.size, text, strlen(text));
        blob->appended++;
        blob_touch(sim, blob);
    }
    if (fault)
        snprintf(why, size, "The output could not be written to the append blob: %s.", fault);
    pool_empty(&pool);
    return fault ? -1 : 0;
}

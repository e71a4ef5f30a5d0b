/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a VHD, before anything of it is copied: its signature, whether it can be read,
 * its first and last sector. */
#include "import.h"

#include "../common/vhd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

enum { SAS_SECONDS = 7200, BASE64_MOST = 4 * VHD_FOOTER };

/* ---- fields ---------------------------------------------------------------------------------- */

static int32_t check_blob_fields(struct fh_call *call)
{
    static const char *const parts[] = {"/fields/storage-account", "/fields/container",
                                        "/fields/blob"};
    for (size_t i = 0; i < COUNT(parts); i++)
        if (!fh_value(call, parts[i]))
            return fh_fail(call, FH_EINVAL, parts[i] + strlen("/fields"),
                           "a source is missing: give --url, --sas-url-file, or all of "
                           "--storage-account, --container and --blob (`flexhost image browse` "
                           "finds them)");
    return FH_OK;
}

/* In clear only on this machine itself, where nobody overhears it. */
static bool is_safe(const json_t *url)
{
    const char *scheme = fh_json_text(url, "/scheme"), *host = fh_json_text(url, "/host");
    bool here = host && (strcmp(host, "127.0.0.1") == 0 || strcmp(host, "localhost") == 0);
    return scheme && (strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && here));
}

static int32_t check_public_url(struct fh_call *call)
{
    const char *text = fh_url(call, fh_value(call, "/fields/url"));
    json_t *url = text ? json_loads(text, 0, NULL) : NULL;
    bool is_signed = json_is_true(json_object_get(url, "signed"));
    int32_t result = FH_OK;
    if (!is_safe(url))
        result = fh_fail(call, FH_EINVAL, "/url",
                         "it is no https URL of a blob: give https://ACCOUNT.blob.core.windows.net/"
                         "CONTAINER/NAME.vhd");
    else if (is_signed)
        result =
            fh_fail(call, FH_EINVAL, "/url",
                    "it holds a signature (sig=…), which is as good as a password: keep it out "
                    "of arguments and give it by --sas-url-file FILE or --sas-url-env VARIABLE");
    json_decref(url);
    return result;
}

int32_t import_check_fields(struct fh_call *call)
{
    static const char *const sources[] = {"/fields/url", "/fields/sas-url",
                                          "/fields/storage-account"};
    size_t given = 0;
    const char *last = "/url";
    for (size_t i = 0; i < COUNT(sources); i++)
        if (fh_value(call, sources[i])) {
            given++;
            last = sources[i] + strlen("/fields");
        }
    if (given > 1)
        return fh_fail(call, FH_EINVAL, last,
                       "an image has one source: give url, sas-url, or storage-account with "
                       "container and blob");
    const char *generation = fh_value(call, "/fields/generation");
    const char *secure = fh_value(call, "/fields/secure-boot");
    if (generation && strcmp(generation, "1") == 0 && secure && strcmp(secure, "true") == 0)
        return fh_fail(call, FH_EINVAL, "/secure-boot",
                       "Secure Boot needs generation 2, and the image is of generation 1: leave "
                       "one of them out");
    if (import_way(call) == IMPORT_BLOB)
        return check_blob_fields(call);
    /* A disk that is uploaded has no state of a virtual TPM, and Azure makes no such image of it.
     */
    if (secure && strcmp(secure, "true") == 0)
        return fh_fail(call, FH_EINVAL, "/secure-boot",
                       "Azure makes an image with trusted launch of a blob in a storage account of "
                       "yours only: give storage-account, container and blob, or leave it out");
    return FH_OK;
}

/* ---- signatures ------------------------------------------------------------------------------ */

/* "2026-01-31T12:00:00Z", also without seconds or with the day alone; -1: none of them. */
static time_t time_of(const char *text)
{
    static const char *const forms[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%MZ", "%Y-%m-%d"};
    for (size_t i = 0; text && i < COUNT(forms); i++) {
        struct tm when = {0};
        const char *rest = strptime(text, forms[i], &when);
        if (rest && (!*rest || strchr("Z.", *rest)))
            return timegm(&when);
    }
    return -1;
}

static int32_t check_times(struct fh_call *call, const json_t *query)
{
    const char *start = fh_json_text(query, "/st"), *end = fh_json_text(query, "/se");
    time_t now = time_of(fh_value(call, "/requestedAt"));
    time_t from = time_of(start), until = time_of(end);
    if (!end) /* a stored policy of the container says it */
        return FH_OK;
    if (until < 0)
        return fh_fail(call, FH_EINVAL, "/sas-url",
                       "the end of the signature (se=%s) is no time: have Azure make a new one",
                       end);
    if (until <= now)
        return fh_fail(call, FH_EINVAL, "/sas-url",
                       "the signature has ended on %s: have a new one made, for 7200 seconds or "
                       "more",
                       end);
    if (start && from > now)
        return fh_fail(call, FH_EINVAL, "/sas-url",
                       "the signature begins on %s only: have one made that begins now", start);
    long left = (long)(until - now);
    if (left >= SAS_SECONDS)
        return FH_OK;
    return fh_finding(call, FH_WARNING, "sas-time", "/sas-url",
                      fh_printf(call, "the signature ends in %ld s, on %s", left, end),
                      "a large image may take longer: 7200 seconds or more are advised");
}

static int32_t check_signature(struct fh_call *call)
{
    const char *text = fh_url(call, fh_value(call, "/fields/sas-url"));
    json_t *url = text ? json_loads(text, 0, NULL) : NULL;
    const json_t *query = json_object_get(url, "query");
    const char *permissions = fh_json_text(query, "/sp");
    int32_t result;
    if (!is_safe(url))
        result = fh_fail(call, FH_EINVAL, "/sas-url", "its value is no https URL of a blob");
    else if (!json_is_true(json_object_get(url, "signed")))
        result = fh_fail(call, FH_EINVAL, "/sas-url",
                         "its value has no signature (sig=…): copy the whole SAS URL, or give a "
                         "public one by --url");
    else if (permissions && !strchr(permissions, 'r'))
        result = fh_fail(call, FH_EINVAL, "/sas-url",
                         "the signature does not allow to read (sp=%s): have one made with the "
                         "permission Read",
                         permissions);
    else
        result = check_times(call, query);
    json_decref(url);
    return result;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct vhd_source {
    const char *url;   /* as fh_http_range() takes it */
    const char *field; /* that messages name */
    const char *shown; /* the URL for people, without its query */
    uint64_t length;
    const char *etag;
    unsigned char head[VHD_FOOTER];
    unsigned char footer[VHD_FOOTER];
};

static int base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static size_t decode(const char *text, unsigned char *bytes, size_t most)
{
    uint32_t bits = 0;
    int held = 0;
    size_t count = 0;
    for (; text && base64_digit(*text) >= 0; text++) {
        bits = bits << 6 | (uint32_t)base64_digit(*text);
        held += 6;
        if (held >= 8 && count < most) {
            held -= 8;
            bytes[count++] = (unsigned char)(bits >> held);
        }
    }
    return count;
}

/* Azure tells in the headers of an answer what is in its XML as well. */
static const char *code_of(const json_t *answer)
{
    const char *code = fh_json_text(answer, "/headers/x-ms-error-code");
    return code ? code : "";
}

static int32_t refuse_status(struct fh_call *call, const struct vhd_source *source, int32_t status,
                             const json_t *answer)
{
    const char *to = fh_json_text(answer, "/headers/location");
    const char *code = code_of(answer);
    const char *between = *code ? " " : "";
    if (status / 100 == 3) {
        const char *text = to ? fh_url(call, to) : NULL;
        json_t *target = text ? json_loads(text, 0, NULL) : NULL;
        const char *host = fh_json_text(target, "/host");
        int32_t result =
            fh_fail(call, FH_EINVAL, source->field,
                    "%s is a redirect (HTTP %d) to %s, and redirects are not followed: give the "
                    "URL of the blob itself",
                    source->shown, (int)status, host ? host : "another place");
        json_decref(target);
        return result;
    }
    if (status == 404)
        return fh_fail(call, FH_ENOTFOUND, source->field,
                       "there is nothing at %s (HTTP 404%s%s): check the URL", source->shown,
                       between, code);
    if (status == 401 || status == 403 || status == 409)
        return fh_fail(call, FH_EINVAL, source->field,
                       "%s may not be read (HTTP %d%s%s): make the container public, or give a SAS "
                       "URL with the permission Read that has not ended",
                       source->shown, (int)status, between, code);
    return fh_fail(call, FH_ENOTREADY, source->field,
                   "%s cannot be read now (HTTP %d%s%s): give the command again in some minutes",
                   source->shown, (int)status, between, code);
}

/* The sector at `offset`; *answer is the caller's. */
static int32_t read_sector(struct fh_call *call, const struct vhd_source *source, uint64_t offset,
                           unsigned char sector[VHD_FOOTER], json_t **answer)
{
    int32_t status = 0;
    const char *text = fh_http_range(call, source->url, offset, VHD_FOOTER, &status);
    *answer = text ? json_loads(text, 0, NULL) : NULL;
    if (!text)
        return FH_EFAILED;
    if (status / 100 != 2 && status != 416)
        return refuse_status(call, source, status, *answer);
    if (decode(fh_json_text(*answer, "/base64"), sector, VHD_FOOTER) == VHD_FOOTER)
        return FH_OK;
    return fh_fail(call, FH_EINVAL, source->field,
                   "%s is shorter than a VHD: upload it again, whole", source->shown);
}

static int32_t check_blob_type(struct fh_call *call, const struct vhd_source *source,
                               const json_t *answer)
{
    const char *type = fh_json_text(answer, "/headers/x-ms-blob-type");
    if (type && strcmp(type, "PageBlob") == 0)
        return FH_OK;
    return fh_fail(call, FH_EINVAL, source->field,
                   "%s is %s%s, and Azure makes disks of page blobs: upload it as one (azcopy copy "
                   "--blob-type PageBlob)",
                   source->shown, type ? "a " : "no blob of Azure's storage", type ? type : "");
}

static int32_t read_head(struct fh_call *call, struct vhd_source *source)
{
    json_t *answer = NULL;
    int32_t result = read_sector(call, source, 0, source->head, &answer);
    if (result == FH_OK)
        result = check_blob_type(call, source, answer);
    const char *etag = fh_json_text(answer, "/headers/etag");
    source->etag = etag ? fh_printf(call, "%s", etag) : NULL;
    source->length = (uint64_t)json_integer_value(json_object_get(answer, "length"));
    if (result == FH_OK && source->length < VHD_FOOTER)
        result =
            fh_fail(call, FH_EINVAL, source->field, "%s does not tell its length", source->shown);
    json_decref(answer);
    return result;
}

static int32_t judge(struct fh_call *call, const struct vhd_source *source)
{
    const char *mend = NULL;
    const char *fault = vhd_fault(source->length, source->head, source->footer, &mend);
    if (fault)
        return fh_fail(call, FH_EINVAL, source->field, "%s is %s (%" PRIu64 " bytes): %s",
                       source->shown, fault, source->length, mend);
    if (source->length < VHD_LEAST || source->length > VHD_MOST)
        return fh_fail(call, FH_EINVAL, source->field,
                       "%s has %" PRIu64 " bytes, and an OS disk of Azure has 20 MiB to 4095 GiB",
                       source->shown, source->length);
    const char *generation = fh_value(call, "/fields/generation");
    bool first = generation && strcmp(generation, "1") == 0;
    bool gpt = vhd_has_gpt(source->head, VHD_FOOTER);
    if (first == gpt)
        return fh_finding(call, FH_WARNING, "generation", "/generation",
                          fh_printf(call,
                                    "the disk has %s partition table, as machines of "
                                    "generation %s have, and the image is said to be of "
                                    "generation %s",
                                    gpt ? "a GUID" : "no GUID", gpt ? "2" : "1", generation),
                          "if it does not start, import it again with the other --generation");
    return fh_finding(call, FH_PASS, "vhd", source->field,
                      fh_printf(call, "%s is a fixed VHD of %" PRIu64 " MiB", source->shown,
                                source->length / VHD_MIB),
                      NULL);
}

static int32_t learn(struct fh_call *call, const struct vhd_source *source)
{
    int32_t result = fh_learn(call, "length", fh_printf(call, "%" PRIu64, source->length));
    return result == FH_OK && source->etag ? fh_learn(call, "etag", source->etag) : result;
}

static int32_t check_vhd(struct fh_call *call, struct vhd_source *source)
{
    json_t *answer = NULL;
    int32_t result = read_head(call, source);
    if (result == FH_OK)
        result = read_sector(call, source, source->length - VHD_FOOTER, source->footer, &answer);
    json_decref(answer);
    if (result == FH_OK)
        result = judge(call, source);
    return result == FH_OK ? learn(call, source) : result;
}

/* ---- the three ways -------------------------------------------------------------------------- */

/* "https://host/path": what stands behind it may be a secret. */
static const char *shown_url(struct fh_call *call, const char *url)
{
    const char *text = fh_url(call, url);
    json_t *parts = text ? json_loads(text, 0, NULL) : NULL;
    const char *scheme = fh_json_text(parts, "/scheme");
    json_int_t port = json_integer_value(json_object_get(parts, "port"));
    bool usual = scheme && port == (strcmp(scheme, "https") == 0 ? 443 : 80);
    const char *shown = scheme
                            ? fh_printf(call, "%s://%s%s%s", scheme, fh_json_text(parts, "/host"),
                                        usual ? "" : fh_printf(call, ":%d", (int)port),
                                        fh_json_text(parts, "/path"))
                            : "the URL";
    json_decref(parts);
    return shown;
}

static int32_t check_url(struct fh_call *call, const char *pointer)
{
    struct vhd_source source = {.url = fh_value(call, pointer),
                                .field = pointer + strlen("/fields")};
    source.shown = shown_url(call, source.url);
    return check_vhd(call, &source);
}

/* The account's own endpoint and region. */
static int32_t read_account(struct fh_call *call, const char **endpoint)
{
    const char *id = fh_value(call, "/fields/storage-account");
    int32_t status = 0;
    const char *text = fh_arm_get(call, NULL, id, API_STORAGE, &status);
    if (!text)
        return FH_EFAILED;
    json_t *account = json_loads(text, 0, NULL);
    const char *location = fh_json_text(account, "/location");
    const char *region = fh_value(call, "/region");
    const char *blob = fh_json_text(account, "/properties/primaryEndpoints/blob");
    int32_t result = FH_OK;
    if (status == 404)
        result = fh_fail(call, FH_ENOTFOUND, "/storage-account",
                         "Azure has no storage account %s: `flexhost image browse` shows those "
                         "that the credential can read",
                         id);
    else if (status != 200 || !blob)
        result = fh_fail(call, FH_EDENIED, "/storage-account",
                         "the storage account %s cannot be read (HTTP %d): %s", id, (int)status,
                         azure_message(account, "no reason given"));
    else if (region && location && strcasecmp(location, region) != 0)
        result =
            fh_fail(call, FH_EINVAL, "/storage-account",
                    "the storage account is in %s, and Azure makes a disk of a blob in its own "
                    "region only: give --region %s, or a SAS URL, which is copied to %s",
                    location, location, region);
    else
        *endpoint = fh_printf(call, "%s", blob);
    json_decref(account);
    return result;
}

/* A signature for this blob alone, to read, for an hour. NULL: the call has failed. */
static const char *sign_blob(struct fh_call *call, const char *container, const char *blob)
{
    const char *id = fh_value(call, "/fields/storage-account");
    const char *name = strrchr(id, '/');
    time_t end = time_of(fh_value(call, "/requestedAt")) + 3600;
    struct tm when;
    char until[32];
    if (!gmtime_r(&end, &when) || !strftime(until, sizeof until, "%Y-%m-%dT%H:%M:%SZ", &when))
        return NULL;
    json_t *body = json_pack("{s:s, s:s, s:s, s:s, s:s}", "canonicalizedResource",
                             fh_printf(call, "/blob%s/%s/%s", name ? name : "", container, blob),
                             "signedResource", "b", "signedPermission", "r", "signedExpiry", until,
                             "signedProtocol", "https");
    int32_t status = 0;
    const char *text = fh_arm_query(call, NULL, fh_printf(call, "%s/listServiceSas", id),
                                    API_STORAGE, fh_json_print(call, body), &status);
    json_decref(body);
    if (!text)
        return NULL;
    json_t *answer = json_loads(text, 0, NULL);
    const char *token = fh_json_text(answer, "/serviceSasToken");
    if (token)
        token = fh_printf(call, "%s", token);
    else
        fh_fail(call, FH_EDENIED, "/storage-account",
                "no signature can be had for a blob of the storage account %s (HTTP %d): %s; give "
                "the credential the role Storage Account Contributor there",
                id, (int)status, azure_message(answer, "no reason given"));
    json_decref(answer);
    return token;
}

/* Names may hold what URLs may not, such as blanks. */
static const char *encoded(struct fh_call *call, const char *name)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~$/";
    char *text = fh_alloc(call, 3 * strlen(name) + 1), *at = text;
    for (; *name; name++)
        if (strchr(plain, *name))
            *at++ = *name;
        else
            at += sprintf(at, "%%%02X", (unsigned char)*name);
    return text;
}

static int32_t check_own_blob(struct fh_call *call)
{
    const char *container = fh_value(call, "/fields/container");
    const char *blob = fh_value(call, "/fields/blob");
    const char *endpoint = NULL;
    int32_t result = read_account(call, &endpoint);
    if (result != FH_OK)
        return result;
    const char *token = sign_blob(call, container, blob);
    if (!token)
        return FH_EFAILED;
    const char *uri = fh_printf(call, "%s%s/%s", endpoint, container, encoded(call, blob));
    struct vhd_source source = {
        .url = fh_printf(call, "%s?%s", uri, token), .field = "/blob", .shown = uri};
    result = check_vhd(call, &source);
    return result == FH_OK ? fh_learn(call, "uri", uri) : result;
}

int32_t import_check(struct fh_call *call)
{
    int32_t result = FH_OK;
    switch (import_way(call)) {
    case IMPORT_URL:
        result = check_public_url(call);
        return result == FH_OK ? check_url(call, "/fields/url") : result;
    case IMPORT_SIGNED:
        result = check_signature(call);
        return result == FH_OK ? check_url(call, "/fields/sas-url") : result;
    case IMPORT_BLOB:
        return check_own_blob(call);
    }
    return result;
}

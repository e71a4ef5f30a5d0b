/* SPDX-License-Identifier: Apache-2.0 */
/* image/build: how it stands with the image, and the way to its builder. */
#include "build.h"

/* ---- the status ----------------------------------------------------------------------------- */

/* Azure has many words for a limit, and all of them have this one. */
static const char *failure_status(const char *step, const char *status, const char *message)
{
    bool limited = text_is(step, BUILDER) && message && strcasestr(message, "quota");
    return limited ? "ErrorBuilderNoQuota" : status ? status : "Failed";
}

/* A step that is not there and without which the image is nothing. */
static int32_t tell_failure(struct fh_call *call, const json_t *failures)
{
    const char *step = "?", *status = NULL, *message = NULL;
    json_t *failure;
    json_object_foreach((json_t *)failures, step, failure)
    {
        message = fh_json_text(failure, "/message");
        status = failure_status(step, fh_json_text(failure, "/status"), message);
        break;
    }
    const char *label = image_label(status);
    return fh_status(call, status ? status : "Failed", label ? label : "Failed",
                     fh_printf(call, "%s: %s", step, message ? message : "no reason given"));
}

/* Azure shows nothing any more of what the image cannot be without. */
static const char *lost_part(struct fh_call *call, const json_t *request)
{
    static const struct {
        const char *step, *what;
    } parts[] = {{BUILDER, "machine on which it is built"}, {"version", "version in its gallery"}};
    for (size_t i = 0; i < COUNT(parts); i++) {
        const json_t *shown = json_object_get(json_object_get(request, "resources"), parts[i].step);
        if (json_is_null(shown))
            return fh_printf(call, "Azure no longer has the %s", parts[i].what);
    }
    return NULL;
}

/* Somebody may have left the machine running; who is connected keeps it. */
static int32_t look_later(struct fh_call *call)
{
    const char *after = fh_value(call, "/fields/power-off-after");
    long seconds = after ? strtol(after, NULL, 10) : 0;
    return seconds > 0 ? fh_due(call, "idle", (uint32_t)seconds) : FH_OK;
}

/* The checks have passed, and something behind them went wrong. */
static int32_t tell_not_taken(struct fh_call *call)
{
    const char *name = fh_value(call, "/name");
    const char *back =
        builder_is_off(call)
            ? fh_printf(call, ", `flexhost image power-on %s` goes back to the machine", name)
            : "";
    return fh_status(call, "ErrorMasterImageProvisioningFailed", "Provisioning failed",
                     fh_printf(call,
                               "the image could not be taken of its machine, which %s: `flexhost "
                               "image finish %s` tries again%s",
                               *back ? "is stopped" : "still runs", name, back));
}

static int32_t tell_rejected(struct fh_call *call, const struct image_verdict *verdict)
{
    const char *label = image_label(verdict->code);
    const char *name = fh_value(call, "/name");
    const char *next = is_captured(call)
                           ? "build it anew"
                           : fh_printf(call, "then `flexhost image finish %s` again", name);
    return fh_status(call, verdict->code, label ? label : "Verification failed",
                     fh_printf(call, "%s; %s", verdict->message, next));
}

static int32_t tell(struct fh_call *call, const json_t *request,
                    const struct image_verdict *verdict)
{
    const json_t *failures = fh_json_at(request, "/failures");
    const char *lost = lost_part(call, request);
    if (lost)
        return fh_status(call, "AzureResourcesNotFound", "Azure resources not found", lost);
    if (verdict->code)
        return tell_rejected(call, verdict);
    if (json_object_size(failures) > 0)
        return tell_failure(call, failures);
    if (is_captured(call))
        return fh_status(call, "Ready", "Ready to use", NULL);
    if (verdict->known)
        return tell_not_taken(call);
    return builder_is_off(call)
               ? fh_status(call, "BuilderStopped", "Powered off", NULL)
               : fh_status(call, "BuilderActive", "Install apps and updates", NULL);
}

/* ---- details -------------------------------------------------------------------------------- */

static int32_t detail_base(struct fh_call *call)
{
    int32_t result =
        fh_detail(call, "baseImage", "Base image", fh_value(call, "/references/base-image/name"));
    if (result == FH_OK)
        result = fh_detail(call, "os", "OS", fh_value(call, "/references/base-image/os"));
    if (result == FH_OK)
        result = fh_detail(call, "sessions", "Sessions",
                           fh_value(call, "/references/base-image/sessions"));
    if (result == FH_OK)
        result = fh_detail(call, "generation", "Generation",
                           fh_value(call, "/references/base-image/generation"));
    if (result == FH_OK)
        result =
            fh_detail(call, "osDiskGib", "OS disk in GiB", fh_value(call, "/fields/os-disk-gib"));
    return result;
}

static int32_t detail_builder(struct fh_call *call)
{
    int32_t result = fh_detail(call, "size", "Machine size", fh_value(call, "/fields/size"));
    if (result == FH_OK)
        result = fh_detail(call, "administrator", "Administrator",
                           fh_value(call, "/fields/administrator"));
    if (result == FH_OK)
        result = fh_detail(call, "publicAddress", "Public address",
                           fh_value(call, "/outputs/public-address/address"));
    if (result == FH_OK)
        result = fh_detail(call, "privateAddress", "Private address",
                           fh_value(call, "/outputs/interface/privateAddress"));
    if (result == FH_OK)
        result = fh_detail(call, "allowedAddresses", "Remote desktop from",
                           fh_value(call, "/fields/allowed-address"));
    return result;
}

int32_t build_observe(struct fh_call *call)
{
    json_t *request = fh_json_request(call);
    if (!request)
        return FH_EFAILED;
    struct image_verdict verdict = image_verdict(call, request);
    int32_t result = tell(call, request, &verdict);
    if (result == FH_OK && !is_captured(call) && !builder_is_off(call))
        result = look_later(call);
    if (result == FH_OK)
        result = detail_base(call);
    if (result == FH_OK)
        result = is_captured(call) ? fh_detail(call, "galleryVersion", "Version in the gallery",
                                               fh_value(call, "/outputs/version/id"))
                                   : detail_builder(call);
    if (result == FH_OK)
        result = image_verdict_details(call, &verdict);
    image_verdict_clear(&verdict);
    json_decref(request);
    return result;
}

/* ---- remote desktop ------------------------------------------------------------------------- */

/* What the file's name may have. */
static const char *file_name(struct fh_call *call)
{
    char *name = fh_printf(call, "%s.rdp", fh_value(call, "/name"));
    for (char *at = name; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("._-", *at))
            *at = '-';
    return name;
}

/* In a domain a name alone is taken for one of the domain's. */
static const char *logon_name(struct fh_call *call)
{
    bool joined = value_is(call, "/fields/domain-type", "active-directory");
    return fh_printf(call, "%s%s", joined ? ".\\" : "", fh_value(call, "/fields/administrator"));
}

/* Every client asks for the password, checks who answers, and lends the machine nothing of the
 * operator's own: neither disks nor printers nor devices. */
int32_t build_rdp(struct fh_call *call)
{
    bool private_one = value_is(call, "/verb/fields/address", "private");
    const char *address = fh_value(call, private_one ? "/outputs/interface/privateAddress"
                                                     : "/outputs/public-address/address");
    int32_t result = build_check_on(call);
    if (result != FH_OK || fh_refused(call))
        return result;
    if (!address || strspn(address, "0123456789.") != strlen(address))
        return fh_fail(call, FH_ENOTREADY, NULL,
                       "the machine has no %s address yet: `flexhost image show %s` tells how far "
                       "it is",
                       private_one ? "private" : "public", fh_value(call, "/name"));
    return fh_document(call, file_name(call),
                       fh_printf(call,
                                 "full address:s:%s:3389\r\n"
                                 "username:s:%s\r\n"
                                 "prompt for credentials:i:1\r\n"
                                 "authentication level:i:2\r\n"
                                 "enablecredsspsupport:i:1\r\n"
                                 "negotiate security layer:i:1\r\n"
                                 "drivestoredirect:s:\r\n"
                                 "devicestoredirect:s:\r\n"
                                 "redirectprinters:i:0\r\n"
                                 "redirectcomports:i:0\r\n"
                                 "redirectsmartcards:i:0\r\n"
                                 "audiocapturemode:i:0\r\n"
                                 "redirectclipboard:i:1\r\n"
                                 "screen mode id:i:2\r\n",
                                 address, logon_name(call)));
}

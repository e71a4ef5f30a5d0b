/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps a copy from its end, in words. No URL is told but its host. */
#include "azure/arm_internal.h"
#include "azure/copy_internal.h"
#include "azure/url.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool copy_is_plain(const char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

bool copy_same_etag(const char *one, const char *other)
{
    size_t length = strlen(one), other_length = strlen(other);
    if (length >= 2 && *one == '"') {
        one++;
        length -= 2;
    }
    if (other_length >= 2 && *other == '"') {
        other++;
        other_length -= 2;
    }
    return length == other_length && strncmp(one, other, length) == 0;
}

/* ---- before anything moves ---- */

/* A signature in clear text would be anybody's; on this machine there is nobody to overhear it. */
static bool may_ask(const struct copy *copy, const char *url, enum copy_side side)
{
    if (!url_is_absolute(url) || strpbrk(url, " \t\r\n#"))
        return false;
    if (!url_is_plain(url))
        return true;
    return url_is_loopback(url) &&
           (side == COPY_SOURCE || url_is_plain(copy->arm->settings.resource_manager));
}

bool copy_may_ask(struct copy *copy)
{
    bool source = may_ask(copy, copy->call.source, COPY_SOURCE);
    if (source && may_ask(copy, copy->call.target, COPY_TARGET))
        return true;
    error_set(&copy->error, ERROR_USAGE, NULL, "the %s of the copy must be an https URL",
              source ? "target" : "source");
    return false;
}

void copy_blame_change(struct copy *copy)
{
    error_set(&copy->error, ERROR_AZURE, NULL,
              "the source changed while it was copied, so that what was copied is of no use: copy "
              "from something that nobody writes to, such as a snapshot");
}

bool copy_may_begin(struct copy *copy)
{
    const char *begun = copy->call.begun_etag;
    bool same = begun && copy_same_etag(begun, copy->etag);
    bool wanted = !copy->call.etag || copy_same_etag(copy->call.etag, copy->etag);
    if (begun && !same && (!wanted || copy->there.count))
        copy_blame_change(copy);
    else if (!wanted)
        error_set(
            &copy->error, ERROR_AZURE, NULL,
            "the source has changed since it was checked: its ETag is %s and was %s. Check it "
            "again, and copy from something that nobody writes to, such as a snapshot",
            copy->etag, copy->call.etag);
    else if (copy->there.count && !begun)
        error_set(&copy->error, ERROR_AZURE, NULL,
                  "the target holds %" PRIu64 " bytes that this copy did not put there: it must be "
                  "empty",
                  page_ranges_bytes(&copy->there));
    else if (copy->source_size != copy->target_size)
        error_set(&copy->error, ERROR_AZURE, NULL,
                  "the source has %" PRIu64 " bytes and the target %" PRIu64
                  ": they must be of one size",
                  copy->source_size, copy->target_size);
    else
        return true;
    return false;
}

/* ---- answers ---- */

/* Azure ends its texts with the number of the request and the time. */
static char *plain_message(const struct arm_answer *answer)
{
    const char *end = strstr(answer->message, " RequestId:");
    return end ? strndup(answer->message, (size_t)(end - answer->message))
               : strdup(answer->message);
}

static char *redirect_host(const struct arm_answer *answer)
{
    const char *location = http_response_header(answer->response, "Location");
    char *host = location && url_is_absolute(location) ? url_host(location) : NULL;
    return host ? host : strdup("another place");
}

static void blame_redirect(struct copy *copy, const char *what, const struct arm_answer *answer)
{
    char *host = redirect_host(answer);
    error_set(&copy->error, ERROR_AZURE, NULL,
              "%s answers %d, a redirect to %s, which is not followed: give the URL that it leads "
              "to",
              what, answer->status, host ? host : "another place");
    free(host);
}

static const char *plain_header(const struct arm_answer *answer, const char *name)
{
    const char *value = http_response_header(answer->response, name);
    return value && copy_is_plain(value) ? value : NULL;
}

/* Azure itself went to the source, and this is what it was told. */
static void blame_unread(struct copy *copy, const struct arm_answer *answer, const char *message)
{
    const char *status = plain_header(answer, "x-ms-copy-source-status-code");
    const char *code = plain_header(answer, "x-ms-copy-source-error-code");
    error_set(
        &copy->error, answer->error_code, NULL,
        "Azure cannot read the source%s%.16s%s%.80s: %s (it must be reachable from Azure, and "
        "its signature must hold until the copy has ended)",
        status ? ", which answers " : "", status ? status : "", code ? " " : "", code ? code : "",
        message);
}

static const char *advice(enum copy_side side, int status)
{
    if (status == 404)
        return side == COPY_SOURCE ? ": check the URL" : "";
    if (status == 401 || status == 403)
        return side == COPY_SOURCE ? ": its signature has expired, or does not allow to read"
                                   : ": the signature for it has expired, or was taken back";
    return "";
}

static void blame_answer(struct copy *copy, enum copy_side side, const struct arm_answer *answer,
                         const char *message)
{
    static const char *const names[] = {"the source", "the target"};
    char *host = url_host(side == COPY_SOURCE ? copy->call.source : copy->call.target);
    error_set(&copy->error, answer->error_code ? answer->error_code : ERROR_AZURE, NULL,
              "%s (%s) answers %d%s%s, %s%s", names[side], host ? host : "", answer->status,
              *answer->code ? " " : "", answer->code, message, advice(side, answer->status));
    free(host);
}

static bool is_change(enum copy_side side, const struct arm_answer *answer)
{
    return strcmp(answer->code, "SourceConditionNotMet") == 0 || answer->status == 412 ||
           (side == COPY_SOURCE && strcmp(answer->code, "ConditionNotMet") == 0);
}

void copy_blame(struct copy *copy, enum copy_side side, const struct arm_answer *answer)
{
    static const char *const names[] = {"the source", "the target"};
    char *message = plain_message(answer);
    const char *text = message ? message : answer->message;
    if (answer->outcome != ARM_REFUSED || !answer->response)
        error_set(&copy->error, answer->error_code ? answer->error_code : ERROR_RETRY, NULL,
                  "%s: %s", names[side], text);
    else if (is_change(side, answer))
        copy_blame_change(copy);
    else if (answer->status >= 300 && answer->status < 400)
        blame_redirect(copy, names[side], answer);
    else if (strcmp(answer->code, "CannotVerifyCopySource") == 0)
        blame_unread(copy, answer, text);
    else
        blame_answer(copy, side, answer, text);
    if (*answer->code && !copy->error.azure_code)
        copy->error.azure_code = strdup(answer->code);
    free(message);
}

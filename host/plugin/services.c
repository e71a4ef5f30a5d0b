/* SPDX-License-Identifier: Apache-2.0 */
/* Read-only questions that a plugin may ask the world through the host. */
#include "plugin/call_private.h"
#include "plugin/url_parts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LONGEST_TIMEOUT_MS = 60000, LARGEST_RANGE = 1024 * 1024 };

static const char *not_lent(struct call *call, const char *function)
{
    call_fail(call, FH_EUNSUPPORTED, NULL, "%s is not lent to plugins here", function);
    return NULL;
}

/* Moves a malloced answer into the arena; NULL means that the question failed. */
static const char *keep(struct call *call, char *answer, struct error *err)
{
    if (!answer) {
        call_fail_with(call, err);
        return NULL;
    }
    char *copy = arena_copy(&call->arena, answer);
    free(answer);
    if (!copy)
        longjmp(call->no_memory, 1);
    return copy;
}

/* Bytes that would change the request's meaning on its way. */
static bool is_plain(const char *text)
{
    for (; text && *text; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7f || *text == '#')
            return false;
    return text != NULL;
}

/* NULL stands for the subscription's own. */
static const char *credential_of(const struct call *call, const char *credential)
{
    const json_t *subscription = json_object_get(call->request, "subscription");
    return credential ? credential : json_string_value(json_object_get(subscription, "credential"));
}

const char *call_arm_get(struct fh_call *base, const char *credential, const char *path,
                         const char *api_version, int32_t *status)
{
    struct call *call = (struct call *)base;
    struct error err = ERROR_INIT;
    int answered = 0;
    if (status)
        *status = 0;
    if (!call_allows(call, CALL_CHECK, "fh_arm_get"))
        return NULL;
    if (!call->services || !call->services->arm_get)
        return not_lent(call, "fh_arm_get");
    if (!is_plain(path) || *path != '/' || (api_version && !is_plain(api_version))) {
        call_fail(call, FH_EFAILED, NULL,
                  "the plugin asked for something that is no path of Azure Resource Manager");
        return NULL;
    }
    char *answer = call->services->arm_get(call->services->context, credential_of(call, credential),
                                           path, api_version, &answered, &err);
    if (status)
        *status = answered;
    return keep(call, answer, &err);
}

/* The actions that Azure documents as questions: nothing else may be posted from a check. */
static bool is_question(const char *path)
{
    static const char *const questions[] = {"vpndeviceconfigurationscript",
                                            "supportedvpndevices",
                                            "getBgpPeerStatus",
                                            "getLearnedRoutes",
                                            "getAdvertisedRoutes",
                                            "effectiveRoutes",
                                            "listServiceSas"};
    const char *action = strrchr(path, '/');
    for (size_t i = 0; action && i < sizeof questions / sizeof *questions; i++)
        if (strcasecmp(action + 1, questions[i]) == 0)
            return true;
    return false;
}

const char *call_arm_query(struct fh_call *base, const char *credential, const char *path,
                           const char *api_version, const char *body, int32_t *status)
{
    struct call *call = (struct call *)base;
    struct error err = ERROR_INIT;
    int answered = 0;
    if (status)
        *status = 0;
    if (!call_allows(call, CALL_CHECK, "fh_arm_query"))
        return NULL;
    if (!call->services || !call->services->arm_query)
        return not_lent(call, "fh_arm_query");
    if (!is_plain(path) || *path != '/' || !api_version || !is_plain(api_version) ||
        !is_question(path)) {
        call_fail(call, FH_EFAILED, NULL,
                  "the plugin posted something that Azure does not document as a question");
        return NULL;
    }
    char *answer =
        call->services->arm_query(call->services->context, credential_of(call, credential), path,
                                  api_version, body, &answered, &err);
    if (status)
        *status = answered;
    return keep(call, answer, &err);
}

const char *call_ntp_query(struct fh_call *base, const char *server, uint32_t timeout_ms)
{
    struct call *call = (struct call *)base;
    struct error err = ERROR_INIT;
    if (!call_allows(call, CALL_CHECK, "fh_ntp_query"))
        return NULL;
    if (!call->services || !call->services->ntp_query)
        return not_lent(call, "fh_ntp_query");
    if (!is_plain(server)) {
        call_fail(call, FH_EFAILED, NULL, "the plugin asked no server for the time");
        return NULL;
    }
    unsigned timeout = timeout_ms < LONGEST_TIMEOUT_MS ? timeout_ms : LONGEST_TIMEOUT_MS;
    return keep(call, call->services->ntp_query(call->services->context, server, timeout, &err),
                &err);
}

const char *call_dns_query(struct fh_call *base, const char *server, const char *name,
                           const char *type, uint32_t timeout_ms)
{
    struct call *call = (struct call *)base;
    struct error err = ERROR_INIT;
    if (!call_allows(call, CALL_CHECK, "fh_dns_query"))
        return NULL;
    if (!call->services || !call->services->dns_query)
        return not_lent(call, "fh_dns_query");
    if (!is_plain(server) || !is_plain(name) || !is_plain(type)) {
        call_fail(call, FH_EFAILED, NULL, "the plugin asked for no name, no type or no server");
        return NULL;
    }
    unsigned timeout = timeout_ms < LONGEST_TIMEOUT_MS ? timeout_ms : LONGEST_TIMEOUT_MS;
    return keep(
        call, call->services->dns_query(call->services->context, server, name, type, timeout, &err),
        &err);
}

/* "${secret:FIELD}" stands for the field's value; NULL: it is not at hand. All else is itself. */
static const char *unfold(struct call *call, const char *text)
{
    static const char head[] = "${secret:";
    size_t length = text ? strlen(text) : 0;
    if (!text || strncmp(text, head, sizeof head - 1) != 0 || text[length - 1] != '}')
        return text;
    const char *field =
        arena_printf(&call->arena, "%.*s", (int)(length - sizeof head), text + sizeof head - 1);
    return field ? json_string_value(json_object_get(call->secrets, field)) : NULL;
}

const char *call_url(struct fh_call *base, const char *url)
{
    struct call *call = (struct call *)base;
    const char *text = unfold(call, url);
    json_t *parts = text && call_text_fine(call, "fh_url", text) ? url_parts(text) : NULL;
    char *printed = parts ? json_dumps(parts, JSON_COMPACT) : NULL;
    char *copy = printed ? arena_copy(&call->arena, printed) : NULL;
    json_decref(parts);
    free(printed);
    return copy;
}

const char *call_http_range(struct fh_call *base, const char *url, uint64_t offset, uint32_t length,
                            int32_t *status)
{
    struct call *call = (struct call *)base;
    struct error err = ERROR_INIT;
    int answered = 0;
    if (status)
        *status = 0;
    if (!call_allows(call, CALL_CHECK, "fh_http_range"))
        return NULL;
    if (!call->services || !call->services->http_range)
        return not_lent(call, "fh_http_range");
    const char *whole = unfold(call, url);
    if (url && !whole) {
        call_fail(
            call, FH_EFAILED, NULL,
            "the value of %s is not at hand: it is while the command that gives it is checked",
            url);
        return NULL;
    }
    if (!is_plain(whole) || length > LARGEST_RANGE) {
        call_fail(call, FH_EFAILED, NULL, "the plugin asked for more than 1 MiB, or for no URL");
        return NULL;
    }
    char *answer =
        call->services->http_range(call->services->context, whole, offset, length, &answered, &err);
    if (status)
        *status = answered;
    return keep(call, answer, &err);
}

const char *call_tcp_probe(struct fh_call *base, const char *host, uint16_t port,
                           uint32_t timeout_ms)
{
    struct call *call = (struct call *)base;
    struct error err = ERROR_INIT;
    if (!call_allows(call, CALL_CHECK, "fh_tcp_probe"))
        return NULL;
    if (!call->services || !call->services->tcp_probe)
        return not_lent(call, "fh_tcp_probe");
    if (!is_plain(host)) {
        call_fail(call, FH_EFAILED, NULL, "the plugin asked for no host");
        return NULL;
    }
    unsigned timeout = timeout_ms < LONGEST_TIMEOUT_MS ? timeout_ms : LONGEST_TIMEOUT_MS;
    return keep(call, call->services->tcp_probe(call->services->context, host, port, timeout, &err),
                &err);
}

int32_t call_log(struct fh_call *base, int32_t level, const char *message)
{
    struct call *call = (struct call *)base;
    if (!message || !call_text_fine(call, "fh_log", message))
        return FH_EINVAL;
    if (call->services && call->services->log)
        call->services->log(call->services->context, level, message);
    return FH_OK;
}

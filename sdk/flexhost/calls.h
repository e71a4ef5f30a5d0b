/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flexhost/calls.h: what a plugin calls. Comes with flexhost/plugin.h, which says what these words
 * mean; include that.
 */
#ifndef FLEXHOST_CALLS_H
#define FLEXHOST_CALLS_H

#include <flexhost/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FH_HAS_(call, member)                                                                      \
    ((call)->host->struct_size >= offsetof(struct fh_host, member) + sizeof((call)->host->member))

/* Zeroed memory that lives as long as the call, at most 256 MiB in all; never NULL: without memory
 * the host ends the call there and then, by longjmp(), and what the plugin holds from elsewhere is
 * lost. */
static inline void *fh_alloc(struct fh_call *call, size_t size)
{
    return call->host->alloc(call, size);
}

/* printf into the call's arena. */
FH_PRINTF_(2, 3) static inline char *fh_printf(struct fh_call *call, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = call->host->format(call, format, args);
    va_end(args);
    return text;
}

/* clang-format off */
/*
 * The whole request as a JSON text:
 *   operation     "create", "update", "check" (of what exists, as it is), "observe" or a verb's name
 *   kind, type    of this plugin
 *   id, name      of the subject (a UUID; what the operator calls it)
 *   installation  a short text that tells this installation from others
 *   subscription  {"id": GUID, "tenant": GUID, "name", "credential"}
 *   region        Azure's name, e.g. "westus3"; absent where the subject has none
 *   resourceGroup the resource group in which the plugin puts what it creates
 *   requestedAt   when the operation was asked for, "2026-01-31T12:00:00Z": the same whenever it
 *                 is planned
 *   transactionId the operation's id, a UUID: the same whenever it is planned, and no other
 *                 operation's. since 1.1
 *   tags          the tags that the host will add, for bodies that nest resources
 *   fields        the declared fields, validated, defaults filled in; absent ones are absent
 *   credentials   {FIELD: {"name", "tenant"}} of the credential fields; tenant is absent where the
 *                 INI names none by its id. since 1.1
 *   previous      the fields as last applied; in "update", "check" and verbs
 *   options       the declared options of the INI section
 *   verb          {"name", "fields"} when a verb is planned
 *   outputs       {STEP: {OUTPUT: value}} of what was applied; in "observe" and verbs, and since 1.2
 *                 in "update" and "check"
 *   resources     {STEP: the resource as Azure shows it, null: it is gone}; in "observe", absent
 *                 when Azure was not asked: right after an operation, what was applied is taken for
 *                 what is there
 *   failures      {STEP: {"part", "status", "message"}} of the last operation, where the rest of it
 *                 holds; in "observe", absent when nothing failed. since 1.1
 *   underWay      true in "check" while an operation of the subject is under way: what is missing may
 *                 be on its way, and is no more than a warning. Else absent. since 1.1
 *   phase         what the last verb with a phase has made of the subject; absent before. since 1.2
 *   number        a number from 1 on that no other subject of the kind has: for what must differ
 *                 among resources that are shared, such as priorities of rules. since 1.2
 *   learned       {NAME: value} of fh_learn(), of this operation's check and of earlier ones.
 *                 since 1.2
 *   references    {FIELD: {"name", ...}} of the fields of type connection (with "region" and what the
 *                 connection exports: "subnetId", "networkSecurityGroupId"; "type", "fields"), image
 *                 (with what sdk/README.md lists for the export "image"), key ("region",
 *                 "diskEncryptionSetId"). since 1.2
 *   machine       for an action: {"name", "id", "catalog", "region", "resourceGroup", "os",
 *                 "subscription"}
 */
/* clang-format on */
static inline const char *fh_request(struct fh_call *call)
{
    return call->host->request(call);
}

/* The value at a JSON pointer of the request as text: strings bare, all else as JSON; NULL if
 * absent or null. */
static inline const char *fh_value(struct fh_call *call, const char *pointer)
{
    return call->host->value(call, pointer);
}

/* Ends the call with an error. field: a JSON pointer such as "/gateway-subnet", or NULL. The
 * sentence says the rule, the value and the mend. Returns code: `return fh_fail(...)`. */
FH_PRINTF_(4, 5)
static inline int32_t fh_fail(struct fh_call *call, int32_t code, const char *field,
                              const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *message = call->host->format(call, format, args);
    va_end(args);
    return call->host->fail(call, code, field, message);
}

/* check: one rule and how it came out. All findings are shown; any FH_FAIL refuses the request.
 * rule: short and stable ("dns-answers"); field may be NULL; mend: what to do, NULL for FH_PASS. */
static inline int32_t fh_finding(struct fh_call *call, int32_t severity, const char *rule,
                                 const char *field, const char *message, const char *mend)
{
    return call->host->finding(call, severity, rule, field, message, mend);
}

/* check: 1 once a finding has failed, else 0. Look at the fields alone first, and ask Azure or a
 * DNS server only when nothing is wrong with them: an operator is told of a typing error at once.
 */
static inline int32_t fh_refused(struct fh_call *call)
{
    return call->host->refused(call);
}

/* check: a range in use somewhere else ("the VNet corp-vnet"), held against the fields with
 * FH_FIELD_OCCUPIES. */
static inline int32_t fh_claim(struct fh_call *call, const char *cidr, const char *owner)
{
    return call->host->claim(call, cidr, owner);
}

/* A name for an Azure resource, derived from installation, subject and suffix, the same at every
 * call. max_length: Azure's limit for the type; alphabet: NULL (letters, digits, '-') or "a-z0-9"
 * (storage accounts). */
static inline const char *fh_resource_name(struct fh_call *call, const char *suffix,
                                           uint32_t max_length, const char *alphabet)
{
    return call->host->resource_name(call, suffix, max_length, alphabet);
}

/* check: reads a resource. status may be NULL; credential NULL: the subscription's. api_version
 * NULL: the path brings its own query, api-version among it. Returns the answer's JSON text (an
 * error's too) and its HTTP status; NULL when no answer came (the call has failed: return
 * FH_EFAILED). */
static inline const char *fh_arm_get(struct fh_call *call, const char *credential, const char *path,
                                     const char *api_version, int32_t *status)
{
    return call->host->arm_get(call, credential, path, api_version, status);
}

/* check: asks a named DNS server ("10.0.0.4", "10.0.0.4:5353"). JSON:
 * {"status":"NOERROR","answers":["…"],"milliseconds":3,"transport":"udp"} where status is the DNS
 * code, "TIMEOUT" or "REFUSED-CONNECTION". UDP is asked first, and "tcp" when nothing came in half
 * of the time or the answer was cut; then there is "truncated":true, too. No answers with NOERROR:
 * the server knows the name, but nothing of that type. type: "A", "AAAA", "SRV" ... */
static inline const char *fh_dns_query(struct fh_call *call, const char *server, const char *name,
                                       const char *type, uint32_t timeout_ms)
{
    return call->host->dns_query(call, server, name, type, timeout_ms);
}

/* check: part of what a URL holds. JSON: {"status":206,"length":…,"headers":{…},"base64":"…"}; at
 * most 1 MiB. Redirects are not followed. url: may be "${secret:FIELD}" since 1.2. */
static inline const char *fh_http_range(struct fh_call *call, const char *url, uint64_t offset,
                                        uint32_t length, int32_t *status)
{
    return call->host->http_range(call, url, offset, length, status);
}

/* check: whether a TCP connection opens. JSON: {"open":true,"milliseconds":3} or
 * {"open":false,"reason":"…"}. */
static inline const char *fh_tcp_probe(struct fh_call *call, const char *host, uint16_t port,
                                       uint32_t timeout_ms)
{
    return call->host->tcp_probe(call, host, port, timeout_ms);
}

/* plan: adds a step. Zero-initialise it, set struct_size. Fails the call when the step is wrong;
 * return the result. */
static inline int32_t fh_step(struct fh_call *call, const struct fh_step *step)
{
    return call->host->step(call, step);
}

/* plan: a value that others use, e.g. a catalog the connection's "subnetId"; JSON text or bare
 * text, may be late-bound. A connection exports subnetId, networkSecurityGroupId (optional) and
 * region; an image exports image (see sdk/README.md). */
static inline int32_t fh_export(struct fh_call *call, const char *name, const char *value)
{
    return call->host->export_value(call, name, value);
}

/* observe: the status as code ("Complete") and as people read it ("Ready to use"), and an error
 * message or NULL. */
static inline int32_t fh_status(struct fh_call *call, const char *status, const char *label,
                                const char *message)
{
    return call->host->status(call, status, label, message);
}

/* observe, verbs: a line of details: name for machines ("peeredNetworks"), label for people (NULL:
 * the name), value a text, or an object or array as JSON; NULL: there is no such detail, as when
 * fh_value() finds an optional field absent. */
static inline int32_t fh_detail(struct fh_call *call, const char *name, const char *label,
                                const char *value)
{
    return call->host->detail(call, name, label, value);
}

static inline int32_t fh_too_old_(struct fh_call *call)
{
    return call->host->fail(call, FH_EUNSUPPORTED, NULL,
                            "this needs a flexhost with a newer plugin interface");
}

/* check: a POST that Azure documents as a question: its last segment is one of
 * vpndeviceconfigurationscript, supportedvpndevices, getBgpPeerStatus, getLearnedRoutes,
 * getAdvertisedRoutes, effectiveRoutes and, since 1.2, listServiceSas. An answer that Azure works
 * on for a while is awaited. body: JSON text, or NULL. Otherwise as fh_arm_get(). since 1.1 */
static inline const char *fh_arm_query(struct fh_call *call, const char *credential,
                                       const char *path, const char *api_version, const char *body,
                                       int32_t *status)
{
    if (FH_HAS_(call, arm_query))
        return call->host->arm_query(call, credential, path, api_version, body, status);
    fh_too_old_(call);
    return NULL;
}

/* check: asks an NTP server ("10.0.0.4", "10.0.0.4:1123") for the time. JSON:
 * {"answered":true,"stratum":2,"offsetMs":-3,"milliseconds":5}, where offsetMs is how far ahead of
 * this machine's clock it is, or {"answered":false,"reason":"…"}. since 1.1 */
static inline const char *fh_ntp_query(struct fh_call *call, const char *server,
                                       uint32_t timeout_ms)
{
    if (FH_HAS_(call, ntp_query))
        return call->host->ntp_query(call, server, timeout_ms);
    fh_too_old_(call);
    return NULL;
}

/* check of a verb that only reads: a text that the operator wants as it is, such as a
 * configuration file. name: as a file would be called. At most one a call. since 1.1 */
static inline int32_t fh_document(struct fh_call *call, const char *name, const char *text)
{
    return FH_HAS_(call, document) ? call->host->document(call, name, text) : fh_too_old_(call);
}

/* check: something found that the plan needs: "etag", "length". value: a text, or an object or
 * array as JSON. The request has it under "learned" from now on, also when it is planned again, and
 * in later operations of the subject. Never a secret. since 1.2 */
static inline int32_t fh_learn(struct fh_call *call, const char *name, const char *value)
{
    return FH_HAS_(call, learn) ? call->host->learn(call, name, value) : fh_too_old_(call);
}

/* The parts of a URL, which may be "${secret:FIELD}". JSON: {"scheme":"https","host":"a.example",
 * "port":443,"path":"/c/b.vhd","query":{"se":"2026-01-31T12:00:00Z",…},"signed":true}: decoded; of
 * a shared access signature the signature itself is left out, and signed says that there is one.
 * NULL: it is no URL. In plan, a secret is never told: NULL. since 1.2 */
static inline const char *fh_url(struct fh_call *call, const char *url)
{
    if (FH_HAS_(call, url))
        return call->host->url(call, url);
    fh_too_old_(call);
    return NULL;
}

/* observe: the verb is to be run in so many seconds, without fields, unless the subject has been
 * changed by then: to power off what nobody uses. The first flexhost command after that time runs
 * it. since 1.2 */
static inline int32_t fh_due(struct fh_call *call, const char *verb, uint32_t seconds)
{
    return FH_HAS_(call, due) ? call->host->due(call, verb, seconds) : fh_too_old_(call);
}

static inline int32_t fh_log(struct fh_call *call, int32_t level, const char *message)
{
    return call->host->log(call, level, message);
}

#ifdef __cplusplus
}
#endif
#endif

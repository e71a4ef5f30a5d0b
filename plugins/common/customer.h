/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about what is the customer's: whether a credential may see it and change it, and which
 * addresses are in use there. And what is asked at all when a connection changes. */
#ifndef FLEXHOST_PLUGINS_COMMON_CUSTOMER_H
#define FLEXHOST_PLUGINS_COMMON_CUSTOMER_H

#include "azure.h"

#include <strings.h>

#define API_SUBSCRIPTIONS "2022-12-01"

enum { MOST_PAGES = 100 };

static inline bool is_true(struct fh_call *call, const char *pointer)
{
    const char *value = fh_value(call, pointer);
    return value && strcmp(value, "true") == 0;
}

/* Whether to ask the world about a field: a change asks only about what it changes. */
static inline bool asks_about(struct fh_call *call, const json_t *request, const char *field)
{
    if (!operation_is(call, "update"))
        return true;
    const json_t *now = json_object_get(json_object_get(request, "fields"), field);
    const json_t *before = json_object_get(json_object_get(request, "previous"), field);
    return now != before && !json_equal(now, before);
}

/* Their tenant: as it was declared in one field, else that of the credential in another. NULL:
 * nobody says. */
static inline const char *their_tenant(struct fh_call *call, const char *tenant_field,
                                       const char *credential_field)
{
    const char *declared = fh_value(call, fh_printf(call, "/fields/%s", tenant_field));
    return declared ? declared
                    : fh_value(call, fh_printf(call, "/credentials/%s/tenant", credential_field));
}

/* Whether `other`, a tenant of theirs, is another than that of the machines. */
static inline bool is_other_tenant(struct fh_call *call, const char *other)
{
    const char *ours = fh_value(call, "/subscription/tenant");
    return other && (!ours || strcasecmp(ours, other) != 0);
}

static inline const char *last_part(const char *id)
{
    const char *slash = id ? strrchr(id, '/') : NULL;
    return slash ? slash + 1 : "?";
}

/* An answer that is none of what was hoped for. `what` is "the virtual hub corp"; field may be
 * NULL. */
static inline int32_t refuse_answer(struct fh_call *call, const char *credential, const char *rule,
                                    const char *field, const char *what, int32_t status,
                                    const json_t *answer)
{
    if (status == 404)
        return fh_finding(call, FH_FAIL, rule, field, fh_printf(call, "%s does not exist", what),
                          "correct the name, the resource group or the subscription");
    if (status == 401 || status == 403)
        return fh_finding(
            call, FH_FAIL, rule, field,
            fh_printf(call, "the credential \"%s\" may not read %s: %s", credential, what,
                      azure_message(answer, "no reason given")),
            fh_printf(call, "give \"%s\" the role Network Contributor on it", credential));
    return fh_finding(call, FH_FAIL, rule, field,
                      fh_printf(call, "%s cannot be read (HTTP %d): %s", what, (int)status,
                                azure_message(answer, "no reason given")),
                      "try again later");
}

struct tenant_question {
    const char *credential;
    const char *subscription;
    const char *declared; /* as the operator gave it; NULL: the machines' own */
    const char *subscription_field;
    const char *tenant_field; /* "/hub-tenant"; its name is the rule as well */
};

/* Azure says in which tenant a subscription is; the two sides need tokens accordingly. */
static inline int32_t check_tenant(struct fh_call *call, const struct tenant_question *question)
{
    const char *rule = question->tenant_field + 1;
    const char *what = fh_printf(call, "the subscription %s", question->subscription);
    const char *expected =
        question->declared ? question->declared : fh_value(call, "/subscription/tenant");
    int32_t status = 0;
    const char *text = fh_arm_get(call, question->credential,
                                  fh_printf(call, "/subscriptions/%s", question->subscription),
                                  API_SUBSCRIPTIONS, &status);
    if (!text)
        return FH_EFAILED;
    json_t *answer = json_loads(text, 0, NULL);
    const char *actual = fh_json_text(answer, "/tenantId");
    int32_t result = FH_OK;
    if (status == 403) /* a role on the network alone does not show the subscription */
        result = FH_OK;
    else if (status != 200)
        result = refuse_answer(call, question->credential, question->subscription_field + 1,
                               question->subscription_field, what, status, answer);
    else if (actual && expected && strcasecmp(actual, expected) != 0)
        result =
            fh_finding(call, FH_FAIL, rule, question->tenant_field,
                       fh_printf(call, "%s is in the tenant %s, not %s", what, actual, expected),
                       fh_printf(call, "give --%s %s", rule, actual));
    else if (actual && operation_is(call, "check"))
        result = fh_finding(call, FH_PASS, rule, NULL,
                            fh_printf(call, "%s is in the tenant %s", what, actual), NULL);
    json_decref(answer);
    return result;
}

/* ---- permissions ---- */

/* Action patterns of roles hold '*' for any text. */
static inline bool covers(const char *pattern, const char *action)
{
    const char *star = NULL, *from = NULL; /* the last '*', and where what it holds ends */
    while (*action) {
        if (*pattern == '*') {
            star = pattern++;
            from = action;
        } else if (strncasecmp(pattern, action, 1) == 0) {
            pattern++;
            action++;
        } else if (star) {
            pattern = star + 1;
            action = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static inline bool any_covers(const json_t *patterns, const char *action)
{
    for (size_t i = 0; i < json_array_size(patterns); i++) {
        const char *pattern = json_string_value(json_array_get(patterns, i));
        if (pattern && covers(pattern, action))
            return true;
    }
    return false;
}

static inline bool permits(const json_t *permissions, const char *action)
{
    for (size_t i = 0; i < json_array_size(permissions); i++) {
        const json_t *permission = json_array_get(permissions, i);
        if (any_covers(json_object_get(permission, "actions"), action) &&
            !any_covers(json_object_get(permission, "notActions"), action))
            return true;
    }
    return false;
}

enum permission { PERMITTED, FORBIDDEN, UNKNOWN };

/* Whether the credential may do `action` in one of the scopes. Where Azure does not answer this
 * question, the doing itself will tell. */
static inline int32_t find_permission(struct fh_call *call, const char *credential,
                                      const char *const *scopes, size_t count, const char *action,
                                      enum permission *permission)
{
    *permission = UNKNOWN;
    for (size_t i = 0; *permission != PERMITTED && i < count; i++) {
        int32_t status = 0;
        const char *text = fh_arm_get(
            call, credential,
            fh_printf(call, "%s/providers/Microsoft.Authorization/permissions", scopes[i]),
            API_AUTHORIZATION, &status);
        if (!text)
            return FH_EFAILED;
        json_t *answer = status == 200 ? json_loads(text, 0, NULL) : NULL;
        if (answer)
            *permission = permits(json_object_get(answer, "value"), action) ? PERMITTED : FORBIDDEN;
        json_decref(answer);
    }
    return FH_OK;
}

/* ---- ranges in use ---- */

static inline int32_t claim_all(struct fh_call *call, const json_t *prefixes, const char *owner)
{
    int32_t result = FH_OK;
    for (size_t i = 0; result == FH_OK && i < json_array_size(prefixes); i++) {
        const char *prefix = json_string_value(json_array_get(prefixes, i));
        if (prefix && !strchr(prefix, ':')) /* IPv6 overlaps nothing of ours */
            result = fh_claim(call, prefix, owner);
    }
    return result;
}

/* The path of the next page of a list; NULL: this was the last. */
static inline const char *next_page(struct fh_call *call, const json_t *answer)
{
    const char *link = fh_json_text(answer, "/nextLink");
    const char *host = link ? strstr(link, "://") : NULL;
    const char *path = host ? strchr(host + 3, '/') : link;
    return path ? fh_printf(call, "%s", path) : NULL;
}

/* All pages of a list, in `values` (an array). An answer other than 200 ends it; *status tells, and
 * *why is what Azure says. */
static inline int32_t list_all(struct fh_call *call, const char *credential, const char *path,
                               json_t *values, int32_t *status, const char **why)
{
    const char *api_version = API_NETWORK;
    for (int page = 0; path && page < MOST_PAGES; page++) {
        const char *text = fh_arm_get(call, credential, path, api_version, status);
        if (!text)
            return FH_EFAILED;
        json_t *answer = json_loads(text, 0, NULL);
        *why = fh_printf(call, "%s", azure_message(answer, "no reason given"));
        path = *status == 200 ? next_page(call, answer) : NULL;
        if (*status == 200)
            json_array_extend(values, json_object_get(answer, "value"));
        api_version = NULL;
        json_decref(answer);
    }
    return FH_OK;
}

#endif

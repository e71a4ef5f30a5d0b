/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flexhost/jansson.h: json_t in and out, for plugins that use Jansson.
 *
 * Only JSON text crosses the boundary between host and plugin, so a plugin may use any JSON
 * library, in any version. This header does the conversions for one of them; it has no library of
 * its own. What these functions return as a new reference is the plugin's to json_decref(); texts
 * that they pass on are copied into the call's arena.
 */
#ifndef FLEXHOST_JANSSON_H
#define FLEXHOST_JANSSON_H

#include <flexhost/plugin.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The member that the part of a JSON pointer up to `length` names; NULL if there is none. */
static inline json_t *fh_json_member_(const json_t *json, const char *part, size_t length)
{
    char name[256];
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        char c = part[i];
        if (c == '~' && i + 1 < length && (part[i + 1] == '0' || part[i + 1] == '1'))
            c = part[++i] == '0' ? '~' : '/';
        if (used + 1 >= sizeof name)
            return NULL;
        name[used++] = c;
    }
    name[used] = '\0';
    if (json_is_object(json))
        return json_object_get(json, name);
    if (!json_is_array(json) || used == 0 || used > 9 || strspn(name, "0123456789") != used)
        return NULL;
    return json_array_get(json, (size_t)strtoul(name, NULL, 10));
}

/* What a JSON pointer (RFC 6901) names, borrowed; NULL if there is nothing. "" is the whole. */
static inline json_t *fh_json_at(const json_t *json, const char *pointer)
{
    while (json && *pointer) {
        if (*pointer != '/')
            return NULL;
        const char *part = pointer + 1;
        size_t length = strcspn(part, "/");
        json = fh_json_member_(json, part, length);
        pointer = part + length;
    }
    return (json_t *)json;
}

/* A text at a JSON pointer, borrowed; NULL if there is none. */
static inline const char *fh_json_text(const json_t *json, const char *pointer)
{
    return json_string_value(fh_json_at(json, pointer));
}

/* The whole request as a new reference; NULL after a failure that the call knows of. */
static inline json_t *fh_json_request(struct fh_call *call)
{
    json_t *request = json_loads(fh_request(call), 0, NULL);
    if (!request)
        fh_fail(call, FH_EFAILED, NULL, "the request is no JSON that this plugin could read");
    return request;
}

/* The value at a pointer of the request as a new reference; NULL when absent. */
static inline json_t *fh_json_value(struct fh_call *call, const char *pointer)
{
    json_t *request = json_loads(fh_request(call), 0, NULL);
    json_t *value = request ? json_incref(fh_json_at(request, pointer)) : NULL;
    json_decref(request);
    return value;
}

/* The JSON's text in the call's arena; "null" for NULL. */
static inline const char *fh_json_print(struct fh_call *call, const json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    const char *copy = fh_printf(call, "%s", text ? text : "null");
    free(text);
    return copy;
}

/* Adds a step with this body; takes the reference to it, also when it fails. */
static inline int32_t fh_json_step(struct fh_call *call, const struct fh_step *step, json_t *body)
{
    struct fh_step whole = *step;
    if (!body)
        return fh_fail(call, FH_EFAILED, NULL, "the body of step %s could not be built",
                       step->key ? step->key : "?");
    whole.body = fh_json_print(call, body);
    json_decref(body);
    return fh_step(call, &whole);
}

/* An export with a JSON value; takes the reference. */
static inline int32_t fh_json_export(struct fh_call *call, const char *name, json_t *value)
{
    if (!value)
        return fh_fail(call, FH_EFAILED, NULL, "the export %s could not be built", name);
    const char *text = fh_json_print(call, value);
    json_decref(value);
    return fh_export(call, name, text);
}

/* A line of details with a JSON value; takes the reference. */
static inline int32_t fh_json_detail(struct fh_call *call, const char *name, const char *label,
                                     json_t *value)
{
    if (!value)
        return fh_fail(call, FH_EFAILED, NULL, "the detail %s could not be built", name);
    const char *text = json_is_string(value) ? fh_printf(call, "%s", json_string_value(value))
                                             : fh_json_print(call, value);
    json_decref(value);
    return fh_detail(call, name, label, text);
}

/* fh_arm_get() with its answer parsed: a new reference, NULL when no answer came (the call has
 * failed) or the answer is no JSON (an empty body of a 404: *status tells). */
static inline json_t *fh_json_arm_get(struct fh_call *call, const char *credential,
                                      const char *path, const char *api_version, int32_t *status)
{
    const char *text = fh_arm_get(call, credential, path, api_version, status);
    return text ? json_loads(text, 0, NULL) : NULL;
}

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Late binding: a small scanner of templates, and what fills them in. */
#include "plan/binding.h"

#include "base/json_text.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum token_kind { TOKEN_END, TOKEN_LITERAL, TOKEN_REFERENCE };

struct token {
    enum token_kind kind;
    const char *text;
    size_t length;
    struct reference reference;
};

static bool is_step_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '.' || c == '_' || c == '-';
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

static bool all_are(const char *text, size_t length, bool (*is)(char))
{
    for (size_t i = 0; i < length; i++)
        if (!is(text[i]))
            return false;
    return length > 0;
}

bool binding_is_name(const char *text)
{
    return all_are(text, strlen(text), is_name_char);
}

static int bad_reference(const char *text, size_t length, struct error *err)
{
    return error_set(err, ERROR_FAILED, NULL,
                     "\"%.*s\" is no reference: write ${STEP.OUTPUT} or ${secret:NAME}, and $${ "
                     "for a literal ${",
                     (int)(length < 80 ? length : 80), text);
}

/* What stands between the braces. Step keys may hold points, names may not. */
static int parse_reference(const char *text, size_t length, struct reference *reference,
                           struct error *err)
{
    static const char secret[] = "secret:";
    const size_t prefix = sizeof secret - 1;
    memset(reference, 0, sizeof *reference);
    if (length > prefix && memcmp(text, secret, prefix) == 0) {
        reference->name = text + prefix;
        reference->name_length = length - prefix;
        return all_are(reference->name, reference->name_length, is_name_char)
                   ? 0
                   : bad_reference(text - 2, length + 3, err);
    }
    const char *point = memrchr(text, '.', length);
    if (!point)
        return bad_reference(text - 2, length + 3, err);
    reference->step = text;
    reference->step_length = (size_t)(point - text);
    reference->name = point + 1;
    reference->name_length = length - reference->step_length - 1;
    if (!all_are(reference->step, reference->step_length, is_step_char) ||
        !all_are(reference->name, reference->name_length, is_name_char))
        return bad_reference(text - 2, length + 3, err);
    return 0;
}

static int next_token(const char **at, struct token *token, struct error *err)
{
    const char *start = *at;
    if (!*start) {
        token->kind = TOKEN_END;
        return 0;
    }
    if (strncmp(start, "${", 2) == 0) {
        const char *close = strchr(start, '}');
        if (!close)
            return bad_reference(start, strlen(start), err);
        token->kind = TOKEN_REFERENCE;
        *at = close + 1;
        return parse_reference(start + 2, (size_t)(close - start - 2), &token->reference, err);
    }
    token->kind = TOKEN_LITERAL;
    token->text = start;
    if (strncmp(start, "$${", 3) == 0) {
        token->text = start + 1;
        token->length = 2;
        *at = start + 3;
        return 0;
    }
    const char *end = start + 1;
    while (*end && strncmp(end, "${", 2) != 0 && strncmp(end, "$${", 3) != 0)
        end += 1 + strcspn(end + 1, "$");
    token->length = (size_t)(end - start);
    *at = end;
    return 0;
}

int binding_scan_text(const char *template, reference_fn *fn, void *context, struct error *err)
{
    struct token token;
    for (const char *at = template;;) {
        if (next_token(&at, &token, err) != 0)
            return -1;
        if (token.kind == TOKEN_END)
            return 0;
        if (token.kind == TOKEN_REFERENCE && fn && fn(context, &token.reference, err) != 0)
            return -1;
    }
}

int binding_scan_json(const json_t *template, reference_fn *fn, void *context, struct error *err)
{
    if (json_is_string(template))
        return binding_scan_text(json_string_value(template), fn, context, err);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)template, name, value)
    {
        if (strstr(name, "${"))
            return error_set(err, ERROR_FAILED, NULL,
                             "the member \"%s\": names of members are not bound", name);
        if (binding_scan_json(value, fn, context, err) != 0)
            return -1;
    }
    size_t i;
    json_array_foreach(template, i,
                       value) if (binding_scan_json(value, fn, context, err) != 0) return -1;
    return 0;
}

/* A value as part of a longer text: strings bare, all else as JSON. */
static char *plain(const json_t *value, size_t *length)
{
    if (!json_is_string(value)) {
        char *text = json_text(value);
        *length = text ? strlen(text) : 0;
        return text;
    }
    *length = json_string_length(value);
    char *text = malloc(*length + 1);
    if (text)
        memcpy(text, json_string_value(value), *length + 1);
    return text;
}

static int append_wiped(char **text, size_t *length, const char *more, size_t more_length)
{
    /* No realloc: it would leave secrets behind in freed memory. */
    char *grown = malloc(*length + more_length + 1);
    if (!grown)
        return -1;
    if (*text) {
        memcpy(grown, *text, *length);
        OPENSSL_cleanse(*text, *length);
        free(*text);
    }
    memcpy(grown + *length, more, more_length);
    *length += more_length;
    grown[*length] = '\0';
    *text = grown;
    return 0;
}

static int append_token(char **text, size_t *length, const struct token *token, resolve_fn *resolve,
                        void *context, struct error *err)
{
    if (token->kind == TOKEN_LITERAL)
        return append_wiped(text, length, token->text, token->length) == 0 ? 0
                                                                           : error_no_memory(err);
    json_t *value = resolve(context, &token->reference, err);
    if (!value)
        return -1;
    size_t part_length = 0;
    char *part = plain(value, &part_length);
    int result = part ? append_wiped(text, length, part, part_length) : -1;
    if (part)
        OPENSSL_cleanse(part, part_length);
    free(part);
    json_decref(value);
    return result == 0 ? 0 : error_no_memory(err);
}

static char *fill_in(const char *template, size_t *length, resolve_fn *resolve, void *context,
                     struct error *err)
{
    char *text = NULL;
    *length = 0;
    if (append_wiped(&text, length, "", 0) != 0) {
        error_no_memory(err);
        return NULL;
    }
    struct token token;
    for (const char *at = template;;) {
        int result = next_token(&at, &token, err);
        if (result == 0 && token.kind == TOKEN_END)
            return text;
        if (result == 0)
            result = append_token(&text, length, &token, resolve, context, err);
        if (result != 0) {
            OPENSSL_cleanse(text, *length);
            free(text);
            return NULL;
        }
    }
}

char *binding_text(const char *template, resolve_fn *resolve, void *context, struct error *err)
{
    size_t length;
    char *text = fill_in(template, &length, resolve, context, err);
    if (text && strlen(text) != length) {
        OPENSSL_cleanse(text, length);
        free(text);
        error_set(err, ERROR_AZURE, NULL, "a value bound into \"%s\" holds a NUL character",
                  template);
        return NULL;
    }
    return text;
}

static json_t *bind_string(const char *template, resolve_fn *resolve, void *context,
                           struct error *err)
{
    if (!strchr(template, '$'))
        return json_string(template);
    struct token token;
    const char *at = template;
    if (next_token(&at, &token, err) != 0)
        return NULL;
    if (token.kind == TOKEN_REFERENCE && !*at)
        return resolve(context, &token.reference, err);
    size_t length;
    char *text = fill_in(template, &length, resolve, context, err);
    if (!text)
        return NULL;
    json_t *bound = json_stringn(text, length);
    OPENSSL_cleanse(text, length);
    free(text);
    return bound;
}

static int bind_member(json_t *into, const char *name, const json_t *template, resolve_fn *resolve,
                       void *context, struct error *err)
{
    json_t *bound = binding_json(template, resolve, context, err);
    if (!bound)
        return -1;
    int result = name ? json_object_set_new(into, name, bound) : json_array_append_new(into, bound);
    return result == 0 ? 0 : error_no_memory(err);
}

json_t *binding_json(const json_t *template, resolve_fn *resolve, void *context, struct error *err)
{
    if (json_is_string(template))
        return bind_string(json_string_value(template), resolve, context, err);
    if (!json_is_object(template) && !json_is_array(template))
        return json_incref((json_t *)template);
    json_t *bound = json_is_object(template) ? json_object() : json_array();
    int result = bound ? 0 : error_no_memory(err);
    const char *name;
    json_t *value;
    size_t i;
    json_object_foreach((json_t *)template, name, value) if (result == 0) result =
        bind_member(bound, name, value, resolve, context, err);
    json_array_foreach(template, i, value) if (result == 0) result =
        bind_member(bound, NULL, value, resolve, context, err);
    if (result == 0)
        return bound;
    binding_wipe(bound);
    json_decref(bound);
    return NULL;
}

void binding_wipe(json_t *json)
{
    if (json_is_string(json)) {
        OPENSSL_cleanse((char *)json_string_value(json), json_string_length(json));
        return;
    }
    const char *name;
    json_t *value;
    size_t i;
    json_object_foreach(json, name, value) binding_wipe(value);
    json_array_foreach(json, i, value) binding_wipe(value);
}

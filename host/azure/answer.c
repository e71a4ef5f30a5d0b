/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what Azure answers: errors in their three shapes, states, headers. */
#include "azure/answer.h"

#include "azure/arm.h"
#include "base/text.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    CODE_LENGTH = 120,
    MESSAGE_LENGTH = 4000,
    DETAILS = 4,
    URL_LENGTH = 16 * 1024,
    LONGEST_WAIT_S = 3600
};

/* It may be half of one. */
static void drop_last_character(struct text *text)
{
    bool whole = false;
    while (text->length > 0 && !whole) {
        whole = ((unsigned char)text->data[--text->length] & 0xc0) != 0x80;
        text->data[text->length] = '\0';
    }
}

/* One line without what a terminal would obey, of at most `limit` bytes. */
static void add_clean(struct text *text, const char *value, size_t limit)
{
    for (size_t i = 0; value[i] && text->length < limit; i++) {
        unsigned char c = (unsigned char)value[i];
        bool c1 =
            c == 0xc2 && (unsigned char)value[i + 1] >= 0x80 && (unsigned char)value[i + 1] < 0xa0;
        if (c1)
            i++;
        if (c >= 0x20 && c != 0x7f && !c1)
            text_append(text, value + i, 1);
        else if (text->length && text->data[text->length - 1] != ' ')
            text_append(text, " ", 1);
    }
    if (text->length == limit)
        drop_last_character(text);
}

static const char *string_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* Details that say something new are appended: Azure's outer text is often only "see details". */
static void add_details(struct text *message, const json_t *error)
{
    const json_t *details = json_object_get(error, "details");
    size_t shown = 0;
    for (size_t i = 0; i < json_array_size(details) && shown < DETAILS; i++) {
        const json_t *detail = json_array_get(details, i);
        const char *code = string_of(detail, "code"), *text = string_of(detail, "message");
        if (!text || strstr(text_get(message), text))
            continue;
        text_add(message, message->length ? " (" : "(");
        if (code) {
            add_clean(message, code, MESSAGE_LENGTH);
            text_add(message, ": ");
        }
        add_clean(message, text, MESSAGE_LENGTH);
        text_add(message, ")");
        shown++;
    }
}

static void read_json_error(const json_t *body, struct text *code, struct text *message)
{
    const json_t *error = json_object_get(body, "error");
    const json_t *properties = json_object_get(body, "properties");
    if (!json_is_object(error) && json_is_object(json_object_get(properties, "error")))
        error = json_object_get(properties, "error");
    if (!json_is_object(error))
        error = body;
    if (string_of(error, "code"))
        add_clean(code, string_of(error, "code"), CODE_LENGTH);
    if (string_of(error, "message"))
        add_clean(message, string_of(error, "message"), MESSAGE_LENGTH);
    add_details(message, error);
}

/* The text of the first <tag>…</tag>; storage's errors are that plain. */
static void read_xml(const char *body, const char *open, const char *close, size_t limit,
                     struct text *value)
{
    const char *start = strstr(body, open);
    const char *end = start ? strstr(start, close) : NULL;
    if (!end)
        return;
    start += strlen(open);
    if (end <= start)
        return;
    char *copy = strndup(start, (size_t)(end - start));
    json_t *checked = copy ? json_string(copy) : NULL; /* NULL: not UTF-8 */
    if (checked)
        add_clean(value, copy, limit);
    json_decref(checked);
    free(copy);
}

static json_t *read_json(const struct http_response *response)
{
    const char *body = response->body;
    size_t length = response->body_length;
    if (length >= 3 && memcmp(body, "\xef\xbb\xbf", 3) == 0) {
        body += 3;
        length -= 3;
    }
    return length ? json_loadb(body, length, JSON_DECODE_ANY, NULL) : NULL;
}

static int read_error(const struct http_response *response, struct arm_parsed *parsed)
{
    struct text code = {0}, message = {0};
    if (parsed->body) {
        read_json_error(parsed->body, &code, &message);
    } else if (response->status >= 300) {
        read_xml(response->body, "<Code>", "</Code>", CODE_LENGTH, &code);
        read_xml(response->body, "<Message>", "</Message>", MESSAGE_LENGTH, &message);
    }
    const char *header = http_response_header(response, "x-ms-error-code");
    if (!code.length && header && response->status >= 300)
        add_clean(&code, header, CODE_LENGTH);
    parsed->code = text_take(&code);
    parsed->message = text_take(&message);
    return parsed->code && parsed->message ? 0 : -1;
}

static int copy_url(const struct http_response *response, const char *name, char **url)
{
    const char *value = http_response_header(response, name);
    if (!value || !*value || strlen(value) > URL_LENGTH)
        return 0;
    *url = strdup(value);
    return *url ? 0 : -1;
}

/* Digits only, at most nine; -1 otherwise. */
static int64_t whole_number(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits < 10 && text[digits] == '\0' ? strtoll(text, NULL, 10) : -1;
}

static int64_t read_retry_after(const struct http_response *response, int64_t wall_ms)
{
    const char *value = http_response_header(response, "Retry-After");
    if (!value)
        return -1;
    int64_t wait = whole_number(value) * 1000;
    if (wait < 0) {
        time_t date = curl_getdate(value, NULL);
        if (date < 0)
            return -1;
        wait = (int64_t)date * 1000 - wall_ms;
    }
    if (wait < 0)
        return 0;
    return wait > LONGEST_WAIT_S * 1000 ? LONGEST_WAIT_S * 1000 : wait;
}

/* "Microsoft.Compute/PutVM3Min;107,Microsoft.Compute/PutVM30Min;587": the least count. */
static int64_t least_of_policies(const char *value)
{
    int64_t least = -1;
    while ((value = strchr(value, ';'))) {
        size_t digits = strspn(++value, "0123456789");
        if (digits == 0 || digits > 9)
            continue;
        int64_t count = strtoll(value, NULL, 10);
        if (least < 0 || count < least)
            least = count;
    }
    return least;
}

static int64_t read_remaining(const struct http_response *response)
{
    static const char prefix[] = "x-ms-ratelimit-remaining-";
    int64_t least = -1;
    for (size_t i = 0; i < response->header_count; i++) {
        const struct http_header *header = &response->headers[i];
        if (strncasecmp(header->name, prefix, sizeof prefix - 1) != 0)
            continue;
        const char *kind = header->name + sizeof prefix - 1;
        int64_t count = -1;
        if (strcasecmp(kind, "resource") == 0)
            count = least_of_policies(header->value);
        else if (strncasecmp(kind, "subscription-", 13) == 0)
            count = whole_number(header->value);
        if (count >= 0 && (least < 0 || count < least))
            least = count;
    }
    return least;
}

int arm_answer_parse(const struct http_response *response, int64_t wall_ms,
                     struct arm_parsed *parsed)
{
    memset(parsed, 0, sizeof *parsed);
    parsed->status = response->status;
    parsed->body = read_json(response);
    parsed->unreadable = !parsed->body && response->body_length > 0;
    parsed->resource_state =
        string_of(json_object_get(parsed->body, "properties"), "provisioningState");
    parsed->operation_state = string_of(parsed->body, "status");
    parsed->retry_after_ms = read_retry_after(response, wall_ms);
    parsed->remaining = read_remaining(response);
    if (read_error(response, parsed) == 0 &&
        copy_url(response, "Azure-AsyncOperation", &parsed->async_url) == 0 &&
        copy_url(response, "Location", &parsed->location) == 0)
        return 0;
    arm_answer_clear(parsed);
    return -1;
}

void arm_answer_clear(struct arm_parsed *parsed)
{
    json_decref(parsed->body);
    free(parsed->code);
    free(parsed->message);
    free(parsed->async_url);
    free(parsed->location);
    memset(parsed, 0, sizeof *parsed);
}

enum arm_state arm_state_of(const char *state)
{
    if (!state)
        return ARM_STATE_NONE;
    if (strcasecmp(state, "Succeeded") == 0)
        return ARM_STATE_SUCCEEDED;
    if (strcasecmp(state, "Failed") == 0 || strcasecmp(state, "Canceled") == 0)
        return ARM_STATE_FAILED;
    return ARM_STATE_RUNNING;
}

static bool is_one_of(const char *code, const char *const *codes)
{
    for (; *codes; codes++)
        if (strcasecmp(code, *codes) == 0)
            return true;
    return false;
}

bool arm_answer_is_busy(const struct arm_parsed *parsed)
{
    static const char *const codes[] = {"AnotherOperationInProgress", "RetryableError",
                                        "ReferencedResourceNotProvisioned", NULL};
    return parsed->status == 409 && is_one_of(parsed->code, codes);
}

bool arm_is_capacity_error(const char *code)
{
    static const char *const codes[] = {"QuotaExceeded",
                                        "AllocationFailed",
                                        "ZonalAllocationFailed",
                                        "OverconstrainedAllocationRequest",
                                        "OverconstrainedZonalAllocationRequest",
                                        "SkuNotAvailable",
                                        NULL};
    return code && is_one_of(code, codes);
}

bool arm_is_quota_error(const char *code, const char *message)
{
    return code && message && strcasecmp(code, "OperationNotAllowed") == 0 &&
           strcasestr(message, "quota") != NULL;
}

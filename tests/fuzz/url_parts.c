/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a URL, with a signature behind it: its parts tell that there is one, and nothing of
 * it.
 */
#include "plugin/url_parts.h"

#include "fuzz.h"

#include <strings.h>

static const char secret[] = "HUSH-0123456789";

static bool tells(const json_t *parts, const char *word)
{
    char *text = json_dumps(parts, JSON_COMPACT);
    bool found = text && strstr(text, word);
    free(text);
    return found;
}

static void check_parts(const json_t *parts)
{
    if (!parts)
        return;
    fuzz_require(*json_string_value(json_object_get(parts, "host")) != '\0', "it has a host");
    fuzz_require(json_is_object(json_object_get(parts, "query")), "it has a query");
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(parts, "query"), name, value)
    {
        fuzz_require(strcasecmp(name, "sig") != 0, "a signature is left out");
        fuzz_require(json_is_string(value), "what is told is text");
    }
}

/* As long as all before it stays out of its way: '#' begins what no server is sent. */
static void check_signed(const char *text)
{
    if (strstr(text, secret)) /* what it tells is its own */
        return;
    size_t room = strlen(text) + sizeof secret + 8;
    char *whole = malloc(room);
    if (!whole)
        abort();
    snprintf(whole, room, "%s%csig=%s", text, strchr(text, '?') ? '&' : '?', secret);
    json_t *parts = url_parts(whole);
    if (parts && !strchr(text, '#')) {
        fuzz_require(json_is_true(json_object_get(parts, "signed")), "a signature is seen");
        fuzz_require(!tells(parts, secret), "a signature is not told");
    }
    json_decref(parts);
    free(whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    json_t *parts = url_parts(text);
    check_parts(parts);
    json_decref(parts);
    check_signed(text);
    free(text);
    return 0;
}

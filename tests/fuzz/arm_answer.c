/* SPDX-License-Identifier: Apache-2.0 */
/* Any answer of Azure, as status, headers and body: whatever it is, it is read to something that
 * can be shown, and never sends a token to a stranger.
 *
 * Input: METHOD SP STATUS LF, header lines, an empty line, the body. */
#include "azure/answer.h"
#include "azure/operation.h"
#include "azure/url.h"

#include "fuzz.h"

enum { HEADERS_MAX = 32 };

#define BASE "https://management.azure.com"

static char *take_line(char **rest)
{
    char *line = *rest, *end = line ? strchr(line, '\n') : NULL;
    if (!line)
        return NULL;
    if (end)
        *end = '\0';
    *rest = end ? end + 1 : NULL;
    return line;
}

static void read_headers(char **rest, struct http_response *response, struct http_header *headers)
{
    char *line;
    while ((line = take_line(rest)) && *line) {
        char *colon = strstr(line, ": ");
        if (!colon || response->header_count == HEADERS_MAX)
            continue;
        *colon = '\0';
        headers[response->header_count++] = (struct http_header){line, colon + 2};
    }
}

static bool is_one_line(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

static void follow(const char *method, const struct arm_parsed *parsed)
{
    struct arm_poll poll = {0};
    char *stranger = NULL;
    enum operation_phase phase =
        operation_begun(method, BASE "/subscriptions/s/x", BASE, parsed, &poll, &stranger);
    if (phase == OPERATION_RUNS) {
        fuzz_require(poll.url && poll.kind, "what goes on can be asked for");
        fuzz_require(url_is_below(poll.url, BASE), "it is asked below the resource manager");
        fuzz_require(!poll.final_url || url_is_below(poll.final_url, BASE),
                     "its result is read below the resource manager");
    }
    fuzz_require(phase != OPERATION_STRANGER || poll.url, "a stranger was named");
    operation_read("Azure-AsyncOperation", method, parsed);
    operation_read("Location", method, parsed);
    operation_read("resource", method, parsed);
    free(stranger);
    arm_poll_clear(&poll);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    char *rest = text, *first = take_line(&rest), *space = strchr(first, ' ');
    struct http_header headers[HEADERS_MAX];
    struct http_response response = {.headers = headers, .body = ""};
    response.status = space ? atoi(space + 1) : 0;
    if (space)
        *space = '\0';
    read_headers(&rest, &response, headers);
    if (rest) {
        response.body = rest;
        response.body_length = (size_t)(text + size - rest);
    }
    struct arm_parsed parsed;
    if (arm_answer_parse(&response, INT64_C(1700000000000), &parsed) == 0) {
        fuzz_require(is_one_line(parsed.code) && is_one_line(parsed.message), "texts are one line");
        fuzz_require(strlen(parsed.code) <= 120 && strlen(parsed.message) <= 4200,
                     "texts are short");
        fuzz_require(parsed.retry_after_ms >= -1 && parsed.retry_after_ms <= 3600 * 1000,
                     "waits are bounded");
        char *shown = parsed.location ? url_for_trace(parsed.location) : NULL;
        free(shown);
        follow(first, &parsed);
        arm_answer_clear(&parsed);
    }
    free(text);
    return 0;
}

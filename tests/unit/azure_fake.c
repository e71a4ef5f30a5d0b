/* SPDX-License-Identifier: Apache-2.0 */
/* A world for the client's tests. */
#include "azure_fake.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct fake_exchange {
    struct fake_exchange *next;
    int64_t due_ms;
    http_done *done;
    void *context;
    struct fake_rule rule;
    char *headers; /* owned; the rule's may be gone */
    char *body;
    int sink_fd;
};

static struct fake *of_clock(struct clock *clock)
{
    return (struct fake *)((char *)clock - offsetof(struct fake, clock));
}

static int64_t fake_monotonic(struct clock *clock)
{
    return of_clock(clock)->now_ms;
}

static int64_t fake_wall(struct clock *clock)
{
    return INT64_C(1700000000000) + of_clock(clock)->now_ms;
}

static uint64_t fake_random(struct clock *clock)
{
    uint64_t *seed = &of_clock(clock)->seed;
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static char *copy(const char *text)
{
    return strdup(text ? text : "");
}

static void record(struct fake *fake, const struct http_request *request)
{
    struct text headers = {0};
    for (size_t i = 0; i < request->header_count; i++)
        text_printf(&headers, "%s: %s\n", request->headers[i].name, request->headers[i].value);
    if ((fake->request_count & (fake->request_count - 1)) == 0)
        fake->requests =
            realloc(fake->requests, (2 * fake->request_count + 1) * sizeof *fake->requests);
    fake->requests[fake->request_count++] =
        (struct fake_request){copy(request->method), copy(request->url), copy(request->body),
                              text_take(&headers), fake->now_ms};
}

static struct fake_rule choose(struct fake *fake, const struct http_request *request)
{
    struct fake_rule answer = {.status = 599, .body = "no rule fits"};
    if (fake->answer && fake->answer(fake, request, &answer))
        return answer;
    for (size_t i = 0; i < fake->rule_count; i++) {
        struct fake_rule *rule = &fake->rules[i];
        if (rule->times < 0 || (rule->method && strcmp(rule->method, request->method) != 0) ||
            (rule->url && !strstr(request->url, rule->url)))
            continue;
        if (rule->times > 0 && --rule->times == 0)
            rule->times = -1;
        return *rule;
    }
    return answer;
}

static int fake_submit(struct transport *transport, const struct http_request *request,
                       http_done *done, void *context)
{
    struct fake *fake = (struct fake *)transport;
    struct fake_exchange *exchange = calloc(1, sizeof *exchange);
    record(fake, request);
    exchange->rule = choose(fake, request);
    exchange->headers = copy(exchange->rule.headers);
    exchange->body = copy(exchange->rule.body);
    exchange->done = done;
    exchange->context = context;
    exchange->sink_fd = request->sink_fd;
    exchange->due_ms = fake->now_ms + (exchange->rule.delay_ms ? exchange->rule.delay_ms : 10);
    struct fake_exchange **link = &fake->pending;
    while (*link && (*link)->due_ms <= exchange->due_ms)
        link = &(*link)->next;
    exchange->next = *link;
    *link = exchange;
    return 0;
}

static void exchange_free(struct fake_exchange *exchange)
{
    free(exchange->headers);
    free(exchange->body);
    free(exchange);
}

static size_t split_headers(char *lines, struct http_header *headers, size_t most)
{
    size_t count = 0;
    char *rest = NULL;
    for (char *line = strtok_r(lines, "\n", &rest); line && count < most;
         line = strtok_r(NULL, "\n", &rest)) {
        char *colon = strstr(line, ": ");
        if (!colon)
            continue;
        *colon = '\0';
        headers[count++] = (struct http_header){line, colon + 2};
    }
    return count;
}

static void deliver(struct fake_exchange *exchange)
{
    struct http_header headers[16];
    const struct fake_rule *rule = &exchange->rule;
    struct http_response response = {.failure = rule->failure,
                                     .reason = rule->failure ? "the wire was cut" : NULL,
                                     .status = rule->status,
                                     .headers = headers,
                                     .body = exchange->body,
                                     .body_length = strlen(exchange->body),
                                     .lasting = rule->lasting};
    response.header_count = split_headers(exchange->headers, headers, 16);
    if (exchange->sink_fd >= 0 && rule->status / 100 == 2) {
        if (write(exchange->sink_fd, exchange->body, response.body_length) < 0)
            response.failure = TRANSPORT_LOCAL;
        response.body = "";
        response.body_length = 0;
    }
    exchange->done(exchange->context, &response);
    exchange_free(exchange);
}

static void fake_wait(struct transport *transport, int64_t timeout_ms)
{
    struct fake *fake = (struct fake *)transport;
    struct fake_exchange *first = fake->pending;
    if (!first || first->due_ms > fake->now_ms + timeout_ms) {
        fake->now_ms += timeout_ms;
        return;
    }
    if (first->due_ms > fake->now_ms)
        fake->now_ms = first->due_ms;
    fake->pending = first->next;
    deliver(first);
}

static void fake_cancel(struct transport *transport, void *context)
{
    struct fake_exchange **link = &((struct fake *)transport)->pending;
    while (*link) {
        struct fake_exchange *exchange = *link;
        if (exchange->context != context) {
            link = &exchange->next;
            continue;
        }
        *link = exchange->next;
        exchange_free(exchange);
    }
}

static void fake_transport_free(struct transport *transport)
{
}

struct fake *fake_new_with(const struct arm_settings *given,
                           const struct arm_credential *credentials, size_t count)
{
    static const struct transport_ops ops = {fake_submit, fake_wait, fake_transport_free,
                                             fake_cancel};
    static const struct clock_ops clock_ops = {fake_monotonic, fake_wall, fake_random};
    struct fake *fake = calloc(1, sizeof *fake);
    struct arm_settings settings = given ? *given : (struct arm_settings){0};
    if (!settings.authority)
        settings.authority = "https://login.example";
    if (!settings.resource_manager)
        settings.resource_manager = "https://management.azure.com";
    fake->transport.ops = &ops;
    fake->clock.ops = &clock_ops;
    fake->seed = 0x9e3779b97f4a7c15u;
    fake->loop = loop_new(&fake->clock, &fake->transport);
    struct error err = ERROR_INIT;
    fake->arm = arm_new(fake->loop, &settings, credentials, count, &err);
    if (!fake->arm)
        fprintf(stderr, "arm_new: %s\n", error_text(&err));
    error_clear(&err);
    return fake;
}

struct fake *fake_new(const struct arm_settings *settings)
{
    static const struct arm_credential credentials[] = {
        {.name = "main", .kind = ARM_FIXED_TOKEN, .source = "flexhost.ini:12"},
        {.name = "other", .kind = ARM_FIXED_TOKEN, .source = "flexhost.ini:20"}};
    return fake_new_with(settings, credentials, 2);
}

void fake_free(struct fake *fake)
{
    arm_free(fake->arm);
    loop_free(fake->loop);
    while (fake->pending)
        fake_cancel(&fake->transport, fake->pending->context);
    for (size_t i = 0; i < fake->request_count; i++) {
        free(fake->requests[i].method);
        free(fake->requests[i].url);
        free(fake->requests[i].body);
        free(fake->requests[i].headers);
    }
    free(fake->requests);
    free(fake->rules);
    free(fake);
}

void fake_add(struct fake *fake, struct fake_rule rule)
{
    fake->rules = realloc(fake->rules, (fake->rule_count + 1) * sizeof rule);
    fake->rules[fake->rule_count++] = rule;
}

void fake_run(struct fake *fake, const bool *done, int64_t limit_ms)
{
    int64_t end = fake->now_ms + limit_ms;
    while (!*done && fake->now_ms < end)
        loop_turn(fake->loop, 1000);
}

const char *fake_header(const struct fake_request *request, const char *name, char *value,
                        size_t size)
{
    size_t length = strlen(name);
    for (const char *line = request->headers; *line; line = strchr(line, '\n') + 1)
        if (strncasecmp(line, name, length) == 0 && strncmp(line + length, ": ", 2) == 0) {
            snprintf(value, size, "%.*s", (int)strcspn(line + length + 2, "\n"), line + length + 2);
            return value;
        }
    return NULL;
}

size_t fake_count(const struct fake *fake, const char *method, const char *url_part)
{
    size_t count = 0;
    for (size_t i = 0; i < fake->request_count; i++)
        count += (!method || strcmp(fake->requests[i].method, method) == 0) &&
                 (!url_part || strstr(fake->requests[i].url, url_part));
    return count;
}

void fake_done(void *context, const struct arm_answer *answer)
{
    struct fake_result *result = context;
    result->done = true;
    result->calls++;
    result->outcome = answer->outcome;
    result->status = answer->status;
    result->error_code = answer->error_code;
    result->attempts = answer->attempts;
    snprintf(result->code, sizeof result->code, "%s", answer->code);
    snprintf(result->message, sizeof result->message, "%s", answer->message);
    result->body = json_incref(answer->body);
    result->poll_url = answer->poll.url ? strdup(answer->poll.url) : NULL;
    result->poll_kind = answer->poll.kind ? strdup(answer->poll.kind) : NULL;
    result->poll_final = answer->poll.final_url ? strdup(answer->poll.final_url) : NULL;
    result->poll_after_ms = answer->poll.after_ms;
    result->at_ms = result->fake ? result->fake->now_ms : 0;
}

void fake_result_clear(struct fake_result *result)
{
    json_decref(result->body);
    free(result->poll_url);
    free(result->poll_kind);
    free(result->poll_final);
    memset(result, 0, sizeof *result);
}

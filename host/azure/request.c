/* SPDX-License-Identifier: Apache-2.0 */
/* One request on its way: tokens, its turn, the exchange. */
#include "azure/arm_internal.h"
#include "azure/trace.h"
#include "base/text.h"

#include <openssl/crypto.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void begin(struct job *job);

bool job_is_read(const struct job *job)
{
    return strcmp(job->method, "GET") == 0 || strcmp(job->method, "HEAD") == 0;
}

bool job_may_repeat(const struct job *job)
{
    return job->repeatable || job_is_read(job);
}

static enum pace_class class_of(const struct job *job)
{
    if (job_is_read(job))
        return PACE_READ;
    return strcmp(job->method, "DELETE") == 0 ? PACE_DELETE : PACE_WRITE;
}

void job_stop(struct job *job)
{
    struct transport *transport = loop_transport(job->arm->loop);
    if (job->exchange && transport->ops->cancel) {
        transport->ops->cancel(transport, job->exchange);
        free(job->exchange);
    } else if (job->exchange) {
        job->exchange->job = NULL;
    }
    job->exchange = NULL;
    if (job->timer)
        loop_cancel(job->arm->loop, job->timer);
    job->timer = 0;
    token_leave(&job->waiter);
    pace_leave(&job->ticket);
    job->paced = false;
}

static void timer_fired(void *context)
{
    struct job *job = context;
    job->timer = 0;
    if (job->refusal_code)
        job_finish_with(job, ARM_UNAVAILABLE, 0, job->refusal_code, "%s",
                        job->refusal ? job->refusal : "out of memory");
    else
        begin(job);
}

int job_schedule(struct job *job, int64_t delay_ms)
{
    job->timer = loop_after(job->arm->loop, delay_ms, timer_fired, job);
    return job->timer ? 0 : -1;
}

void job_send_later(struct job *job, int64_t delay_ms)
{
    if (job_schedule(job, delay_ms) != 0)
        job_fail(job, ARM_UNAVAILABLE, 0, ERROR_FAILED, "out of memory");
}

/* ---- tokens and turn ---- */

static void token_ready(struct token_waiter *waiter, const struct error *err)
{
    struct job *job = (struct job *)((char *)waiter - offsetof(struct job, waiter));
    if (err)
        job_fail(job, ARM_UNAVAILABLE, 0, err->code, error_text(err));
    else
        begin(job);
}

static void turn_granted(struct pace_ticket *ticket)
{
    struct job *job = (struct job *)((char *)ticket - offsetof(struct job, ticket));
    job->paced = true;
    begin(job);
}

/* Whether all tokens are there; otherwise the job waits for one, or has failed. */
static bool has_tokens(struct job *job)
{
    for (size_t i = 0; i < job->source_count; i++) {
        if (token_get(job->sources[i]))
            continue;
        job->waiter.ready = token_ready;
        if (token_wait(job->sources[i], &job->waiter) != 0)
            job_fail(job, ARM_UNAVAILABLE, 0, ERROR_FAILED, "out of memory");
        return false;
    }
    return true;
}

/* Whose budget it is: a subscription's, or that of a vault. */
static const char *budget_of(const struct job *job, size_t *length)
{
    static const char marker[] = "/subscriptions/", keys[] = "/keys/";
    const char *start = strcasestr(job->url, job->vault ? keys : marker);
    if (job->vault) {
        *length = start ? (size_t)(start - job->url) : strlen(job->url);
        return job->url;
    }
    if (!start) {
        *length = 0;
        return "";
    }
    start += sizeof marker - 1;
    *length = strcspn(start, "/?");
    return start;
}

static bool has_turn(struct job *job)
{
    if (job->paced || job->source_count == 0)
        return true;
    size_t length;
    const char *budget = budget_of(job, &length);
    job->ticket.granted = turn_granted;
    int entered = pace_enter(job->arm->pace, &job->ticket, job->source_index, budget, length,
                             class_of(job), job->urgent);
    job->paced = entered == 1;
    if (entered < 0)
        job_fail(job, ARM_UNAVAILABLE, 0, ERROR_FAILED, "out of memory");
    return entered == 1;
}

/* ---- the exchange ---- */

enum { HEADERS_MAX = 16 };

static void exchange_done(void *context, const struct http_response *response);

static void wipe_free(char *text)
{
    if (text)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
}

static char *bearer(const struct job *job, size_t from, size_t to)
{
    struct text value = {.secret = true};
    for (size_t i = from; i < to; i++)
        text_printf(&value, "%sBearer %s", i > from ? ", " : "", token_held(job->sources[i]));
    return text_take(&value);
}

static void trace_request(const struct job *job)
{
    struct http_request shown = {.method = job->method,
                                 .url = job_shown_url(job),
                                 .body = job->body,
                                 .body_length = job->body_length};
    trace_request_line(job->arm->settings.trace, job->arm->settings.trace_context, &shown);
}

static int submit(struct job *job, const char *authorization, const char *auxiliary)
{
    struct http_header headers[HEADERS_MAX];
    size_t count = 0;
    char id[UUID_TEXT];
    uuid_v7(loop_clock(job->arm->loop), id);
    headers[count++] = (struct http_header){"User-Agent", job->arm->user_agent};
    if (job->source_count) {
        headers[count++] = (struct http_header){"Accept", "application/json"};
        headers[count++] = (struct http_header){"x-ms-client-request-id", id};
        headers[count++] = (struct http_header){"Authorization", authorization};
    }
    if (job->source_count > 1)
        headers[count++] = (struct http_header){"x-ms-authorization-auxiliary", auxiliary};
    if (job->correlation && job->source_count)
        headers[count++] = (struct http_header){"x-ms-correlation-request-id", job->correlation};
    if (job->if_match)
        headers[count++] = (struct http_header){"If-Match", job->if_match};
    if (job->body)
        headers[count++] = (struct http_header){"Content-Type", "application/json"};
    for (size_t i = 0; i < job->extra_count && count < HEADERS_MAX; i++)
        headers[count++] = job->extra[i];
    struct http_request request = {.method = job->method,
                                   .url = job->url,
                                   .headers = headers,
                                   .header_count = count,
                                   .body = job->body,
                                   .body_length = job->body_length,
                                   .timeout_ms = job->timeout_ms,
                                   .response_limit = job->response_limit,
                                   .headers_only = job->headers_only,
                                   .sink_fd = job->sink_fd};
    struct transport *transport = loop_transport(job->arm->loop);
    trace_request(job);
    job->left_ms = clock_now(loop_clock(job->arm->loop));
    return transport->ops->submit(transport, &request, exchange_done, job->exchange);
}

static void count(struct job *job)
{
    struct arm_counts *counts = &job->arm->counts;
    job->attempts++;
    if (job->source_count == 0)
        return; /* not Azure Resource Manager's budget */
    if (job_is_read(job))
        counts->reads++;
    else if (strcmp(job->method, "DELETE") == 0)
        counts->deletes++;
    else if (strcmp(job->method, "POST") == 0)
        counts->posts++;
    else
        counts->writes++;
}

static void leave(struct job *job)
{
    char *authorization = bearer(job, 0, job->source_count ? 1 : 0);
    char *auxiliary = bearer(job, 1, job->source_count);
    int result = -1;
    job->exchange = calloc(1, sizeof *job->exchange);
    if (job->exchange && authorization && auxiliary) {
        job->exchange->job = job;
        for (size_t i = 0; i < job->source_count; i++)
            job->generations[i] = token_generation(job->sources[i]);
        result = submit(job, authorization, auxiliary);
    }
    wipe_free(authorization);
    wipe_free(auxiliary);
    if (result == 0) {
        count(job);
        return;
    }
    free(job->exchange);
    job->exchange = NULL;
    job_fail(job, ARM_UNAVAILABLE, 0, ERROR_FAILED, "out of memory");
}

/* Goes as far as it can: to the next thing that must be waited for. The tokens come first, so that
 * a wrong credential is told at once; after the turn they are looked at again, for it may have
 * taken long. */
static void begin(struct job *job)
{
    if (has_tokens(job) && has_turn(job) && has_tokens(job))
        leave(job);
}

/* ---- the answer ---- */

static void trace_answer(const struct job *job, const struct http_response *response,
                         const char *code)
{
    struct trace_answer line = {.status = response->status,
                                .reason = response->reason,
                                .milliseconds =
                                    clock_now(loop_clock(job->arm->loop)) - job->left_ms,
                                .what = job->method,
                                .detail = job_shown_url(job),
                                .code = code};
    trace_answer_line(job->arm->settings.trace, job->arm->settings.trace_context, &line);
}

static void exchange_done(void *context, const struct http_response *response)
{
    struct exchange *exchange = context;
    struct job *job = exchange->job;
    free(exchange);
    if (!job)
        return;
    job->exchange = NULL;
    job->paced = false;
    struct arm_parsed parsed;
    int64_t wall = clock_wall(loop_clock(job->arm->loop));
    if (response->failure != TRANSPORT_OK) {
        trace_answer(job, response, NULL);
        pace_answered(&job->ticket, -1);
        job_no_answer(job, response);
    } else if (arm_answer_parse(response, wall, &parsed) != 0) {
        pace_answered(&job->ticket, -1);
        job_unread(job, response->status);
    } else {
        trace_answer(job, response, parsed.code);
        pace_answered(&job->ticket, parsed.remaining);
        job->response = response;
        job_judge(job, &parsed);
        arm_answer_clear(&parsed);
    }
}

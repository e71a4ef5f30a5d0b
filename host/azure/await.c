/* SPDX-License-Identifier: Apache-2.0 */
/* arm_await: asks until Azure has ended, then reads what came of it. */
#include "azure/arm_internal.h"
#include "azure/operation.h"
#include "azure/url.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    FIRST_POLL_MS = 5000, /* when neither Azure nor the settings say; twice as long each time */
    DEFAULT_POLL_MS = 60000,
    SOONEST_POLL_MS = 50, /* a Retry-After of 0 must not become a busy loop */
    POLL_PATIENCE = 30,   /* failed readings in a row: about half an hour */
    DENIED_PATIENCE = 3,  /* of them 401 and 403: roles take a while to reach everywhere */
    ABSENT_PATIENCE = 6,  /* 404: what was just accepted may not be there yet */
    REPLICA_PATIENCE = 4  /* reads of the result after success */
};

struct await {
    struct job job; /* first */
    char *kind;
    char *final_url;
    char *resource_url; /* what the call was about, with POST an action on it */
    char *begun_with;   /* the call's method */
    bool reads_result;  /* the operation has succeeded; its result is being read */
    int polls;
    int lost; /* readings in a row that told nothing */
};

static struct await *from(struct job *job)
{
    return (struct await *)job;
}

static void await_clear(struct job *job)
{
    struct await *await = from(job);
    free(await->kind);
    free(await->final_url);
    free(await->resource_url);
    free(await->begun_with);
}

static int64_t pause_ms(const struct await *await, int64_t asked_ms)
{
    const struct arm_settings *settings = &await->job.arm->settings;
    int64_t pause = asked_ms;
    if (pause < 0 && settings->poll_default_ms > 0)
        pause = settings->poll_default_ms;
    else if (pause < 0)
        pause = await->polls < 4 ? (int64_t)FIRST_POLL_MS << await->polls : DEFAULT_POLL_MS;
    if (pause < settings->poll_floor_ms)
        pause = settings->poll_floor_ms;
    if (pause < SOONEST_POLL_MS)
        pause = SOONEST_POLL_MS;
    return job_jitter(&await->job, pause);
}

static void poll_again(struct await *await, int64_t asked_ms)
{
    int64_t pause = pause_ms(await, asked_ms);
    await->polls++;
    job_send_later(&await->job, pause);
}

static void out_of_memory(struct await *await)
{
    job_finish_with(&await->job, ARM_UNAVAILABLE, 0, ERROR_FAILED, "out of memory");
}

/* The status URL is gone (Azure forgets it after some time), the resource still tells. */
static void ask_resource(struct await *await)
{
    char *kind = strdup("resource");
    if (!kind || job_become_get(&await->job, await->resource_url) != 0) {
        free(kind);
        out_of_memory(await);
        return;
    }
    free(await->kind);
    await->kind = kind;
    await->lost = 0;
    job_send_later(&await->job, 0);
}

static void reading_lost(struct await *await, const struct arm_parsed *parsed)
{
    struct job *job = &await->job;
    int status = parsed->status;
    bool absent = status == 404 || status == 410;
    bool denied = status == 401 || status == 403;
    bool reads_resource = strcmp(await->kind, "resource") == 0;
    /* What is to be deleted stands there whole: its deletion has failed, or never began. */
    bool stands = status == 200 && reads_resource && strcmp(await->begun_with, "DELETE") == 0;
    int patience = absent || stands ? ABSENT_PATIENCE : denied ? DENIED_PATIENCE : POLL_PATIENCE;
    if (++await->lost <= patience) {
        job->arm->counts.retried++;
        poll_again(await, parsed->retry_after_ms);
        return;
    }
    bool has_resource = await->resource_url && strcmp(await->begun_with, "POST") != 0;
    if (absent && has_resource && !reads_resource) {
        ask_resource(await);
        return;
    }
    char *url = url_for_trace(job->url);
    if (stands || (absent && reads_resource))
        job_finish_parsed(job, ARM_REFUSED, parsed);
    else
        job_finish_with(job, ARM_UNAVAILABLE, status, denied ? ERROR_CREDENTIALS : ERROR_RETRY,
                        "the operation goes on, but its status cannot be read at %s: Azure "
                        "answered %d %s %s",
                        url ? url : "", status, parsed->code, parsed->message);
    free(url);
}

static void succeeded(struct await *await, const struct arm_parsed *parsed)
{
    struct job *job = &await->job;
    if (!await->final_url || strcmp(await->kind, "resource") == 0) {
        job_finish_parsed(job, ARM_DONE, parsed);
        return;
    }
    if (job_become_get(job, await->final_url) != 0) {
        out_of_memory(await);
        return;
    }
    await->reads_result = true;
    await->lost = 0;
    job->patience = POLL_PATIENCE;
    job_send_later(job, 0);
}

/* The answer bears the status of the reading (200), not one of the operation's own. */
static void operation_failed(struct await *await, const struct arm_parsed *parsed)
{
    const char *state = parsed->operation_state ? parsed->operation_state : parsed->resource_state;
    struct arm_answer answer = {.outcome = ARM_REFUSED,
                                .status = parsed->status,
                                .body = parsed->body,
                                .code = parsed->code,
                                .message = parsed->message,
                                .error_code = ERROR_AZURE};
    char *message = NULL;
    if (!*parsed->code && state && strcasecmp(state, "Canceled") == 0)
        answer.code = "Canceled";
    if (!*parsed->message && state)
        message = text_format("the operation ended %s, and Azure does not say why", state);
    if (message)
        answer.message = message;
    job_finish(&await->job, &answer);
    free(message);
}

static void result_read(struct await *await, const struct arm_parsed *parsed)
{
    int status = parsed->status;
    if (status >= 200 && status < 300 && status != 202) {
        job_finish_parsed(&await->job, ARM_DONE, parsed);
    } else if (++await->lost <= REPLICA_PATIENCE) {
        poll_again(await, parsed->retry_after_ms);
    } else {
        char *url = url_for_trace(await->job.url);
        job_finish_with(&await->job, ARM_UNAVAILABLE, status, ERROR_RETRY,
                        "the operation has succeeded, but %s cannot be read: Azure answered %d %s "
                        "%s",
                        url ? url : "its result", status, parsed->code, parsed->message);
        free(url);
    }
}

static void await_answered(struct job *job, struct arm_parsed *parsed)
{
    struct await *await = from(job);
    job->failures = job->throttles = 0;
    job->renewed = false;
    job->urgent = false;
    if (await->reads_result) {
        result_read(await, parsed);
        return;
    }
    enum operation_reading reading = operation_read(await->kind, await->begun_with, parsed);
    if (reading != READING_LOST)
        await->lost = 0;
    switch (reading) {
    case READING_RUNS:
        poll_again(await, parsed->retry_after_ms);
        break;
    case READING_SUCCEEDED:
        succeeded(await, parsed);
        break;
    case READING_FAILED:
        operation_failed(await, parsed);
        break;
    case READING_LOST:
        reading_lost(await, parsed);
        break;
    }
}

static void await_failed(struct job *job, const struct arm_answer *answer)
{
    job_finish(job, answer);
}

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

static bool is_ours(const struct job *job, const char *url)
{
    return url_is_below(url, job->base);
}

/* A poll of kind "resource" may leave its URL to the call. */
static int take_poll(struct await *await, const struct arm_call *call, const struct arm_poll *poll)
{
    struct job *job = &await->job;
    const char *base = job->base;
    const char *method = call->method ? call->method : "PUT";
    char *resource = call->path ? url_join(base, call->path, call->api_version) : NULL;
    bool is_resource = !poll->kind || strcmp(poll->kind, "resource") == 0;
    const char *url = poll->url ? poll->url : is_resource ? resource : NULL;
    await->resource_url = resource;
    if (!url || !is_ours(job, url) || (poll->final_url && !is_ours(job, poll->final_url)) ||
        (resource && !is_ours(job, resource))) {
        job_refuse(job, ERROR_AZURE,
                   "the status URL of the operation is not below %s: no token is sent there", base);
        return -1;
    }
    await->kind = strdup(poll->kind ? poll->kind : "resource");
    await->final_url = copy(poll->final_url);
    await->begun_with = strdup(method);
    job->method = strdup("GET");
    job->url = strdup(url);
    job->timeout_ms = job->arm->settings.request_timeout_ms;
    job->patience = POLL_PATIENCE;
    job->wants_json = true;
    if (await->kind && await->begun_with && job->method && job->url &&
        (await->final_url || !poll->final_url))
        return 0;
    job_refuse(job, ERROR_FAILED, "out of memory");
    return -1;
}

uint64_t arm_await(struct arm *arm, const struct arm_call *call, const struct arm_poll *poll,
                   arm_done *done, void *context)
{
    static const struct job_ops ops = {await_answered, await_failed, await_clear, NULL};
    struct job *job = job_new(arm, sizeof(struct await), &ops, done, context);
    if (!job)
        return 0;
    if (job_take_call(job, call) != 0 || take_poll(from(job), call, poll) != 0)
        return job_start(job);
    uint64_t id = job->id;
    struct await *await = from(job);
    int64_t pause = pause_ms(await, poll->after_ms);
    await->polls = 1;
    if (job_schedule(job, pause) == 0)
        return id;
    job_free(job);
    return 0;
}

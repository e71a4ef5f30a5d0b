/* SPDX-License-Identifier: Apache-2.0 */
/* Calls on their way: how they begin, are found, are forgotten and end. */
#include "azure/arm_internal.h"
#include "azure/url.h"
#include "base/json_text.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PATIENCE = 5 };

struct job *job_new(struct arm *arm, size_t size, const struct job_ops *ops, arm_done *done,
                    void *context)
{
    struct job *job = calloc(1, size);
    if (!job)
        return NULL;
    job->arm = arm;
    job->ops = ops;
    job->id = ++arm->last_id;
    job->done = done;
    job->context = context;
    job->sink_fd = -1;
    job->patience = PATIENCE;
    job->next = arm->jobs;
    if (arm->jobs)
        arm->jobs->previous = job;
    arm->jobs = job;
    return job;
}

static void unlink_job(struct job *job)
{
    if (job->previous)
        job->previous->next = job->next;
    else
        job->arm->jobs = job->next;
    if (job->next)
        job->next->previous = job->previous;
}

static void free_parts(struct job *job)
{
    if (job->ops->clear)
        job->ops->clear(job);
    if (job->body)
        OPENSSL_cleanse(job->body, job->body_length);
    free(job->body);
    free(job->method);
    if (job->url)
        OPENSSL_cleanse(job->url, strlen(job->url)); /* it may be signed */
    free(job->url);
    free(job->correlation);
    free(job->if_match);
    free(job->refusal);
    free(job);
}

void job_free(struct job *job)
{
    job_stop(job);
    unlink_job(job);
    free_parts(job);
}

int job_become_get(struct job *job, const char *url)
{
    char *method = strdup("GET"), *copy = strdup(url);
    if (!method || !copy) {
        free(method);
        free(copy);
        return -1;
    }
    free(job->method);
    free(job->url);
    free(job->body);
    free(job->if_match);
    job->if_match = NULL;
    job->method = method;
    job->url = copy;
    job->body = NULL;
    job->body_length = 0;
    return 0;
}

struct job *job_find(struct arm *arm, uint64_t id)
{
    for (struct job *job = arm->jobs; job; job = job->next)
        if (job->id == id)
            return job;
    return NULL;
}

static int find_source(const struct arm *arm, const char *name, size_t *index)
{
    for (size_t i = 0; i < arm->source_count; i++)
        if (strcmp(token_source_name(arm->sources[i]), name) == 0) {
            *index = i;
            return 0;
        }
    return -1;
}

/* Returns the name that is not known, NULL if all are. */
static const char *take_sources(struct job *job, const struct arm_call *call)
{
    if (!call->credential)
        return "(none)";
    if (find_source(job->arm, call->credential, &job->source_index) != 0)
        return call->credential;
    job->vault = call->vault;
    job->base = call->vault ? job->arm->vault_base : job->arm->settings.resource_manager;
    job->sources[0] = call->vault ? job->arm->vault_sources[job->source_index]
                                  : job->arm->sources[job->source_index];
    job->source_count = 1;
    for (size_t i = 0; i < call->auxiliary_count && i < AUXILIARY_MAX; i++) {
        size_t index;
        if (find_source(job->arm, call->auxiliary[i], &index) != 0)
            return call->auxiliary[i];
        job->sources[job->source_count++] = job->arm->sources[index];
    }
    return NULL;
}

int job_take_call(struct job *job, const struct arm_call *call)
{
    const char *unknown = take_sources(job, call);
    if (unknown) {
        job_refuse(job, ERROR_CREDENTIALS,
                   "there is no credential %s: declare a section [credential \"%s\"]", unknown,
                   unknown);
        return -1;
    }
    if (call->auxiliary_count > AUXILIARY_MAX) {
        job_refuse(job, ERROR_USAGE,
                   "Azure takes the tokens of %d auxiliary credentials at most, not of %zu",
                   AUXILIARY_MAX, call->auxiliary_count);
        return -1;
    }
    if (call->correlation)
        job->correlation = strdup(call->correlation);
    if (call->if_match)
        job->if_match = strdup(call->if_match);
    if ((call->correlation && !job->correlation) || (call->if_match && !job->if_match)) {
        job_refuse(job, ERROR_FAILED, "out of memory");
        return -1;
    }
    return 0;
}

int job_take_request(struct job *job, const struct arm_call *call)
{
    const char *base = job->base;
    bool is_path = call->path[0] == '/' && !call->vault;
    if (!is_path && !url_is_below(call->path, base)) {
        job_refuse(job, ERROR_USAGE, "%s is %s a URL below %s: no token is sent there", call->path,
                   call->vault ? "not" : "neither a path nor", base);
        return -1;
    }
    job->method = strdup(call->method);
    job->url = url_join(base, call->path, call->api_version);
    job->timeout_ms = job->arm->settings.request_timeout_ms;
    if (call->body) {
        struct text body = {.secret = true};
        json_text_add(&body, call->body, false);
        job->body_length = body.length;
        job->body = text_take(&body);
    }
    if (job->method && job->url && (job->body || !call->body))
        return 0;
    job_refuse(job, ERROR_FAILED, "out of memory");
    return -1;
}

static const char *outcome_text(enum arm_outcome outcome)
{
    static const char *const texts[] = {"done", "accepted", "refused", "lost", "unavailable"};
    return texts[outcome];
}

void job_finish(struct job *job, const struct arm_answer *given)
{
    struct arm_answer answer = *given;
    answer.attempts = job->attempts;
    answer.code = given->code ? given->code : "";
    answer.message =
        given->message && *given->message ? given->message : outcome_text(given->outcome);
    if (answer.outcome == ARM_LOST)
        job->arm->counts.lost++;
    job_stop(job);
    unlink_job(job);
    job->done(job->context, &answer);
    free_parts(job);
}

void job_finish_with(struct job *job, enum arm_outcome outcome, int status, int error_code,
                     const char *format, ...)
{
    char *message = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&message, format, args) < 0)
        message = NULL;
    va_end(args);
    struct arm_answer answer = {.outcome = outcome,
                                .status = status,
                                .error_code = error_code,
                                .message = message ? message : "out of memory"};
    job_finish(job, &answer);
    free(message);
}

/* Who was refused, in front of what Azure says; NULL: Azure's text will do. */
static char *explain(const struct job *job, const struct arm_parsed *parsed)
{
    if (!*parsed->message && (parsed->status < 200 || parsed->status >= 300))
        return text_format("Azure answered %d%s%s without saying why", parsed->status,
                           *parsed->code ? " " : "", parsed->code);
    if (job->source_count == 0 || (parsed->status != 401 && parsed->status != 403))
        return NULL;
    return text_format("credential \"%s\" (%s): %s%s", token_source_name(job->sources[0]),
                       token_source_origin(job->sources[0]), parsed->message,
                       parsed->status == 401 ? " (a new token was refused as well: [azure] "
                                               "authority and resource-manager must be of one "
                                               "cloud, and this machine's clock right)"
                                             : "");
}

void job_finish_parsed(struct job *job, enum arm_outcome outcome, const struct arm_parsed *parsed)
{
    struct arm_answer answer = {.outcome = outcome, .status = parsed->status, .body = parsed->body};
    char *explained = NULL;
    if (outcome != ARM_DONE) {
        answer.code = parsed->code;
        answer.message = parsed->message;
        bool denied = parsed->status == 401 || parsed->status == 403;
        answer.error_code = denied ? ERROR_CREDENTIALS : ERROR_AZURE;
        explained = explain(job, parsed);
    }
    if (explained)
        answer.message = explained;
    job_finish(job, &answer);
    free(explained);
}

void job_refuse(struct job *job, int error_code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (vasprintf(&job->refusal, format, args) < 0)
        job->refusal = NULL;
    va_end(args);
    job->refusal_code = error_code;
}

uint64_t job_start(struct job *job)
{
    if (job_schedule(job, 0) == 0)
        return job->id;
    job_free(job);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The client: its settings and credentials, and calls that send one request. */
#include "config.h"

#include "azure/arm_internal.h"
#include "azure/operation.h"
#include "azure/url.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEFAULT_TIMEOUT_MS = 60000 };

static char *copy_or(const char *text, const char *instead)
{
    return strdup(text ? text : instead);
}

/* An endpoint ends without a '/', however it was written. */
static char *copy_endpoint(const char *text, const char *instead)
{
    char *copy = copy_or(text, instead);
    for (size_t length = copy ? strlen(copy) : 0; length > 0 && copy[length - 1] == '/';)
        copy[--length] = '\0';
    return copy;
}

static int check_settings(const struct arm_settings *settings, struct error *err)
{
    if (!settings->authority || !settings->resource_manager)
        return error_set(err, ERROR_USAGE, "[azure]",
                         "[azure] authority and resource-manager must be given");
    if (url_check_endpoint(settings->authority, "[azure] authority", err) != 0 ||
        url_check_endpoint(settings->resource_manager, "[azure] resource-manager", err) != 0)
        return -1;
    return settings->metadata ? url_check_endpoint(settings->metadata, "[azure] metadata", err) : 0;
}

static int copy_settings(struct arm *arm, const struct arm_settings *given, struct error *err)
{
    struct arm_settings *settings = &arm->settings;
    *settings = *given;
    settings->authority = copy_endpoint(given->authority, "");
    settings->resource_manager = copy_endpoint(given->resource_manager, "");
    settings->audience = copy_or(given->audience, given->resource_manager);
    settings->metadata = copy_endpoint(given->metadata, "http://169.254.169.254");
    settings->vault_suffix = copy_or(given->vault_suffix, "vault.azure.net");
    if (!settings->request_timeout_ms)
        settings->request_timeout_ms = DEFAULT_TIMEOUT_MS;
    arm->user_agent = strdup(PACKAGE_NAME "/" PACKAGE_VERSION);
    if (!settings->authority || !settings->resource_manager || !settings->audience ||
        !settings->metadata || !settings->vault_suffix || !arm->user_agent)
        return error_no_memory(err);
    return 0;
}

static int make_token_settings(struct arm *arm, struct error *err)
{
    const struct arm_settings *settings = &arm->settings;
    arm->vault_audience = text_format("https://%s", settings->vault_suffix);
    arm->vault_base = url_is_loopback(settings->resource_manager)
                          ? strdup(settings->resource_manager)
                          : text_format("https://%s", settings->vault_suffix);
    if (!arm->vault_audience || !arm->vault_base)
        return error_no_memory(err);
    arm->token_settings = (struct token_settings){.loop = arm->loop,
                                                  .authority = settings->authority,
                                                  .audience = settings->audience,
                                                  .metadata = settings->metadata,
                                                  .user_agent = arm->user_agent,
                                                  .timeout_ms = settings->request_timeout_ms,
                                                  .trace = settings->trace,
                                                  .trace_context = settings->trace_context,
                                                  .requests = &arm->counts.tokens};
    arm->vault_token_settings = arm->token_settings;
    arm->vault_token_settings.audience = arm->vault_audience;
    return 0;
}

static int make_sources(struct arm *arm, const struct arm_credential *credentials, size_t count,
                        struct error *err)
{
    arm->sources = calloc(count ? count : 1, sizeof *arm->sources);
    arm->vault_sources = calloc(count ? count : 1, sizeof *arm->vault_sources);
    if (!arm->sources || !arm->vault_sources)
        return error_no_memory(err);
    for (; arm->source_count < count; arm->source_count++) {
        size_t i = arm->source_count;
        arm->sources[i] = token_source_new(&arm->token_settings, &credentials[i]);
        arm->vault_sources[i] = token_source_new(&arm->vault_token_settings, &credentials[i]);
        if (!arm->sources[i] || !arm->vault_sources[i]) {
            token_source_free(arm->sources[i]);
            token_source_free(arm->vault_sources[i]);
            return error_no_memory(err);
        }
    }
    return 0;
}

static int make_pace(struct arm *arm, struct error *err)
{
    const struct arm_settings *settings = &arm->settings;
    double write_burst = settings->write_burst > 0 ? settings->write_burst : 200;
    double write_rate = settings->write_rate > 0 ? settings->write_rate : 10;
    struct pace_rate rates[PACE_CLASSES] = {
        [PACE_READ] = {settings->read_burst > 0 ? settings->read_burst : 250,
                       settings->read_rate > 0 ? settings->read_rate : 25},
        [PACE_WRITE] = {write_burst, write_rate},
        [PACE_DELETE] = {write_burst, write_rate}};
    if (settings->no_pace)
        memset(rates, 0, sizeof rates);
    arm->pace = pace_new(arm->loop, rates);
    return arm->pace ? 0 : error_no_memory(err);
}

struct arm *arm_new(struct loop *loop, const struct arm_settings *settings,
                    const struct arm_credential *credentials, size_t credential_count,
                    struct error *err)
{
    if (check_settings(settings, err) != 0)
        return NULL;
    struct arm *arm = calloc(1, sizeof *arm);
    if (!arm) {
        error_no_memory(err);
        return NULL;
    }
    arm->loop = loop;
    if (copy_settings(arm, settings, err) == 0 && make_token_settings(arm, err) == 0 &&
        make_sources(arm, credentials, credential_count, err) == 0 && make_pace(arm, err) == 0)
        return arm;
    arm_free(arm);
    return NULL;
}

void arm_free(struct arm *arm)
{
    if (!arm)
        return;
    while (arm->jobs)
        job_free(arm->jobs);
    pace_free(arm->pace);
    for (size_t i = 0; i < arm->source_count; i++) {
        token_source_free(arm->sources[i]);
        token_source_free(arm->vault_sources[i]);
    }
    free(arm->sources);
    free(arm->vault_sources);
    free((char *)arm->settings.authority);
    free((char *)arm->settings.resource_manager);
    free((char *)arm->settings.audience);
    free((char *)arm->settings.metadata);
    free((char *)arm->settings.vault_suffix);
    free(arm->vault_base);
    free(arm->vault_audience);
    free(arm->user_agent);
    free(arm);
}

struct arm_counts arm_counts(const struct arm *arm)
{
    return arm->counts;
}

void arm_cancel(struct arm *arm, uint64_t id)
{
    struct job *job = job_find(arm, id);
    if (job && job->in_callback)
        job->cancelled = true;
    else if (job)
        job_free(job);
}

/* ---- arm_send ---- */

static void finish_accepted(struct job *job, const struct arm_parsed *parsed,
                            const struct arm_poll *poll)
{
    struct arm_answer answer = {
        .outcome = ARM_ACCEPTED, .status = parsed->status, .body = parsed->body, .poll = *poll};
    job_finish(job, &answer);
}

static void send_answered(struct job *job, struct arm_parsed *parsed)
{
    struct arm_poll poll = {0};
    char *stranger = NULL;
    switch (operation_begun(job->method, job->url, job->base, parsed, &poll, &stranger)) {
    case OPERATION_RUNS:
        finish_accepted(job, parsed, &poll);
        break;
    case OPERATION_ENDED:
        job_finish_parsed(job, ARM_DONE, parsed);
        break;
    case OPERATION_FAILED:
        job_finish_parsed(job, ARM_REFUSED, parsed);
        break;
    case OPERATION_STRANGER:
        job_finish_with(job, ARM_LOST, parsed->status, ERROR_AZURE,
                        "the answer names a status URL on %s, which is not below %s: no token is "
                        "sent there",
                        stranger ? stranger : "another host", job->base);
        break;
    case OPERATION_NO_MEMORY:
        job_finish_with(job, job_is_read(job) ? ARM_UNAVAILABLE : ARM_LOST, parsed->status,
                        ERROR_FAILED, "out of memory");
        break;
    }
    free(stranger);
    arm_poll_clear(&poll);
}

static void send_failed(struct job *job, const struct arm_answer *answer)
{
    job_finish(job, answer);
}

uint64_t arm_send(struct arm *arm, const struct arm_call *call, arm_done *done, void *context)
{
    static const struct job_ops ops = {send_answered, send_failed, NULL, NULL};
    struct job *job = job_new(arm, sizeof *job, &ops, done, context);
    if (!job)
        return 0;
    if (job_take_call(job, call) == 0 && job_take_request(job, call) == 0)
        job->wants_json = job_is_read(job);
    return job_start(job);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a request after its exchange: done, sent again and when, or lost. */
#include "azure/arm_internal.h"
#include "azure/url.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    FIRST_PAUSE_MS = 1000,
    LONGEST_PAUSE_MS = 60000,
    FIRST_THROTTLE_MS = 5000, /* a 429 that does not say how long */
    FIRST_PROMPT_MS = 100,    /* a Retry-After of 0: at once, but not in a circle */
    MOST_THROTTLES = 60,
    BUSY_PATIENCE = 12 /* for "another operation is in progress": some ten minutes */
};

void job_fail(struct job *job, enum arm_outcome outcome, int status, int error_code,
              const char *message)
{
    struct arm_answer answer = {
        .outcome = outcome, .status = status, .error_code = error_code, .message = message};
    job->ops->failed(job, &answer);
}

int64_t job_jitter(const struct job *job, int64_t ms)
{
    if (ms <= 0)
        return 0;
    uint64_t tenth = (uint64_t)ms / 10 + 1;
    return ms + (int64_t)(clock_random(loop_clock(job->arm->loop)) % tenth);
}

const char *job_shown_url(const struct job *job)
{
    const char *base = job->arm->settings.resource_manager;
    size_t length = strlen(base);
    bool below = strncmp(job->url, base, length) == 0 && job->url[length] == '/';
    return below ? job->url + length : job->url;
}

static int64_t doubled(int64_t first, int times)
{
    int64_t pause = first;
    while (times-- > 0 && pause < LONGEST_PAUSE_MS)
        pause *= 2;
    return pause < LONGEST_PAUSE_MS ? pause : LONGEST_PAUSE_MS;
}

static void give_up(struct job *job, int status, int error_code, const char *sentence)
{
    char *url = url_for_trace(job_shown_url(job));
    char *message = text_format("%s %s: %s (asked %d times)", job->method, url ? url : "", sentence,
                                job->attempts);
    free(url);
    job_fail(job, ARM_UNAVAILABLE, status, error_code, message ? message : sentence);
    free(message);
}

void job_retry(struct job *job, int status, int error_code, const char *sentence)
{
    if (++job->failures > job->patience) {
        give_up(job, status, error_code, sentence);
        return;
    }
    job->arm->counts.retried++;
    job_send_later(job, job_jitter(job, doubled(FIRST_PAUSE_MS, job->failures - 1)));
}

static void lose(struct job *job, int status, const char *sentence)
{
    char *url = url_for_trace(job_shown_url(job));
    char *message = text_format("%s %s may have been carried out or not: %s", job->method,
                                url ? url : "", sentence);
    free(url);
    job_fail(job, ARM_LOST, status, ERROR_RETRY, message ? message : sentence);
    free(message);
}

void job_unread(struct job *job, int status)
{
    if (job_may_repeat(job))
        job_retry(job, status, ERROR_FAILED, "out of memory");
    else
        lose(job, status, "out of memory");
}

void job_no_answer(struct job *job, const struct http_response *response)
{
    const char *reason = response->reason ? response->reason : "no answer";
    if (response->failure == TRANSPORT_NOT_SENT && response->lasting)
        job_fail(job, ARM_UNAVAILABLE, 0, ERROR_USAGE, reason);
    else if (job->ops->broke)
        job->ops->broke(job, response);
    else if (response->failure == TRANSPORT_NOT_SENT || job_may_repeat(job))
        job_retry(job, 0, response->failure == TRANSPORT_LOCAL ? ERROR_FAILED : ERROR_RETRY,
                  reason);
    else
        lose(job, response->status, reason);
}

static int64_t asked_pause(const struct arm_parsed *parsed, int times)
{
    int64_t wait = parsed->retry_after_ms;
    if (wait < 0)
        return doubled(FIRST_THROTTLE_MS, times - 1);
    return wait > 0 ? wait : doubled(FIRST_PROMPT_MS, times - 1);
}

/* The bucket stands still, not this call alone: whatever else is asked would be refused as well. */
static void throttled(struct job *job, const struct arm_parsed *parsed)
{
    job->arm->counts.throttled++;
    if (++job->throttles > MOST_THROTTLES) {
        give_up(job, parsed->status, ERROR_RETRY, "Azure's request limit is used up");
        return;
    }
    int64_t wait = job_jitter(job, asked_pause(parsed, job->throttles));
    pace_stop(&job->ticket, wait);
    job->urgent = true;
    job_send_later(job, job->source_count ? 0 : wait);
}

static void unavailable(struct job *job, const struct arm_parsed *parsed)
{
    job->arm->counts.retried++;
    if (++job->throttles > MOST_THROTTLES)
        give_up(job, parsed->status, ERROR_RETRY, "Azure is not available");
    else
        job_send_later(job, job_jitter(job, asked_pause(parsed, job->throttles)));
}

static void failed_there(struct job *job, const struct arm_parsed *parsed)
{
    char *sentence =
        text_format("Azure answered %d%s%s%s%s", parsed->status, *parsed->code ? " " : "",
                    parsed->code, *parsed->message ? ": " : "", parsed->message);
    const char *text = sentence ? sentence : "Azure failed";
    if (job_may_repeat(job))
        job_retry(job, parsed->status, ERROR_RETRY, text);
    else
        lose(job, parsed->status, text);
    free(sentence);
}

static void busy(struct job *job, struct arm_parsed *parsed)
{
    if (++job->refusals > BUSY_PATIENCE) {
        job->ops->answered(job, parsed);
        return;
    }
    job->arm->counts.retried++;
    job_send_later(job, job_jitter(job, asked_pause(parsed, job->refusals)));
}

static void renew_tokens(struct job *job)
{
    job->renewed = true;
    for (size_t i = 0; i < job->source_count; i++)
        token_reject(job->sources[i], job->generations[i]);
    job_send_later(job, 0);
}

void job_judge(struct job *job, struct arm_parsed *parsed)
{
    int status = parsed->status;
    if (status == 401 && job->source_count && !job->renewed)
        renew_tokens(job);
    else if (status == 429)
        throttled(job, parsed);
    else if (status == 503 && parsed->retry_after_ms >= 0)
        unavailable(job, parsed);
    else if (status >= 500 || status == 408)
        failed_there(job, parsed);
    else if (arm_answer_is_busy(parsed))
        busy(job, parsed);
    else if (status == 200 && job->wants_json && parsed->unreadable)
        job_retry(job, status, ERROR_AZURE, "the answer is not JSON, or breaks off");
    else
        job->ops->answered(job, parsed);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* arm_fetch: what a URL holds, streamed to a file, taken up where it broke off. */
#include "azure/arm_internal.h"
#include "azure/url.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
    FETCH_PATIENCE = 8,
    FETCH_TIMEOUT_MS = 3600 * 1000 /* of one exchange; the transport ends one that stands still */
};

struct fetch {
    struct job job; /* first */
    off_t start;    /* where the file's position was at the beginning */
    off_t known;    /* as far as the last exchange got */
    char *etag;     /* of what the first bytes were taken from */
    char range[48];
    struct http_header headers[2];
};

static struct fetch *from(struct job *job)
{
    return (struct fetch *)job;
}

static void fetch_clear(struct job *job)
{
    free(from(job)->etag);
}

/* From the beginning: what is there is not what will come. */
static int rewind_file(struct fetch *fetch)
{
    fetch->job.extra_count = 0;
    fetch->known = fetch->start;
    free(fetch->etag);
    fetch->etag = NULL;
    return ftruncate(fetch->job.sink_fd, fetch->start) == 0 &&
                   lseek(fetch->job.sink_fd, fetch->start, SEEK_SET) == fetch->start
               ? 0
               : -1;
}

static void cannot_rewind(struct job *job)
{
    job_finish_with(job, ARM_UNAVAILABLE, 0, ERROR_FAILED, "cannot rewind the file: %s",
                    strerror(errno));
}

/* Only with an ETag is it sure that the rest belongs to what is there. */
static int ask_rest(struct fetch *fetch)
{
    off_t position = lseek(fetch->job.sink_fd, 0, SEEK_CUR);
    if (position < 0)
        return -1;
    if (!fetch->etag || position == fetch->start)
        return position == fetch->start ? 0 : rewind_file(fetch);
    if (position > fetch->known)
        fetch->job.failures = 0; /* it goes on: only standing still is failure */
    fetch->known = position;
    snprintf(fetch->range, sizeof fetch->range, "bytes=%lld-",
             (long long)(position - fetch->start));
    fetch->headers[0] = (struct http_header){"Range", fetch->range};
    fetch->headers[1] = (struct http_header){"If-Match", fetch->etag};
    fetch->job.extra = fetch->headers;
    fetch->job.extra_count = 2;
    return 0;
}

/* Called for every answer and every break, with whatever headers came. */
static void fetch_broke(struct job *job, const struct http_response *response)
{
    struct fetch *fetch = from(job);
    const char *etag = http_response_header(response, "ETag");
    bool whole = response->status == 200;
    if (whole && etag && strncmp(etag, "W/", 2) != 0 && !fetch->etag)
        fetch->etag = strdup(etag);
    if (ask_rest(fetch) != 0) {
        cannot_rewind(job);
        return;
    }
    job_retry(job, response->status, ERROR_RETRY,
              response->reason ? response->reason : "the transfer broke off");
}

static void fetch_answered(struct job *job, struct arm_parsed *parsed)
{
    struct fetch *fetch = from(job);
    bool resumed = job->extra_count > 0;
    int status = parsed->status;
    if (status == 206 || (status == 200 && !resumed)) {
        job_finish_parsed(job, ARM_DONE, parsed);
    } else if (resumed && status >= 200 && status < 500) {
        /* 200: the range was not heeded, and the whole was written behind the part. 412, 416: it is
         * another blob by now. */
        if (rewind_file(fetch) != 0)
            cannot_rewind(job);
        else
            job_retry(job, status, ERROR_RETRY, "what the URL holds changes while it is read");
    } else {
        job_finish_parsed(job, ARM_REFUSED, parsed);
    }
}

static void fetch_failed(struct job *job, const struct arm_answer *answer)
{
    job_finish(job, answer);
}

uint64_t arm_fetch(struct arm *arm, const char *url, int fd, arm_done *done, void *context)
{
    static const struct job_ops ops = {fetch_answered, fetch_failed, fetch_clear, fetch_broke};
    struct job *job = job_new(arm, sizeof(struct fetch), &ops, done, context);
    if (!job)
        return 0;
    job->sink_fd = fd;
    job->patience = FETCH_PATIENCE;
    job->timeout_ms = FETCH_TIMEOUT_MS;
    job->method = strdup("GET");
    job->url = strdup(url);
    from(job)->start = from(job)->known = lseek(fd, 0, SEEK_CUR);
    /* Plain http only where the whole of Azure is a local one. */
    bool local = url_is_plain(arm->settings.resource_manager) && url_is_loopback(url);
    if (!job->method || !job->url)
        job_refuse(job, ERROR_FAILED, "out of memory");
    else if (!url_is_absolute(url) || (url_is_plain(url) && !local))
        job_refuse(job, ERROR_USAGE, "what is fetched must have an https URL");
    else if (from(job)->start < 0)
        job_refuse(job, ERROR_FAILED, "what is fetched needs a file that can be rewound: %s",
                   strerror(errno));
    return job_start(job);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to blobs. */
#include "azure/blob.h"

#include "azure/arm_internal.h"
#include "base/text.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* The first version whose page lists come in pieces. */
#define VERSION "2020-10-02"

enum { BLOB_PATIENCE = 12 };

struct blob_job {
    struct job job; /* first */
    struct http_header headers[BLOB_HEADERS + 1];
};

static void blob_clear(struct job *job)
{
    struct http_header *headers = ((struct blob_job *)job)->headers;
    for (size_t i = 0; i < job->extra_count; i++) {
        char *value = (char *)headers[i].value;
        if (value)
            OPENSSL_cleanse(value, strlen(value)); /* the source of a copy is signed */
        free(value);
    }
}

static void blob_answered(struct job *job, struct arm_parsed *parsed)
{
    bool good = parsed->status >= 200 && parsed->status < 300;
    bool denied = parsed->status == 401 || parsed->status == 403;
    struct arm_answer answer = {.outcome = good ? ARM_DONE : ARM_REFUSED,
                                .status = parsed->status,
                                .code = parsed->code,
                                .message = parsed->message,
                                .error_code = denied ? ERROR_CREDENTIALS : ERROR_AZURE,
                                .response = job->response};
    job_finish(job, &answer);
}

static void blob_failed(struct job *job, const struct arm_answer *answer)
{
    job_finish(job, answer);
}

/* Names of headers are texts of the program. */
static bool take_headers(struct blob_job *blob, const struct blob_request *request)
{
    struct job *job = &blob->job;
    bool whole = true;
    job->extra = blob->headers;
    for (size_t i = 0; i < BLOB_HEADERS && request->headers[i].name; i++) {
        const struct http_header *given = &request->headers[i];
        struct http_header *kept = &blob->headers[job->extra_count++];
        *kept = (struct http_header){given->name, strdup(given->value)};
        whole = whole && kept->value;
    }
    struct http_header *version = &blob->headers[job->extra_count++];
    *version = (struct http_header){"x-ms-version", strdup(VERSION)};
    return whole && version->value;
}

uint64_t blob_send(struct arm *arm, const struct blob_request *request, arm_done *done,
                   void *context)
{
    static const struct job_ops ops = {blob_answered, blob_failed, blob_clear, NULL};
    struct job *job = job_new(arm, sizeof(struct blob_job), &ops, done, context);
    if (!job)
        return 0;
    job->repeatable = true;
    job->patience = BLOB_PATIENCE;
    job->timeout_ms = arm->settings.request_timeout_ms;
    job->headers_only = request->headers_only;
    job->response_limit = request->response_limit;
    job->method = strdup(request->method);
    job->url = strdup(request->url);
    if (!take_headers((struct blob_job *)job, request) || !job->method || !job->url)
        job_refuse(job, ERROR_FAILED, "out of memory");
    return job_start(job);
}

char *blob_url(const char *url, const char *query)
{
    struct text whole = {.secret = true};
    text_add(&whole, url);
    text_add(&whole, strchr(url, '?') ? "&" : "?");
    text_add(&whole, query);
    return text_take(&whole);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* --debug: one line a request and one an answer, without secrets. */
#ifndef FLEXHOST_AZURE_TRACE_H
#define FLEXHOST_AZURE_TRACE_H

#include "base/transport.h"

#include <stdint.h>

typedef void trace_fn(void *context, const char *line);

struct trace_answer {
    int status; /* 0: none came */
    const char *reason;
    int64_t milliseconds;
    const char *what;   /* the method, or "token" */
    const char *detail; /* the URL, or the credential's name */
    const char *code;   /* Azure's error code; NULL or "": none */
};

/* Do nothing when trace is NULL. */
void trace_request_line(trace_fn *trace, void *context, const struct http_request *request);
void trace_answer_line(trace_fn *trace, void *context, const struct trace_answer *answer);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* --debug: bodies are told by their size, queries by what is known to be no secret. */
#include "azure/trace.h"

#include "azure/url.h"
#include "base/text.h"

#include <stdlib.h>

void trace_request_line(trace_fn *trace, void *context, const struct http_request *request)
{
    if (!trace)
        return;
    char *url = url_for_trace(request->url);
    char *line = NULL;
    if (url && request->body)
        line = text_format("→ %s %s (%zu B)", request->method, url, request->body_length);
    else if (url)
        line = text_format("→ %s %s", request->method, url);
    if (line)
        trace(context, line);
    free(line);
    free(url);
}

void trace_answer_line(trace_fn *trace, void *context, const struct trace_answer *answer)
{
    if (!trace)
        return;
    char *detail = url_for_trace(answer->detail);
    const char *code = answer->code ? answer->code : "";
    char *line = NULL;
    if (detail && answer->status)
        line = text_format("← %d in %lld ms%s%s, %s %s", answer->status,
                           (long long)answer->milliseconds, *code ? " " : "", code, answer->what,
                           detail);
    else if (detail)
        line = text_format("← no answer after %lld ms, %s %s: %s", (long long)answer->milliseconds,
                           answer->what, detail, answer->reason ? answer->reason : "");
    if (line)
        trace(context, line);
    free(line);
    free(detail);
}

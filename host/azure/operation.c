/* SPDX-License-Identifier: Apache-2.0 */
/* Azure's rules for long-running operations, in one place. */
#include "azure/operation.h"

#include "azure/url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is(const char *method, const char *name)
{
    return strcmp(method, name) == 0;
}

static bool describes_resource(const char *method)
{
    return is(method, "PUT") || is(method, "PATCH");
}

void arm_poll_clear(struct arm_poll *poll)
{
    free(poll->url);
    free(poll->kind);
    free(poll->final_url);
    memset(poll, 0, sizeof *poll);
}

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

static enum operation_phase set_poll(struct arm_poll *poll, const char *kind, const char *url,
                                     const char *final_url, const struct arm_parsed *parsed)
{
    poll->kind = strdup(kind);
    poll->url = strdup(url);
    poll->final_url = copy(final_url);
    poll->after_ms = parsed->retry_after_ms;
    return poll->kind && poll->url && (poll->final_url || !final_url) ? OPERATION_RUNS
                                                                      : OPERATION_NO_MEMORY;
}

/* Which URL tells how the operation goes. Azure-AsyncOperation tells more than Location. */
static enum operation_phase choose_poll(const char *method, const char *url,
                                        const struct arm_parsed *parsed, struct arm_poll *poll)
{
    const char *resource = describes_resource(method) ? url : NULL;
    if (parsed->async_url)
        return set_poll(poll, "Azure-AsyncOperation", parsed->async_url,
                        resource             ? resource
                        : is(method, "POST") ? parsed->location
                                             : NULL,
                        parsed);
    if (parsed->location && parsed->status == 202)
        return set_poll(poll, "Location", parsed->location, resource, parsed);
    if (is(method, "POST"))
        return OPERATION_ENDED; /* nothing tells how it ends */
    return set_poll(poll, "resource", url, NULL, parsed);
}

static enum operation_phase phase_of(const char *method, const struct arm_parsed *parsed)
{
    int status = parsed->status;
    if (status < 200 || status >= 300)
        return OPERATION_FAILED;
    if (is(method, "GET") || is(method, "HEAD") || status == 204)
        return OPERATION_ENDED;
    if (status == 202)
        return OPERATION_RUNS;
    if (!describes_resource(method))
        return status == 201 && parsed->async_url ? OPERATION_RUNS : OPERATION_ENDED;
    switch (arm_state_of(parsed->resource_state)) {
    case ARM_STATE_RUNNING:
        return OPERATION_RUNS;
    case ARM_STATE_FAILED:
        return OPERATION_FAILED;
    case ARM_STATE_SUCCEEDED:
        return OPERATION_ENDED;
    default:
        /* Nobody knows the state of what cannot be read: the resource itself will tell. */
        return parsed->async_url || parsed->unreadable ? OPERATION_RUNS : OPERATION_ENDED;
    }
}

static bool is_stranger(const char *url, const char *base)
{
    return url && !url_is_below(url, base);
}

enum operation_phase operation_begun(const char *method, const char *url, const char *base,
                                     const struct arm_parsed *parsed, struct arm_poll *poll,
                                     char **stranger)
{
    enum operation_phase phase = phase_of(method, parsed);
    if (phase == OPERATION_RUNS)
        phase = choose_poll(method, url, parsed, poll);
    if (phase != OPERATION_RUNS)
        return phase;
    const char *suspect = is_stranger(poll->url, base)         ? poll->url
                          : is_stranger(poll->final_url, base) ? poll->final_url
                                                               : NULL;
    if (!suspect)
        return OPERATION_RUNS;
    *stranger = url_host(suspect);
    return OPERATION_STRANGER;
}

static enum operation_reading reading_of_state(const char *state)
{
    switch (arm_state_of(state)) {
    case ARM_STATE_SUCCEEDED:
        return READING_SUCCEEDED;
    case ARM_STATE_FAILED:
        return READING_FAILED;
    case ARM_STATE_RUNNING:
        return READING_RUNS;
    default:
        return READING_LOST;
    }
}

static enum operation_reading read_async(const struct arm_parsed *parsed)
{
    if (parsed->status == 202)
        return READING_RUNS;
    if (parsed->status == 204)
        return READING_SUCCEEDED;
    if (parsed->status != 200)
        return READING_LOST;
    return reading_of_state(parsed->operation_state ? parsed->operation_state
                                                    : parsed->resource_state);
}

/* Location gives the final answer, which for a failed operation is an error. What speaks of this
 * reader or of this moment is no answer of the operation. */
static enum operation_reading read_location(const struct arm_parsed *parsed)
{
    int status = parsed->status;
    if (status == 202)
        return READING_RUNS;
    if (status >= 200 && status < 300) {
        enum operation_reading reading = reading_of_state(parsed->resource_state);
        return reading == READING_LOST ? READING_SUCCEEDED : reading;
    }
    bool reader = status < 400 || status >= 500 || status == 401 || status == 403 ||
                  status == 404 || status == 410;
    return reader ? READING_LOST : READING_FAILED;
}

static enum operation_reading read_resource(const char *method, const struct arm_parsed *parsed)
{
    bool deletes = is(method, "DELETE");
    if (parsed->status == 404)
        return deletes ? READING_SUCCEEDED : READING_LOST;
    if (parsed->status != 200)
        return READING_LOST;
    if (!parsed->resource_state)
        return deletes ? READING_RUNS : READING_SUCCEEDED;
    enum operation_reading reading = reading_of_state(parsed->resource_state);
    return deletes && reading == READING_SUCCEEDED ? READING_LOST : reading;
}

enum operation_reading operation_read(const char *kind, const char *method,
                                      const struct arm_parsed *parsed)
{
    if (strcmp(kind, "Azure-AsyncOperation") == 0)
        return read_async(parsed);
    if (strcmp(kind, "Location") == 0)
        return read_location(parsed);
    return read_resource(method, parsed);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* One question and its answer. */
#include "azure/sync.h"

#include "azure/arm_internal.h"

#include <stdlib.h>
#include <string.h>

enum { TURN_MS = 1000 };

struct wait {
    bool done;
    enum arm_outcome outcome;
    int status;
    json_t *body;
    struct arm_poll poll; /* when Azure goes on */
    json_t *values;
    bool no_memory;
    struct error err;
};

static char *copy_of(const char *text)
{
    return text ? strdup(text) : NULL;
}

static void wait_done(void *context, const struct arm_answer *answer)
{
    struct wait *wait = context;
    wait->done = true;
    wait->outcome = answer->outcome;
    wait->status = answer->status;
    wait->body = json_incref(answer->body);
    if (answer->outcome == ARM_ACCEPTED) /* the answer's own texts go with it */
        wait->poll = (struct arm_poll){copy_of(answer->poll.url), copy_of(answer->poll.kind),
                                       copy_of(answer->poll.final_url), answer->poll.after_ms};
    if (answer->outcome == ARM_DONE || answer->outcome == ARM_ACCEPTED)
        return;
    error_set(&wait->err, answer->error_code, NULL, "%s", answer->message);
    if (*answer->code)
        wait->err.azure_code = strdup(answer->code);
}

static bool wait_page(void *context, const json_t *values)
{
    struct wait *wait = context;
    wait->no_memory = json_array_extend(wait->values, (json_t *)values) != 0;
    return !wait->no_memory;
}

struct pages_wait {
    struct wait wait; /* first: wait_done() is given it */
    arm_page *on_page;
    void *context;
};

static bool forward_page(void *context, const json_t *values)
{
    struct pages_wait *pages = context;
    return pages->on_page(pages->context, values);
}

void arm_heed(struct arm *arm, const volatile sig_atomic_t *interrupted)
{
    arm->interrupted = interrupted;
    arm->token_settings.interrupted = interrupted;
    arm->vault_token_settings.interrupted = interrupted;
}

const volatile sig_atomic_t *arm_heeds(const struct arm *arm)
{
    return arm ? arm->interrupted : NULL;
}

/* Whether it is done; otherwise the operator has interrupted it. A signal ends a turn early. */
static bool turn_until(struct arm *arm, const bool *done)
{
    while (!*done && !(arm->interrupted && *arm->interrupted))
        loop_turn(arm->loop, TURN_MS);
    return *done;
}

static int interrupted(struct error *err)
{
    return error_set(err, ERROR_INTERRUPTED, NULL, "interrupted while waiting for Azure's answer");
}

/* id: of a call just begun, 0 without memory. */
static int wait_for(struct arm *arm, uint64_t id, struct wait *wait, struct error *err)
{
    if (!id)
        return error_no_memory(err);
    if (turn_until(arm, &wait->done))
        return 0;
    arm_cancel(arm, id);
    return interrupted(err);
}

static int get_from(struct arm *arm, bool vault, const char *credential, const char *path,
                    const char *api_version, struct wait *wait, struct error *err)
{
    struct arm_call call = {.method = "GET",
                            .path = path,
                            .api_version = api_version,
                            .vault = vault,
                            .credential = credential};
    return wait_for(arm, arm_send(arm, &call, wait_done, wait), wait, err);
}

static int get(struct arm *arm, const char *credential, const char *path, const char *api_version,
               struct wait *wait, struct error *err)
{
    return get_from(arm, false, credential, path, api_version, wait, err);
}

/* Whatever Azure said is an answer. */
static int take_answer(struct wait *wait, int *status, json_t **body, struct error *err)
{
    *status = wait->status;
    if (wait->outcome == ARM_DONE || wait->outcome == ARM_REFUSED) {
        *body = wait->body;
        error_clear(&wait->err);
        return 0;
    }
    json_decref(wait->body);
    error_move(err, &wait->err);
    return -1;
}

int arm_get_wait(struct arm *arm, const char *credential, const char *path, const char *api_version,
                 int *status, json_t **body, struct error *err)
{
    struct wait wait = {0};
    *body = NULL;
    *status = 0;
    if (get(arm, credential, path, api_version, &wait, err) != 0)
        return -1;
    return take_answer(&wait, status, body, err);
}

int arm_vault_get_wait(struct arm *arm, const char *credential, const char *url,
                       const char *api_version, int *status, json_t **body, struct error *err)
{
    struct wait wait = {0};
    *body = NULL;
    *status = 0;
    if (get_from(arm, true, credential, url, api_version, &wait, err) != 0)
        return -1;
    return take_answer(&wait, status, body, err);
}

int arm_query_wait(struct arm *arm, const char *credential, const char *path,
                   const char *api_version, const json_t *question, int *status, json_t **body,
                   struct error *err)
{
    struct wait wait = {0};
    struct arm_call call = {.method = "POST",
                            .path = path,
                            .api_version = api_version,
                            .body = question,
                            .credential = credential};
    *body = NULL;
    *status = 0;
    if (wait_for(arm, arm_send(arm, &call, wait_done, &wait), &wait, err) != 0)
        return -1;
    if (wait.outcome == ARM_ACCEPTED) {
        struct wait end = {0};
        int failed =
            wait_for(arm, arm_await(arm, &call, &wait.poll, wait_done, &end), &end, err) != 0;
        json_decref(wait.body);
        arm_poll_clear(&wait.poll);
        wait = end;
        if (failed)
            return -1;
    }
    return take_answer(&wait, status, body, err);
}

int arm_read_wait(struct arm *arm, const char *credential, const char *path,
                  const char *api_version, json_t **body, struct error *err)
{
    struct wait wait = {0};
    *body = NULL;
    if (get(arm, credential, path, api_version, &wait, err) != 0)
        return -1;
    if (wait.outcome == ARM_DONE) {
        *body = wait.body;
        return 0;
    }
    json_decref(wait.body);
    error_move(err, &wait.err);
    return -1;
}

int arm_pages_wait(struct arm *arm, const char *credential, const char *path,
                   const char *api_version, arm_page *on_page, void *context, int *status,
                   struct error *err)
{
    struct pages_wait pages = {.on_page = on_page, .context = context};
    struct arm_call call = {
        .method = "GET", .path = path, .api_version = api_version, .credential = credential};
    *status = 0;
    if (wait_for(arm, arm_list(arm, &call, forward_page, wait_done, &pages), &pages.wait, err) != 0)
        return -1;
    *status = pages.wait.status;
    json_decref(pages.wait.body);
    if (pages.wait.outcome == ARM_DONE)
        return 0;
    error_move(err, &pages.wait.err);
    return -1;
}

int arm_list_wait(struct arm *arm, const char *credential, const char *path,
                  const char *api_version, json_t **values, struct error *err)
{
    struct wait wait = {.values = json_array()};
    struct arm_call call = {
        .method = "GET", .path = path, .api_version = api_version, .credential = credential};
    *values = NULL;
    if (!wait.values)
        return error_no_memory(err);
    if (wait_for(arm, arm_list(arm, &call, wait_page, wait_done, &wait), &wait, err) != 0) {
        json_decref(wait.values);
        return -1;
    }
    json_decref(wait.body);
    if (wait.outcome == ARM_DONE && !wait.no_memory) {
        *values = wait.values;
        return 0;
    }
    json_decref(wait.values);
    if (wait.no_memory)
        return error_no_memory(err);
    error_move(err, &wait.err);
    return -1;
}

struct person_wait {
    struct token_waiter waiter;
    bool done;
    struct error err;
};

static void person_ready(struct token_waiter *waiter, const struct error *err)
{
    struct person_wait *wait = (struct person_wait *)waiter;
    wait->done = true;
    if (err)
        error_copy(&wait->err, err);
}

int arm_sign_in_wait(struct arm *arm, const char *credential, struct error *err)
{
    struct person_wait wait = {.waiter.ready = person_ready};
    struct token_source *source = NULL;
    for (size_t i = 0; !source && i < arm->source_count; i++)
        if (strcmp(token_source_name(arm->sources[i]), credential) == 0)
            source = arm->sources[i];
    if (!source || !token_source_is_person(source))
        return error_set(err, ERROR_USAGE, NULL, "there is nobody to sign in with \"%s\"",
                         credential);
    if (token_sign_in(source, &wait.waiter) != 0)
        return error_no_memory(err);
    if (!turn_until(arm, &wait.done)) {
        token_leave(&wait.waiter);
        return interrupted(err);
    }
    if (wait.err.code == ERROR_NONE)
        return 0;
    error_move(err, &wait.err);
    return -1;
}

struct http_wait {
    bool done;
    http_done *forward;
    void *context;
};

static void http_wait_done(void *context, const struct http_response *response)
{
    struct http_wait *wait = context;
    wait->forward(wait->context, response);
    wait->done = true;
}

int http_wait(struct arm *arm, const struct http_request *request, http_done *done, void *context,
              struct error *err)
{
    struct http_wait wait = {false, done, context};
    struct transport *transport = loop_transport(arm->loop);
    if (transport->ops->submit(transport, request, http_wait_done, &wait) != 0)
        return error_no_memory(err);
    if (turn_until(arm, &wait.done))
        return 0;
    if (transport->ops->cancel) {
        transport->ops->cancel(transport, &wait);
        return interrupted(err);
    }
    while (!wait.done) /* it will write to our stack */
        loop_turn(arm->loop, TURN_MS);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Access tokens: kept until shortly before they expire, fetched in a single flight. */
#include "azure/token.h"

#include "azure/signin.h"
#include "azure/token_request.h"
#include "azure/trace.h"
#include "base/uuid.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    ATTEMPTS = 5,
    UNSENT_ATTEMPTS = 3, /* nobody listens: a machine outside Azure has no metadata service */
    METADATA_TIMEOUT_MS = 5000,
    FIRST_PAUSE_MS = 1000,
    LONGEST_PAUSE_MS = 30000,
    EARLY_MS = 5 * 60 * 1000,
    PERSON_LOOK_MS = 500,    /* how soon Ctrl-C ends the wait for a person */
    RENEWAL_PAUSE_MS = 30000 /* between renewals that fail while the old token still serves */
};

struct token_source {
    const struct token_settings *settings;
    struct arm_credential credential; /* its texts are ours */
    char *token;
    uint64_t generation;
    int64_t expires_ms; /* on the monotonic clock */
    int64_t renew_ms;
    struct token_waiter *first;
    struct token_waiter *last;
    bool flying; /* a request is under way, or pauses before the next attempt */
    bool in_flight;
    int attempts;
    int64_t left_ms;
    int64_t due_ms; /* when the next request leaves */
    uint64_t timer;
    struct signin signin; /* of a person */
};

static struct clock *clock_of(const struct token_source *source)
{
    return loop_clock(source->settings->loop);
}

static char *copy(const char *text)
{
    return strdup(text ? text : "");
}

struct token_source *token_source_new(const struct token_settings *settings,
                                      const struct arm_credential *credential)
{
    struct token_source *source = calloc(1, sizeof *source);
    if (!source)
        return NULL;
    source->settings = settings;
    source->credential = *credential;
    source->credential.name = copy(credential->name);
    source->credential.tenant = copy(credential->tenant);
    source->credential.client_id = copy(credential->client_id);
    source->credential.source = copy(credential->source ? credential->source : "configuration");
    source->credential.token_tenant =
        copy(credential->token_tenant ? credential->token_tenant : credential->tenant);
    if (source->credential.token_tenant && source->credential.name && source->credential.tenant &&
        source->credential.client_id && source->credential.source)
        return source;
    token_source_free(source);
    return NULL;
}

static void drop_token(struct token_source *source)
{
    if (source->token)
        OPENSSL_cleanse(source->token, strlen(source->token));
    free(source->token);
    source->token = NULL;
}

void token_source_free(struct token_source *source)
{
    if (!source)
        return;
    struct transport *transport = loop_transport(source->settings->loop);
    if (source->in_flight && transport->ops->cancel)
        transport->ops->cancel(transport, source);
    if (source->timer)
        loop_cancel(source->settings->loop, source->timer);
    drop_token(source);
    free((char *)source->credential.name);
    free((char *)source->credential.tenant);
    free((char *)source->credential.client_id);
    free((char *)source->credential.source);
    free((char *)source->credential.token_tenant);
    signin_clear(&source->signin);
    free(source);
}

const char *token_source_name(const struct token_source *source)
{
    return source->credential.name;
}

bool token_source_is_person(const struct token_source *source)
{
    return source->credential.kind == ARM_PERSON;
}

const char *token_source_origin(const struct token_source *source)
{
    return source->credential.source;
}

uint64_t token_generation(const struct token_source *source)
{
    return source->generation;
}

static void keep_token(struct token_source *source, char *token, int64_t life_ms)
{
    int64_t now = clock_now(clock_of(source));
    int64_t early = life_ms / 10 < EARLY_MS ? life_ms / 10 : EARLY_MS;
    drop_token(source);
    source->token = token;
    source->generation++;
    source->expires_ms = now + life_ms;
    source->renew_ms = now + life_ms - early;
}

static void unlink_waiter(struct token_waiter *waiter)
{
    struct token_source *source = waiter->source;
    if (waiter->previous)
        waiter->previous->next = waiter->next;
    else
        source->first = waiter->next;
    if (waiter->next)
        waiter->next->previous = waiter->previous;
    else
        source->last = waiter->previous;
    waiter->previous = waiter->next = NULL;
    waiter->source = NULL;
}

/* Those that come while this runs are of the next flight. */
static void land(struct token_source *source, const struct error *err)
{
    source->flying = false;
    source->attempts = 0;
    signin_land(&source->signin);
    struct token_waiter *last = source->last;
    while (source->first) {
        struct token_waiter *waiter = source->first;
        unlink_waiter(waiter);
        waiter->ready(waiter, err);
        if (waiter == last)
            break;
    }
}

static void request_token(void *context);

static bool waits_for_person(const struct token_source *source)
{
    return source->signin.step == SIGNIN_POLL;
}

/* Naps while a person is awaited, so that Ctrl-C is heeded. */
static bool nap(struct token_source *source)
{
    int64_t left = source->due_ms - clock_now(clock_of(source));
    if (waits_for_person(source) && left > PERSON_LOOK_MS)
        left = PERSON_LOOK_MS;
    source->timer = loop_after(source->settings->loop, left, request_token, source);
    return source->timer != 0;
}

static bool pause_for(struct token_source *source, int64_t delay_ms)
{
    source->due_ms = clock_now(clock_of(source)) + delay_ms;
    return nap(source);
}

/* Twice as long each time, with a tenth of chance; never less than Azure asks for. */
static int64_t pause_ms(const struct token_source *source, const struct http_response *response)
{
    int64_t pause = FIRST_PAUSE_MS << (source->attempts - 1);
    const char *asked = http_response_header(response, "Retry-After");
    long seconds = asked ? strtol(asked, NULL, 10) : 0;
    if (pause > LONGEST_PAUSE_MS)
        pause = LONGEST_PAUSE_MS;
    if (seconds > 0 && seconds <= 600 && pause < seconds * 1000)
        pause = seconds * 1000;
    return pause + (int64_t)(clock_random(clock_of(source)) % (uint64_t)(pause / 10 + 1));
}

static void trace_answer(const struct token_source *source, const struct http_response *response)
{
    struct trace_answer answer = {.status = response->status,
                                  .reason = response->reason,
                                  .milliseconds = clock_now(clock_of(source)) - source->left_ms,
                                  .what = "token",
                                  .detail = source->credential.name};
    trace_answer_line(source->settings->trace, source->settings->trace_context, &answer);
}

static enum signin_verdict read_answer(struct token_source *source,
                                       const struct http_response *response,
                                       struct token_answer *answer, int64_t *pause_ms,
                                       struct error *err)
{
    if (source->credential.kind == ARM_PERSON)
        return signin_answered(&source->signin, source->settings, &source->credential, response,
                               answer, pause_ms, err);
    return token_answer_read(&source->credential, response, answer, err) == 0 ? SIGNIN_TOKEN
                                                                              : SIGNIN_FAILED;
}

static void token_answered(void *context, const struct http_response *response)
{
    struct token_source *source = context;
    struct token_answer answer;
    struct error err = ERROR_INIT;
    int64_t next_ms = 0;
    source->in_flight = false;
    trace_answer(source, response);
    enum signin_verdict verdict = read_answer(source, response, &answer, &next_ms, &err);
    if (verdict == SIGNIN_TOKEN) {
        keep_token(source, answer.token, answer.life_ms);
        land(source, NULL);
        return;
    }
    if (verdict == SIGNIN_NEXT) {
        source->attempts = 0;
        if (!pause_for(source, next_ms)) {
            error_no_memory(&err);
            land(source, &err);
            error_clear(&err);
        }
        return;
    }
    int attempts = response->failure == TRANSPORT_NOT_SENT ? UNSENT_ATTEMPTS : ATTEMPTS;
    bool again = answer.again && source->attempts < attempts;
    token_answer_clear(&answer);
    if (!again || !pause_for(source, pause_ms(source, response)))
        land(source, &err);
    error_clear(&err);
}

static int submit(struct token_source *source, const struct token_request *request)
{
    const struct token_settings *settings = source->settings;
    char id[UUID_TEXT];
    uuid_v7(clock_of(source), id);
    struct http_header headers[4] = {{"Accept", "application/json"},
                                     {"User-Agent", settings->user_agent},
                                     {"client-request-id", id}};
    headers[3] = request->metadata
                     ? (struct http_header){"Metadata", "true"}
                     : (struct http_header){"Content-Type", "application/x-www-form-urlencoded"};
    struct http_request http = {.method = request->method,
                                .url = request->url,
                                .headers = headers,
                                .header_count = 4,
                                .body = request->body,
                                .body_length = request->body ? strlen(request->body) : 0,
                                .timeout_ms =
                                    request->metadata ? METADATA_TIMEOUT_MS : settings->timeout_ms,
                                .response_limit = 1024 * 1024,
                                .sink_fd = -1};
    struct transport *transport = loop_transport(settings->loop);
    trace_request_line(settings->trace, settings->trace_context, &http);
    source->left_ms = clock_now(clock_of(source));
    return transport->ops->submit(transport, &http, token_answered, source);
}

/* Tests and the simulator need no token service. */
static int take_fixed(struct token_source *source, struct error *err)
{
    char *value = NULL;
    size_t length = 0;
    if (source->credential.fetch &&
        source->credential.fetch(source->credential.context, &value, &length, err) != 0)
        return -1;
    char *token = strndup(value ? value : "fixed", value ? length : 5);
    if (value && source->credential.release)
        source->credential.release(value, length);
    if (!token)
        return error_no_memory(err);
    keep_token(source, token, INT64_C(24) * 3600 * 1000);
    return 0;
}

static int send_request(struct token_source *source, struct error *err)
{
    struct token_request request;
    int made;
    source->signin.wanted = source->first != NULL;
    if (source->credential.kind == ARM_PERSON)
        made =
            signin_request(&source->signin, source->settings, &source->credential, &request, err);
    else
        made = token_request_make(source->settings, &source->credential, &request, err);
    if (made != 0)
        return -1;
    int result = submit(source, &request);
    token_request_clear(&request);
    if (result != 0)
        return error_no_memory(err);
    source->in_flight = true;
    source->attempts++;
    if (source->settings->requests)
        ++*source->settings->requests;
    return 0;
}

/* Whether there is still a reason to wait for a person; otherwise the flight ends. */
static bool still_waits(struct token_source *source, struct error *err)
{
    const volatile sig_atomic_t *interrupted = source->settings->interrupted;
    if (!waits_for_person(source) || (source->first && !(interrupted && *interrupted)))
        return true;
    error_set(err, ERROR_INTERRUPTED, NULL,
              "credential \"%s\" (%s): interrupted while waiting for the sign-in",
              source->credential.name, source->credential.source);
    return false;
}

static void request_token(void *context)
{
    struct token_source *source = context;
    struct error err = ERROR_INIT;
    source->timer = 0;
    if (!still_waits(source, &err)) {
        land(source, &err);
    } else if (waits_for_person(source) && clock_now(clock_of(source)) < source->due_ms) {
        if (!nap(source)) {
            error_no_memory(&err);
            land(source, &err);
        }
    } else if (source->credential.kind == ARM_FIXED_TOKEN) {
        bool there = take_fixed(source, &err) == 0;
        land(source, there ? NULL : &err);
    } else if (send_request(source, &err) != 0) {
        land(source, &err);
    }
    error_clear(&err);
}

/* From the next turn, so that nobody is called back from within his own call. */
static int fly(struct token_source *source)
{
    if (source->flying)
        return 0;
    if (!pause_for(source, 0))
        return -1;
    source->flying = true;
    return 0;
}

const char *token_get(struct token_source *source)
{
    int64_t now = clock_now(clock_of(source));
    if (!source->token || now >= source->expires_ms)
        return NULL;
    if (now >= source->renew_ms && fly(source) == 0)
        source->renew_ms = now + RENEWAL_PAUSE_MS;
    return source->token;
}

const char *token_held(const struct token_source *source)
{
    return source->token ? source->token : "";
}

int token_wait(struct token_source *source, struct token_waiter *waiter)
{
    if (fly(source) != 0)
        return -1;
    waiter->source = source;
    waiter->next = NULL;
    waiter->previous = source->last;
    if (source->last)
        source->last->next = waiter;
    else
        source->first = waiter;
    source->last = waiter;
    return 0;
}

int token_sign_in(struct token_source *source, struct token_waiter *waiter)
{
    if (token_wait(source, waiter) != 0)
        return -1;
    drop_token(source);
    source->signin.anew = true;
    return 0;
}

void token_leave(struct token_waiter *waiter)
{
    if (waiter->source)
        unlink_waiter(waiter);
}

void token_reject(struct token_source *source, uint64_t generation)
{
    if (source->generation == generation)
        drop_token(source);
}

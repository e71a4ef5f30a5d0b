/* SPDX-License-Identifier: Apache-2.0 */
/* People sign in: by the refresh token of an earlier sign-in, else by a code that they enter
 * elsewhere (RFC 8628). */
#include "azure/signin.h"

#include "azure/signin_answer.h"
#include "azure/url.h"
#include "base/text.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_INTERVAL_S = 5,
    LONGEST_INTERVAL_S = 300,
    SLOWER_MS = 5000,
    DEFAULT_CODE_LIFE_S = 900,
    LONGEST_CODE_LIFE_S = 3600,
    REPLACED_MOST = 3
};

static void wipe_free(char *text)
{
    if (text)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
}

void signin_land(struct signin *signin)
{
    wipe_free(signin->device_code);
    free(signin->why);
    signin->device_code = signin->why = NULL;
    signin->step = SIGNIN_REFRESH;
    signin->anew = signin->entered = false;
    signin->replaced = signin->failures = 0;
}

void signin_clear(struct signin *signin)
{
    signin_land(signin);
    free(signin->given_up);
    signin->given_up = NULL;
}

/* Whoever has let a code go by once is not asked for each call that waits for a token. */
static enum signin_verdict give_up(struct signin *signin, const struct error *err)
{
    free(signin->given_up);
    signin->given_up = strdup(error_text(err));
    return SIGNIN_FAILED;
}

/* ---- what is sent ---- */

/* The scopes beside the audience: a refresh token, and who it is. */
#define ALSO "+offline_access+openid+profile"

static int make_form(const struct token_settings *settings, const struct arm_credential *credential,
                     const char *tenant, const char *end, const char *rest, const char *secret,
                     struct token_request *request, struct error *err)
{
    char *place = url_encode(tenant), *id = url_encode(credential->client_id);
    char *scope = token_scope(settings), *value = url_encode(secret);
    if (place && id && scope && value) {
        struct text body = {.secret = true};
        text_printf(&body, "client_id=%s&scope=%s" ALSO "%s%s", id, scope, rest, value);
        request->body = text_take(&body);
        request->url = text_format("%s/%s/oauth2/v2.0/%s", settings->authority, place, end);
    }
    request->method = "POST";
    free(place);
    free(id);
    free(scope);
    wipe_free(value);
    return request->body && request->url ? 0 : error_no_memory(err);
}

static const char *token_tenant(const struct arm_credential *credential)
{
    return credential->token_tenant ? credential->token_tenant : credential->tenant;
}

static int make_ask(struct signin *signin, const struct token_settings *settings,
                    const struct arm_credential *credential, struct token_request *request,
                    struct error *err)
{
    const char *why = signin->why;
    if (!signin->anew && signin->given_up)
        return error_set(err, ERROR_CREDENTIALS, NULL, "%s", signin->given_up);
    if (!signin->wanted)
        return error_set(err, ERROR_CREDENTIALS, NULL,
                         "credential \"%s\" (%s): the sign-in could not be renewed: %s",
                         credential->name, credential->source, why ? why : "none is kept");
    if (credential->person->attend(credential->context, why, err) != 0)
        return token_name_credential(credential, err);
    return make_form(settings, credential, credential->tenant, "devicecode", "", "", request, err);
}

static int make_poll(struct signin *signin, const struct token_settings *settings,
                     const struct arm_credential *credential, struct token_request *request,
                     struct error *err)
{
    if (clock_now(loop_clock(settings->loop)) < signin->deadline_ms)
        return make_form(settings, credential, credential->tenant, "token",
                         "&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"
                         "&device_code=",
                         signin->device_code, request, err);
    signin_refuse_expired(credential, signin->life_ms, err);
    give_up(signin, err);
    return -1;
}

int signin_request(struct signin *signin, const struct token_settings *settings,
                   const struct arm_credential *credential, struct token_request *request,
                   struct error *err)
{
    char *kept = NULL;
    size_t length = 0;
    int result = 0;
    memset(request, 0, sizeof *request);
    if (signin->anew && signin->step == SIGNIN_REFRESH)
        signin->step = SIGNIN_ASK;
    if (signin->step == SIGNIN_REFRESH &&
        credential->fetch(credential->context, &kept, &length, err) != 0)
        return token_name_credential(credential, err);
    if (kept)
        result = make_form(settings, credential, token_tenant(credential), "token",
                           "&grant_type=refresh_token&refresh_token=", kept, request, err);
    else if (signin->step == SIGNIN_POLL)
        result = make_poll(signin, settings, credential, request, err);
    else
        signin->step = SIGNIN_ASK;
    if (signin->step == SIGNIN_ASK)
        result = make_ask(signin, settings, credential, request, err);
    if (kept && credential->release)
        credential->release(kept, length);
    if (result != 0)
        token_request_clear(request);
    return result;
}

/* ---- what the answers mean ---- */

struct heard {
    struct signin *signin;
    const struct token_settings *settings;
    const struct arm_credential *credential;
    const struct http_response *response;
    const json_t *body;
    struct token_answer *answer;
    int64_t *pause_ms;
    struct error *err;
};

static const char *text_of(const json_t *body, const char *key)
{
    const char *text = json_string_value(json_object_get(body, key));
    return text ? text : "";
}

static int64_t seconds_of(const json_t *body, const char *key, int64_t fallback, int64_t most)
{
    int64_t seconds = (int64_t)json_integer_value(json_object_get(body, key));
    if (seconds <= 0)
        seconds = fallback;
    return seconds < most ? seconds : most;
}

static enum signin_verdict next(struct heard *heard, int64_t pause_ms)
{
    *heard->pause_ms = pause_ms;
    return SIGNIN_NEXT;
}

/* The code is used up by now: nothing that fails here is tried again. */
static enum signin_verdict signed_in(struct heard *heard)
{
    struct signin *signin = heard->signin;
    const struct arm_credential *credential = heard->credential;
    int result = token_take(credential, heard->body, heard->answer, heard->err);
    if (result == 0)
        result = signin_keep(credential, heard->body, false, heard->err);
    heard->answer->again = false;
    if (result != 0)
        return give_up(signin, heard->err);
    free(signin->given_up);
    signin->given_up = NULL;
    if (!credential->token_tenant || strcmp(credential->token_tenant, credential->tenant) == 0)
        return SIGNIN_TOKEN;
    token_answer_clear(heard->answer);
    signin->anew = false;
    signin->entered = true;
    signin->step = SIGNIN_REFRESH;
    return next(heard, 0);
}

static enum signin_verdict refreshed(struct heard *heard)
{
    if (token_take(heard->credential, heard->body, heard->answer, heard->err) != 0)
        return SIGNIN_FAILED;
    if (signin_keep(heard->credential, heard->body, true, heard->err) == 0)
        return SIGNIN_TOKEN;
    token_answer_clear(heard->answer);
    return SIGNIN_FAILED;
}

static bool wants_person(const char *code)
{
    static const char *const codes[] = {"invalid_grant", "interaction_required", "login_required",
                                        "consent_required"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strcmp(code, codes[i]) == 0)
            return true;
    return false;
}

static enum signin_verdict refresh_refused(struct heard *heard)
{
    struct signin *signin = heard->signin;
    const struct arm_credential *credential = heard->credential;
    if (!wants_person(text_of(heard->body, "error"))) {
        heard->answer->again = token_may_do_later(credential, heard->response->status);
        token_refuse(credential, heard->response->status, heard->body, heard->err);
        return SIGNIN_FAILED;
    }
    if (signin->entered) { /* another code would end here again */
        token_refuse(credential, heard->response->status, heard->body, heard->err);
        return give_up(signin, heard->err);
    }
    free(signin->why);
    signin->why = token_refusal_text(heard->body);
    /* Another process may have renewed it meanwhile. */
    bool other = credential->person->refused(credential->context, signin->why);
    if (!other || signin->replaced++ >= REPLACED_MOST)
        signin->step = SIGNIN_ASK;
    return next(heard, 0);
}

static enum signin_verdict asked(struct heard *heard)
{
    struct signin *signin = heard->signin;
    const struct arm_credential *credential = heard->credential;
    const char *code = text_of(heard->body, "device_code");
    struct arm_code shown;
    if (heard->response->status != 200) {
        heard->answer->again = token_may_do_later(credential, heard->response->status);
        token_refuse(credential, heard->response->status, heard->body, heard->err);
        return SIGNIN_FAILED;
    }
    if (signin_read_code(credential, heard->body, &shown, heard->err) != 0)
        return SIGNIN_FAILED;
    signin->life_ms =
        1000 * seconds_of(heard->body, "expires_in", DEFAULT_CODE_LIFE_S, LONGEST_CODE_LIFE_S);
    signin->interval_ms =
        1000 * seconds_of(heard->body, "interval", DEFAULT_INTERVAL_S, LONGEST_INTERVAL_S);
    signin->deadline_ms = clock_now(loop_clock(heard->settings->loop)) + signin->life_ms;
    wipe_free(signin->device_code);
    signin->device_code = strdup(code);
    if (!signin->device_code) {
        error_no_memory(heard->err);
        return SIGNIN_FAILED;
    }
    signin->step = SIGNIN_POLL;
    shown.life_ms = signin->life_ms;
    credential->person->show(credential->context, &shown);
    return next(heard, signin->interval_ms);
}

/* Less often each time, as long as the code is good. */
static enum signin_verdict poll_later(struct heard *heard)
{
    struct signin *signin = heard->signin;
    const char *asked = http_response_header(heard->response, "Retry-After");
    long seconds = asked ? strtol(asked, NULL, 10) : 0;
    int64_t pause = signin->interval_ms << (signin->failures < 3 ? signin->failures : 3);
    signin->failures++;
    if (seconds > 0 && seconds <= LONGEST_INTERVAL_S && pause < seconds * 1000)
        pause = seconds * 1000;
    return next(heard, pause);
}

static enum signin_verdict polled(struct heard *heard)
{
    struct signin *signin = heard->signin;
    const struct arm_credential *credential = heard->credential;
    const char *code = text_of(heard->body, "error");
    if (heard->response->status == 200)
        return signed_in(heard);
    if (token_may_do_later(credential, heard->response->status))
        return poll_later(heard);
    signin->failures = 0;
    if (strcmp(code, "slow_down") == 0)
        signin->interval_ms += SLOWER_MS;
    if (strcmp(code, "slow_down") == 0 || strcmp(code, "authorization_pending") == 0)
        return next(heard, signin->interval_ms);
    if (strcmp(code, "expired_token") == 0 || strcmp(code, "code_expired") == 0)
        signin_refuse_expired(credential, signin->life_ms, heard->err);
    else if (strcmp(code, "authorization_declined") == 0 || strcmp(code, "access_denied") == 0)
        signin_refuse_declined(credential, heard->err);
    else
        token_refuse(credential, heard->response->status, heard->body, heard->err);
    return give_up(signin, heard->err);
}

static enum signin_verdict unanswered(struct heard *heard)
{
    const struct http_response *response = heard->response;
    token_no_answer(heard->credential, response, heard->answer, heard->err);
    if (heard->signin->step != SIGNIN_POLL || response->lasting)
        return SIGNIN_FAILED;
    error_clear(heard->err);
    return poll_later(heard);
}

enum signin_verdict signin_answered(struct signin *signin, const struct token_settings *settings,
                                    const struct arm_credential *credential,
                                    const struct http_response *response,
                                    struct token_answer *answer, int64_t *pause_ms,
                                    struct error *err)
{
    struct heard heard = {signin, settings, credential, response, NULL, answer, pause_ms, err};
    memset(answer, 0, sizeof *answer);
    if (response->failure != TRANSPORT_OK)
        return unanswered(&heard);
    json_t *body = json_loadb(response->body, response->body_length, 0, NULL);
    enum signin_verdict verdict;
    heard.body = body;
    if (signin->step == SIGNIN_POLL)
        verdict = polled(&heard);
    else if (signin->step == SIGNIN_ASK)
        verdict = asked(&heard);
    else
        verdict = response->status == 200 ? refreshed(&heard) : refresh_refused(&heard);
    signin_wipe(body);
    json_decref(body);
    return verdict;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A person's way to a token: what to send next, and what the answer means. Private to token.c. */
#ifndef FLEXHOST_AZURE_SIGNIN_H
#define FLEXHOST_AZURE_SIGNIN_H

#include "azure/token_request.h"

enum signin_step {
    SIGNIN_REFRESH, /* by the refresh token that is kept */
    SIGNIN_ASK,     /* for a code */
    SIGNIN_POLL     /* until the person has entered it */
};

/* Zero-initialise. */
struct signin {
    enum signin_step step;
    bool anew;      /* a person signs in, whatever is kept */
    bool entered;   /* the person has just signed in; the token for the tenant is still to come */
    bool wanted;    /* set by the caller: somebody waits for the token */
    char *why;      /* what is wrong with the sign-in that is kept */
    char *given_up; /* how the person's last try ended: he is not asked again */
    char *device_code;
    int64_t interval_ms;
    int64_t life_ms;
    int64_t deadline_ms; /* on the monotonic clock */
    int replaced;        /* times that another refresh token was there after a refusal */
    int failures;        /* polls without an answer, in a row */
};

enum signin_verdict {
    SIGNIN_TOKEN,  /* the answer holds it */
    SIGNIN_NEXT,   /* send the next request after *pause_ms */
    SIGNIN_FAILED, /* unless answer->again */
};

/* -1: nothing is to be sent, err says why. */
int signin_request(struct signin *signin, const struct token_settings *settings,
                   const struct arm_credential *credential, struct token_request *request,
                   struct error *err);
enum signin_verdict signin_answered(struct signin *signin, const struct token_settings *settings,
                                    const struct arm_credential *credential,
                                    const struct http_response *response,
                                    struct token_answer *answer, int64_t *pause_ms,
                                    struct error *err);
/* The flight has ended, however it did. */
void signin_land(struct signin *signin);
void signin_clear(struct signin *signin);

#endif

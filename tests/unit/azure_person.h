/* SPDX-License-Identifier: Apache-2.0 */
/* A person who signs in to the fake Azure, and whoever keeps the refresh token. */
#ifndef FLEXHOST_TESTS_UNIT_AZURE_PERSON_H
#define FLEXHOST_TESTS_UNIT_AZURE_PERSON_H

#include "azure_fake.h"
#include "base/text.h"

#define ASK   "/oauth2/v2.0/devicecode"
#define TOKEN "/oauth2/v2.0/token"
#define CODE(rest)                                                                                 \
    "{\"user_code\":\"ABCD1234\",\"device_code\":\"dev+code/1\",\"verification_uri\":"             \
    "\"https://login.example/device\"" rest "}"
#define GOOD_CODE CODE(",\"expires_in\":900,\"interval\":5")
/* {"preferred_username":"alice@contoso.example"} */
#define ID "h.eyJwcmVmZXJyZWRfdXNlcm5hbWUiOiJhbGljZUBjb250b3NvLmV4YW1wbGUifQ.s"
#define GRANT(access, refresh)                                                                     \
    "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"" access                    \
    "\",\"refresh_token\":\"" refresh "\",\"id_token\":\"" ID "\"}"
#define REFUSAL(code, number)                                                                      \
    "{\"error\":\"" code "\",\"error_description\":\"AADSTS" number ": text. Trace ID: 1\"}"
#define PENDING REFUSAL("authorization_pending", "70016")

struct keeper {
    char kept[128]; /* "": nothing */
    char user[300];
    int64_t life_ms;
    int keeps, renewals, refusals, shows, attends;
    bool away;            /* nobody is there */
    bool full;            /* nothing can be kept */
    const char *replaced; /* what another process has put there, seen at a refusal */
    char why[500];
    char url[600];
    char code[100];
};

/* A client whose credential "corp" is the person's. tenant and token_tenant as in arm.h; what is
 * traced goes to `seen`, if it is not NULL. */
struct fake *person_start_at(struct keeper *keeper, const char *tenant, const char *token_tenant,
                             struct text *seen);
struct fake *person_start(struct keeper *keeper);
void person_add(struct fake *fake, const char *url, int times, int status, const char *body);
/* A read with that credential; get_wait: until it has ended. */
void person_get(struct fake *fake, struct fake_result *result);
void person_get_wait(struct fake *fake, struct fake_result *result);
void person_pass(struct fake *fake, int64_t ms);
void person_end(struct fake *fake, struct fake_result *result);

#endif

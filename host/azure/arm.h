/* SPDX-License-Identifier: Apache-2.0 */
/* One client for Azure Resource Manager: tokens, pace, retries of what was not carried out,
 * long-running operations. */
#ifndef FLEXHOST_AZURE_ARM_H
#define FLEXHOST_AZURE_ARM_H

#include "base/error.h"
#include "base/loop.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a principal signs in. Secrets are fetched when a token is needed and wiped after use. */
enum arm_credential_kind {
    ARM_CLIENT_SECRET,
    ARM_CLIENT_CERTIFICATE,
    ARM_MANAGED_IDENTITY,
    ARM_PERSON,     /* an administrator: by refresh token, or by a code that the person enters */
    ARM_FIXED_TOKEN /* the simulator and tests */
};

/* What Azure wants a person to do. */
struct arm_code {
    const char *credential;
    const char *url; /* https */
    const char *code;
    int64_t life_ms;
};

/* What Azure gave a person who signed in. */
struct arm_grant {
    const char *refresh_token;
    const char *user; /* "" if Azure does not say */
    int64_t life_ms;  /* of the refresh token; 0: Azure does not say */
    bool renewed;     /* in place of what fetch gave; false: the person has just signed in */
};

/* ARM_PERSON: who keeps the refresh token and knows whether a person is there. The context is the
 * credential's. None of them may call the client. */
struct arm_person {
    /* Keeps the refresh token, durably when it returns 0. */
    int (*keep)(void *context, const struct arm_grant *grant, struct error *err);
    /* Azure has refused what fetch gave last. Returns whether another one is kept by now. */
    bool (*refused)(void *context, const char *why);
    /* 0: a person is there and can be shown a code. why: what is wrong with the sign-in that is
     * kept; NULL: there is none. -1: err says what to do instead. */
    int (*attend)(void *context, const char *why, struct error *err);
    void (*show)(void *context, const struct arm_code *code);
};

struct arm_credential {
    const char *name; /* [credential "NAME"] */
    enum arm_credential_kind kind;
    const char *tenant; /* ARM_PERSON: a GUID, a domain, or "organizations" */
    /* ARM_PERSON: the tenant whose tokens are wanted; NULL: that in which the person signs in. */
    const char *token_tenant;
    const char *client_id;
    const char
        *source; /* where it came from, for messages: "flexhost.ini:12", "environment (AZURE_…)" */
    /* Fetches the client secret, the PEM of certificate and private key, or the refresh token
     * (NULL: none is kept). The client calls release when done. */
    int (*fetch)(void *context, char **value, size_t *length, struct error *err);
    void (*release)(char *value, size_t length);
    const struct arm_person *person; /* with ARM_PERSON; borrowed */
    void *context;
};

struct arm_settings {
    const char *authority;        /* "https://login.microsoftonline.com" */
    const char *resource_manager; /* "https://management.azure.com" */
    const char *audience;         /* scope without /.default; NULL: resource_manager */
    const char *metadata;         /* IMDS base; NULL: "http://169.254.169.254" */
    /* What the names of vaults end in, and with "https://" in front the audience of their tokens;
     * NULL: "vault.azure.net". Where the resource manager is on this machine, so are its vaults. */
    const char *vault_suffix;
    int64_t request_timeout_ms; /* of one exchange; 0: 60 s */
    int64_t poll_floor_ms;   /* least time between two polls of one operation; 0: what Azure says */
    int64_t poll_default_ms; /* when Azure says nothing; 0: 60 s by Azure's contract, less for short
                                operations */
    /* The client's own buckets per credential and subscription, corrected by what Azure's headers
     * say. 0: Azure's published numbers. */
    double write_burst, write_rate; /* 200, 10 a second */
    double read_burst, read_rate;   /* 250, 25 */
    bool no_pace;                   /* no bucket of our own: only Azure's 429 */
    /* --debug: one line a request and an answer, without secrets. May be NULL. */
    void (*trace)(void *context, const char *line);
    void *trace_context;
};

struct arm;

/* Settings and credentials are copied; the loop is borrowed. */
struct arm *arm_new(struct loop *loop, const struct arm_settings *settings,
                    const struct arm_credential *credentials, size_t credential_count,
                    struct error *err);
/* Nothing is called back after this. Not from within a callback. */
void arm_free(struct arm *arm);

struct arm_call {
    const char *method;
    const char
        *path; /* "/subscriptions/…", or an absolute URL below the resource manager (a nextLink) */
    const char *api_version; /* NULL: path has its own query */
    bool vault;              /* the data plane of a key vault: path is an absolute URL below one */
    const json_t *body;      /* borrowed until arm_send returns; NULL: none */
    const char *credential;  /* a name of arm_new's; NULL is refused */
    const char *const *auxiliary;
    size_t auxiliary_count;
    const char *correlation; /* x-ms-correlation-request-id: the operation's id; NULL: none */
    const char *if_match;    /* the ETag that the resource must still have; NULL: any */
};

enum arm_outcome {
    ARM_DONE,     /* 2xx and nothing left to wait for; body is the resource or the answer */
    ARM_ACCEPTED, /* 2xx and Azure goes on: await `poll` */
    ARM_REFUSED,  /* Azure said no, nothing was done (4xx; also an awaited operation that ended
                     Failed or Canceled) */
    ARM_LOST, /* a mutating request may or may not have been carried out: ask by name before sending
                 again */
    ARM_UNAVAILABLE /* not carried out and the retries are used up, or no token: `error` says which
                     */
};

/* What to ask until Azure has ended: plain text, fit for a journal. */
struct arm_poll {
    char *url;  /* absolute; NULL: the resource itself (the call's path) */
    char *kind; /* "Azure-AsyncOperation", "Location" or "resource" (GET it until provisioningState
                   is terminal) */
    char
        *final_url; /* what to read after success for the final body; NULL: the poll's own answer */
    int64_t after_ms; /* Azure's Retry-After for the first poll; -1: it said nothing */
};

struct arm_answer {
    enum arm_outcome outcome;
    int status;           /* of the last answer; 0: none */
    json_t *body;         /* borrowed; NULL: none or not JSON */
    struct arm_poll poll; /* with ARM_ACCEPTED; borrowed */
    const char *code;     /* Azure's error code, "" if none: with ARM_REFUSED */
    const char *message;  /* Azure's text, or our own sentence; never NULL */
    int error_code;       /* enum error_code: what the command's exit status would be */
    int attempts;         /* requests sent for this call */
    const struct http_response *response; /* of blob.h's requests: all of it; else NULL */
};

typedef void arm_done(void *context, const struct arm_answer *answer);

/* Queues a call: it leaves when a token is there and the pace allows it. 429, and 503 with
 * Retry-After, are waited out and sent again; so are reads after any failure. A PUT, POST, PATCH or
 * DELETE without an answer, or with 500, 502, 504, is ARM_LOST. Returns an id for arm_cancel; 0
 * with no memory. done is called once, never from within arm_send. */
uint64_t arm_send(struct arm *arm, const struct arm_call *call, arm_done *done, void *context);
/* Polls until Azure has ended and calls done with ARM_DONE and the final body, or ARM_REFUSED.
 * `call` gives path, credential, auxiliary and correlation of the request that was accepted. */
uint64_t arm_await(struct arm *arm, const struct arm_call *call, const struct arm_poll *poll,
                   arm_done *done, void *context);
/* GET of a list: on_page for each page (false stops), then done. */
typedef bool arm_page(void *context, const json_t *values);
uint64_t arm_list(struct arm *arm, const struct arm_call *call, arm_page *on_page, arm_done *done,
                  void *context);
/* Saves what a URL holds (a blob with its SAS) to a file, without a token; resumes by Range after a
 * break. */
uint64_t arm_fetch(struct arm *arm, const char *url, int fd, arm_done *done, void *context);
/* Forgets a call: done is not called. A request in flight may still be carried out. */
void arm_cancel(struct arm *arm, uint64_t id);

/* Requests of the journey so far. */
struct arm_counts {
    int64_t reads, writes, deletes, posts, tokens, throttled, retried, lost;
};
struct arm_counts arm_counts(const struct arm *arm);

/* Frees the texts of a poll that the caller has made. */
void arm_poll_clear(struct arm_poll *poll);

/* Whether a code is of the capacity class: the next zone or size may do (QuotaExceeded,
 * AllocationFailed, …). */
bool arm_is_capacity_error(const char *code);
/* Whether a refusal is for want of quota, of which another size may have some left: Azure uses the
 * code OperationNotAllowed for that and for other things, so the message decides. */
bool arm_is_quota_error(const char *code, const char *message);

#endif

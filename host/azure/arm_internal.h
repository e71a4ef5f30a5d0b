/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the client share: the client, and one call on its way. */
#ifndef FLEXHOST_AZURE_ARM_INTERNAL_H
#define FLEXHOST_AZURE_ARM_INTERNAL_H

#include "azure/answer.h"
#include "azure/arm.h"
#include "azure/pace.h"
#include "azure/token.h"
#include "base/uuid.h"

#include <signal.h>

enum { AUXILIARY_MAX = 3, TOKENS_MAX = 1 + AUXILIARY_MAX };

struct arm {
    struct loop *loop;
    struct arm_settings settings; /* its texts are ours */
    char *user_agent;
    char *vault_base; /* a token for vaults goes below it alone */
    char *vault_audience;
    struct token_settings token_settings;
    struct token_settings vault_token_settings;
    struct token_source **sources;
    struct token_source **vault_sources; /* of the same credentials */
    size_t source_count;
    struct pace *pace;
    struct job *jobs;
    uint64_t last_id;
    struct arm_counts counts;
    const volatile sig_atomic_t *interrupted; /* ends the waits of sync.h; NULL: nothing does */
};

struct job;

struct job_ops {
    /* An answer that is neither waited out nor asked for again. It may take parsed->body (and put
     * NULL there). Ends with job_finish, job_send_later or the like. */
    void (*answered)(struct job *job, struct arm_parsed *parsed);
    /* No such answer will come. */
    void (*failed)(struct job *job, const struct arm_answer *answer);
    void (*clear)(struct job *job); /* may be NULL */
    /* A read, or what may be repeated, broke off; ends with job_retry or job_finish. NULL:
     * job_retry. */
    void (*broke)(struct job *job, const struct http_response *response);
};

/* Memory of an exchange that the transport may outlive the call with. */
struct exchange {
    struct job *job; /* NULL: nobody waits for it any more */
};

/* One call of arm.h: it sends requests, one after another, until it knows how it ended. Each kind
 * of call puts this first in a structure of its own. */
struct job {
    struct arm *arm;
    const struct job_ops *ops;
    struct job *previous;
    struct job *next;
    uint64_t id;
    arm_done *done;
    void *context;

    /* the request */
    char *method;
    char *url;
    const char *base; /* its token goes nowhere else; the client's */
    bool vault;
    char *body;
    size_t body_length;
    struct token_source *sources[TOKENS_MAX]; /* the first is the principal's */
    size_t source_index;                      /* of the principal: its pace */
    size_t source_count;                      /* 0: sent without a token */
    char *correlation;
    char *if_match; /* of the request itself, not of the polls that follow */
    int64_t timeout_ms;
    int sink_fd;
    bool headers_only;               /* as in http_request */
    size_t response_limit;           /* the same; 0: the transport's default */
    bool repeatable;                 /* it changes something, but twice is no more than once */
    const struct http_header *extra; /* of the kind of call, e.g. Range */
    size_t extra_count;
    bool wants_json; /* an unreadable 200 is asked for again */
    int patience;    /* failures in a row that are borne */

    /* its way */
    struct token_waiter waiter;
    struct pace_ticket ticket;
    bool paced;  /* has its turn */
    bool urgent; /* had its turn, and was sent back */
    struct exchange *exchange;
    const struct http_response *response; /* while it is judged */
    uint64_t timer;
    uint64_t generations[TOKENS_MAX];
    bool renewed; /* a 401 has been answered with another token */
    int64_t left_ms;
    int failures;
    int throttles;
    int refusals; /* because another operation is in progress */
    int attempts;
    bool in_callback;
    bool cancelled;
    int refusal_code; /* not 0: nothing is sent, done is told the refusal */
    char *refusal;
};

/* ---- job.c: calls come and go ---- */

/* size: of the structure that job is the first of. NULL without memory. */
struct job *job_new(struct arm *arm, size_t size, const struct job_ops *ops, arm_done *done,
                    void *context);
/* Takes credential, auxiliaries and correlation of the call. -1: the job is refused, to be started
 * all the same. */
int job_take_call(struct job *job, const struct arm_call *call);
void job_free(struct job *job);
struct job *job_find(struct arm *arm, uint64_t id);
/* Nothing will be sent: done is told this, from the loop. */
void job_refuse(struct job *job, int error_code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Returns the job's id; 0 without memory, and then the job is gone. */
uint64_t job_start(struct job *job);
/* Calls done and frees the job. */
void job_finish(struct job *job, const struct arm_answer *answer);
/* The same with a sentence. */
void job_finish_with(struct job *job, enum arm_outcome outcome, int status, int error_code,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));
/* The answer as it is: DONE or REFUSED by its status. */
void job_finish_parsed(struct job *job, enum arm_outcome outcome, const struct arm_parsed *parsed);

/* Takes method, URL and body. -1: refused, as with job_take_call. */
int job_take_request(struct job *job, const struct arm_call *call);

/* Replaces the request by a GET. -1 without memory. */
int job_become_get(struct job *job, const char *url);

/* ---- request.c: one request until its answer ---- */

/* Sends job's request after a while. -1 without memory. */
int job_schedule(struct job *job, int64_t delay_ms);
/* The same for what has begun: ends the job when there is no memory. */
void job_send_later(struct job *job, int64_t delay_ms);
/* Stops what is under way. */
void job_stop(struct job *job);
bool job_is_read(const struct job *job);
/* Whether it is sent again when nobody knows what became of it. */
bool job_may_repeat(const struct job *job);

/* ---- verdict.c: what becomes of it after its exchange ---- */

void job_judge(struct job *job, struct arm_parsed *parsed);
void job_no_answer(struct job *job, const struct http_response *response);
/* There was an answer, but no memory to read it. */
void job_unread(struct job *job, int status);
/* Tells ops->failed. */
void job_fail(struct job *job, enum arm_outcome outcome, int status, int error_code,
              const char *message);
/* Counts a failure and sends the request again, or fails with this sentence. */
void job_retry(struct job *job, int status, int error_code, const char *sentence);
/* Up to a tenth more, by chance. */
int64_t job_jitter(const struct job *job, int64_t ms);
/* For people: a path is told without the resource manager's name, which is always the same. */
const char *job_shown_url(const struct job *job);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* One call into a plugin, as the files of this room see it. */
#ifndef FLEXHOST_PLUGIN_CALL_PRIVATE_H
#define FLEXHOST_PLUGIN_CALL_PRIVATE_H

#include "base/arena.h"
#include "plugin/call.h"

#include <flexhost/plugin.h>
#include <setjmp.h>
#include <stdbool.h>

enum call_mode { CALL_CHECK = 1, CALL_PLAN = 2, CALL_OBSERVE = 4 };

struct call {
    struct fh_call base; /* first: what the plugin holds is this */
    enum call_mode mode;
    const struct plugin *plugin;
    const json_t *request;
    const char *request_text;
    const struct plugin_services *services; /* may be NULL */
    const json_t *secrets;                  /* of a check; may be NULL */
    struct arena arena;
    struct error error; /* the first failure */
    bool failed;
    size_t allocated;  /* by the plugin itself */
    jmp_buf no_memory; /* where alloc goes when there is none: a plugin never sees NULL */
    struct plugin_check *check;
    struct plan *plan;
    struct plugin_observation *observation;
    size_t steps;
};

/* The table that plugins get. */
extern const struct fh_host call_host;

/* Makes the call fail with the first reason given. Returns `code` (FH_E…). */
int32_t call_fail(struct call *call, int32_t code, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Takes over an error that the host itself found. */
int32_t call_fail_with(struct call *call, struct error *err);
/* Refuses what this kind of call has not: a question in a plan, a step in a check. */
bool call_allows(struct call *call, unsigned modes, const char *function);
/* A text that may go on to people and into JSON: UTF-8, not endless. NULL is fine. */
bool call_text_fine(struct call *call, const char *function, const char *text);

/* The questions (services.c). */
const char *call_arm_get(struct fh_call *base, const char *credential, const char *path,
                         const char *api_version, int32_t *status);
const char *call_dns_query(struct fh_call *base, const char *server, const char *name,
                           const char *type, uint32_t timeout_ms);
const char *call_http_range(struct fh_call *base, const char *url, uint64_t offset, uint32_t length,
                            int32_t *status);
const char *call_tcp_probe(struct fh_call *base, const char *host, uint16_t port,
                           uint32_t timeout_ms);
const char *call_arm_query(struct fh_call *base, const char *credential, const char *path,
                           const char *api_version, const char *body, int32_t *status);
const char *call_ntp_query(struct fh_call *base, const char *server, uint32_t timeout_ms);
const char *call_url(struct fh_call *base, const char *url);
int32_t call_log(struct fh_call *base, int32_t level, const char *message);

/* What a plugin tells (answers.c). */
int32_t call_refused(struct fh_call *base);
int32_t call_finding(struct fh_call *base, int32_t severity, const char *rule, const char *field,
                     const char *message, const char *mend);
int32_t call_claim(struct fh_call *base, const char *cidr, const char *owner);
int32_t call_step(struct fh_call *base, const struct fh_step *step);
int32_t call_export(struct fh_call *base, const char *name, const char *value);
int32_t call_status(struct fh_call *base, const char *status, const char *label,
                    const char *message);
int32_t call_detail(struct fh_call *base, const char *name, const char *label, const char *value);
int32_t call_document(struct fh_call *base, const char *name, const char *text);
int32_t call_learn(struct fh_call *base, const char *name, const char *value);
int32_t call_due(struct fh_call *base, const char *verb, uint32_t seconds);

#endif

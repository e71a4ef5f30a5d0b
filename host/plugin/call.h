/* SPDX-License-Identifier: Apache-2.0 */
/* Calls into a plugin: a request goes in, findings, a plan or an observation come out. */
#ifndef FLEXHOST_PLUGIN_CALL_H
#define FLEXHOST_PLUGIN_CALL_H

#include "base/error.h"
#include "plan/plan.h"
#include "plugin/registry.h"

#include <jansson.h>

/* What the host can ask the world for a plugin; NULL members make the question fail with
 * FH_EUNSUPPORTED. Texts returned are malloced. */
struct plugin_services {
    void *context;
    char *(*arm_get)(void *context, const char *credential, const char *path,
                     const char *api_version, int *status, struct error *err);
    char *(*dns_query)(void *context, const char *server, const char *name, const char *type,
                       unsigned timeout_ms, struct error *err);
    char *(*http_range)(void *context, const char *url, unsigned long long offset, unsigned length,
                        int *status, struct error *err);
    char *(*tcp_probe)(void *context, const char *host, unsigned port, unsigned timeout_ms,
                       struct error *err);
    char *(*arm_query)(void *context, const char *credential, const char *path,
                       const char *api_version, const char *body, int *status, struct error *err);
    char *(*ntp_query)(void *context, const char *server, unsigned timeout_ms, struct error *err);
    void (*log)(void *context, int level, const char *message);
};

struct finding {
    int severity; /* FH_PASS, FH_WARNING, FH_FAIL */
    char *rule;
    char *field;
    char *message;
    char *mend;
};

struct claim {
    char *cidr;
    char *owner;
};

struct plugin_check {
    struct finding *findings;
    size_t finding_count;
    struct claim *claims;
    size_t claim_count;
    json_t *details;     /* of a verb that only reads: array of {name,label,value}; NULL: none */
    char *document_name; /* of a verb that only reads: a text for the operator; NULL: none */
    char *document;
    json_t *learned; /* {NAME: value} for the plan; NULL: nothing */
};

struct plugin_observation {
    char *status; /* NULL: the plugin said nothing */
    char *label;
    char *message;
    json_t *details; /* array of {name,label,value} */
    char *due_verb;  /* to be run in due_seconds; NULL: none */
    uint32_t due_seconds;
};

/* verb NULL: the plugin's own check. secrets: {FIELD: value} for questions that take one by
 * reference; NULL: none. A call that fails (fh_fail) is -1 with field and message as the plugin
 * gave them. */
int plugin_run_check(const struct plugin *plugin, const struct fh_verb *verb, const json_t *request,
                     const json_t *secrets, const struct plugin_services *services,
                     struct plugin_check *check, struct error *err);
void plugin_check_clear(struct plugin_check *check);

/* Calls plan twice and compares: a plan that differs is a bug of the plugin and refused as such.
 * The plan is finished (tags set). */
int plugin_run_plan(const struct plugin *plugin, const struct fh_verb *verb, const json_t *request,
                    struct plan **plan, struct error *err);

int plugin_run_observe(const struct plugin *plugin, const json_t *request,
                       const struct plugin_services *services,
                       struct plugin_observation *observation, struct error *err);
void plugin_observation_clear(struct plugin_observation *observation);

const struct fh_verb *plugin_verb(const struct plugin *plugin, const char *name);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What a command works with, each opened when first asked for: `connection list` never loads a
 * plugin or opens a socket. */
#ifndef FLEXHOST_COMMAND_CONTEXT_H
#define FLEXHOST_COMMAND_CONTEXT_H

#include "azure/arm.h"
#include "base/error.h"
#include "base/loop.h"
#include "config/config.h"
#include "plan/engine.h"
#include "plugin/call.h"
#include "plugin/registry.h"
#include "store/store.h"

#include <signal.h>
#include <stdbool.h>

/* How a face shows what happens and asks: the command line, later HTTP. */
struct face {
    void *context;
    void (*progress)(void *context, const struct progress *progress);
    /* One change of a dry run. */
    void (*change)(void *context, const struct change *change);
    void (*warning)(void *context, const char *message); /* stderr, unless -q */
    void (*remark)(void *context, const char *message);  /* stderr, unless -q; without a prefix */
    void (*notice)(void *context, const char *message);  /* stderr with -v */
    void (*trace)(void *context, const char *line);      /* --debug */
    /* What a person has to do so that the command goes on: stderr, also with -q. */
    void (*instruct)(void *context, const char *message);
    /* Whether a person is there who can be asked. */
    bool (*attended)(void *context);
    /* Whether the operator says yes; false without asking when nobody can be asked. */
    bool (*confirm)(void *context, const char *question);
};

struct context;
struct sign_ins;

/* config_path NULL: searched. Nothing is opened yet. `interrupted` becomes 1 at the first Ctrl-C.
 */
struct context *context_new(const char *config_path, const struct face *face,
                            const volatile sig_atomic_t *interrupted);
void context_free(struct context *context);

const struct face *context_face(const struct context *context);
const volatile sig_atomic_t *context_interrupted(const struct context *context);

/* Each NULL with err set when it cannot be had. */
const struct config *context_config(struct context *context, struct error *err);
/* How people sign in; not NULL once there is a client. */
struct sign_ins *context_sign_ins(struct context *context);
/* What --config says, or NULL. */
const char *context_config_option(const struct context *context);
/* The file in use; NULL before it is loaded. */
const char *context_config_path(struct context *context);
struct store *context_store(struct context *context, struct error *err);
struct registry *context_registry(struct context *context, struct error *err);
struct loop *context_loop(struct context *context, struct error *err);
struct arm *context_arm(struct context *context, struct error *err);
const struct plugin_services *context_services(struct context *context, struct error *err);
const char *context_principal(struct context *context); /* who runs it: the login name */
const char *context_state_folder(struct context *context, struct error *err);
/* How often a list of machines is read while they are made. */
int64_t context_sweep_interval_ms(struct context *context);
int64_t context_verify_window_ms(struct context *context);
/* [azure] steps-at-once; 0: as many as the engine thinks fit. */
int64_t context_steps_at_once(struct context *context);

/* The id of the operation that the command runs, printed with every error; NULL before there is
 * one. */
void context_set_transaction(struct context *context, const char *operation_id);
const char *context_transaction(const struct context *context);

void context_remark(struct context *context, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void context_warn(struct context *context, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif

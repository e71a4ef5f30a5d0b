/* SPDX-License-Identifier: Apache-2.0 */
/* What a command works with, each opened when first asked for. */
#include "command/context.h"

#include "azure/services.h"
#include "azure/sync.h"
#include "azure/transport_curl.h"
#include "base/text.h"
#include "command/credentials.h"
#include "command/sign_in.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct context {
    char *config_option;
    const struct face *face;
    const volatile sig_atomic_t *interrupted;
    struct config *config;
    struct store *store;
    struct registry *registry;
    struct transport *transport;
    struct loop *loop;
    struct arm *arm;
    struct sign_ins *sign_ins;
    struct plugin_services services;
    char *principal;
    char *transaction;
};

struct context *context_new(const char *config_path, const struct face *face,
                            const volatile sig_atomic_t *interrupted)
{
    struct context *context = calloc(1, sizeof *context);
    if (!context)
        return NULL;
    context->config_option = config_path ? strdup(config_path) : NULL;
    context->face = face;
    context->interrupted = interrupted;
    return context;
}

void context_free(struct context *context)
{
    if (!context)
        return;
    arm_free(context->arm);
    sign_ins_free(context->sign_ins);
    loop_free(context->loop);
    if (context->transport) {
        context->transport->ops->free(context->transport);
        transport_curl_stop();
    }
    registry_free(context->registry);
    if (context->store)
        context->store->ops->close(context->store);
    config_free(context->config);
    free(context->config_option);
    free(context->principal);
    free(context->transaction);
    free(context);
}

const struct face *context_face(const struct context *context)
{
    return context->face;
}

const volatile sig_atomic_t *context_interrupted(const struct context *context)
{
    return context->interrupted;
}

const struct config *context_config(struct context *context, struct error *err)
{
    if (context->config)
        return context->config;
    char *path = NULL;
    const char *why;
    if (config_locate(context->config_option, &path, &why, err) < 0)
        return NULL;
    struct config *config = NULL;
    if (config_load(path, &config, err) < 0) {
        config_free(config);
        config = NULL;
    }
    free(path);
    context->config = config;
    return config;
}

const char *context_config_option(const struct context *context)
{
    return context->config_option;
}

const char *context_config_path(struct context *context)
{
    return context->config ? context->config->path : NULL;
}

const char *context_state_folder(struct context *context, struct error *err)
{
    const struct config *config = context_config(context, err);
    return config ? config->host.state_folder : NULL;
}

int64_t context_sweep_interval_ms(struct context *context)
{
    return context->config ? context->config->azure.poll_interval_ms : 0;
}

int64_t context_verify_window_ms(struct context *context)
{
    return context->config ? context->config->azure.verify_window_ms : 0;
}

int64_t context_steps_at_once(struct context *context)
{
    return context->config ? context->config->azure.steps_at_once : 0;
}

struct store *context_store(struct context *context, struct error *err)
{
    if (!context->store) {
        const char *folder = context_state_folder(context, err);
        if (folder)
            context->store = store_open(folder, clock_system(), err);
    }
    return context->store;
}

struct registry *context_registry(struct context *context, struct error *err)
{
    if (!context->registry) {
        const struct config *config = context_config(context, err);
        if (config)
            context->registry = registry_open(config, err);
    }
    return context->registry;
}

struct loop *context_loop(struct context *context, struct error *err)
{
    if (context->loop)
        return context->loop;
    const struct config *config = context_config(context, err);
    if (!config)
        return NULL;
    struct transport_curl_settings settings = {
        .ca_file = config->azure.ca_file,
        .connect_timeout_ms = config->azure.connect_timeout_ms,
        .max_connections = (int)config->azure.max_connections,
    };
    if (!context->transport && transport_curl_start(err) == 0)
        context->transport = transport_curl_new(&settings, err);
    if (!context->transport)
        return NULL;
    context->loop = loop_new(clock_system(), context->transport);
    if (!context->loop)
        error_no_memory(err);
    return context->loop;
}

static struct arm *open_arm(struct context *context, struct loop *loop, struct error *err)
{
    const struct config_azure *azure = &context->config->azure;
    struct arm_settings settings = {
        .authority = azure->authority,
        .resource_manager = azure->resource_manager,
        .audience = azure->audience,
        .metadata = azure->metadata,
        .vault_suffix = azure->vault_suffix,
        .request_timeout_ms = azure->request_timeout_ms,
        .poll_floor_ms = azure->poll_interval_ms,
        .poll_default_ms = azure->poll_interval_ms,
        .write_burst = (double)azure->write_burst,
        .write_rate = (double)azure->write_rate,
        .read_burst = (double)azure->read_burst,
        .read_rate = (double)azure->read_rate,
        .no_pace = !azure->pace,
        .trace = context->face->trace,
        .trace_context = context->face->context,
    };
    size_t count;
    if (!context->sign_ins)
        context->sign_ins = sign_ins_new(context, context->config);
    struct arm_credential *credentials =
        context->sign_ins ? credentials_of(context->config, context->sign_ins, &count) : NULL;
    if (!credentials) {
        error_no_memory(err);
        return NULL;
    }
    struct arm *arm = arm_new(loop, &settings, credentials, count, err);
    free(credentials);
    if (arm)
        arm_heed(arm, context->interrupted);
    return arm;
}

struct arm *context_arm(struct context *context, struct error *err)
{
    if (!context->arm) {
        struct loop *loop = context_loop(context, err);
        if (loop)
            context->arm = open_arm(context, loop, err);
    }
    return context->arm;
}

struct sign_ins *context_sign_ins(struct context *context)
{
    return context->sign_ins;
}

const struct plugin_services *context_services(struct context *context, struct error *err)
{
    struct arm *arm = context_arm(context, err);
    if (!arm)
        return NULL;
    context->services = (struct plugin_services){
        .context = arm,
        .arm_get = services_arm_get,
        .arm_query = services_arm_query,
        .dns_query = services_dns_query,
        .ntp_query = services_ntp_query,
        .http_range = services_http_range,
        .tcp_probe = services_tcp_probe,
    };
    return &context->services;
}

const char *context_principal(struct context *context)
{
    if (!context->principal) {
        const struct passwd *user = getpwuid(getuid());
        context->principal =
            user ? strdup(user->pw_name) : text_format("uid %u", (unsigned)getuid());
    }
    return context->principal ? context->principal : "unknown";
}

void context_set_transaction(struct context *context, const char *operation_id)
{
    char *copy = operation_id ? strdup(operation_id) : NULL;
    free(context->transaction);
    context->transaction = copy;
}

const char *context_transaction(const struct context *context)
{
    return context->transaction;
}

static void say(void (*show)(void *, const char *), void *face, const char *format, va_list args)
{
    char *message = NULL;
    if (show && vasprintf(&message, format, args) >= 0) {
        show(face, message);
        free(message);
    }
}

void context_remark(struct context *context, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(context->face->remark, context->face->context, format, args);
    va_end(args);
}

void context_warn(struct context *context, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(context->face->warning, context->face->context, format, args);
    va_end(args);
}

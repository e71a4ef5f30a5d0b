/* SPDX-License-Identifier: Apache-2.0 */
/* The name and time servers of a connection's machines: the fields, and whether the servers answer
 * before machines have to live with them. */
#ifndef FLEXHOST_PLUGINS_COMMON_NAMES_H
#define FLEXHOST_PLUGINS_COMMON_NAMES_H

#include "azure.h"

#include <string.h>

#define AZURE_DNS "168.63.129.16"

/* Fields and options that every connection with name servers declares in the same words. Macros,
 * because a table of fields is a constant that is put together from these and the type's own. */
#define NAME_FIELDS                                                                                \
    {.name = "dns-server",                                                                         \
     .type = "ipv4",                                                                               \
     .flags = FH_FIELD_REQUIRED | FH_FIELD_LIST,                                                   \
     .help = "DNS server of the machines; the first is preferred",                                 \
     .max_count = 25},                                                                             \
        {.name = "dns-public-name",                                                                \
         .type = "fqdn",                                                                           \
         .flags = FH_FIELD_ADVANCED,                                                               \
         .help = "public name that every DNS server must know",                                    \
         .default_value = "login.microsoftonline.com"},                                            \
    {                                                                                              \
        .name = "dns-private-name", .type = "fqdn",                                                \
        .help = "name of your own that every DNS server must know, such as your domain"            \
    }

#define NAME_OPTIONS                                                                               \
    {.name = "dns-check",                                                                          \
     .type = "enum",                                                                               \
     .help = "what to do about DNS servers that do not answer from here: require refuses them",    \
     .default_value = "require",                                                                   \
     .values = "require|warn|skip"},                                                               \
    {                                                                                              \
        .name = "dns-timeout", .type = "duration", .help = "how long a DNS server may take",       \
        .default_value = "3s", .min = 1, .max = 60                                                 \
    }

struct dns_answer {
    bool resolved;
    const char *words; /* "www.example.com is 192.0.2.1", "www.example.com: NXDOMAIN" */
};

static inline int32_t ask_dns(struct fh_call *call, const char *server, const char *name,
                              uint32_t timeout_ms, struct dns_answer *answer)
{
    const char *text = fh_dns_query(call, server, name, "A", timeout_ms);
    if (!text)
        return FH_EFAILED;
    json_t *json = json_loads(text, 0, NULL);
    const char *status = fh_json_text(json, "/status");
    const char *address = fh_json_text(json, "/answers/0");
    answer->resolved = status && strcmp(status, "NOERROR") == 0 && address;
    answer->words = answer->resolved ? fh_printf(call, "%s is %s", name, address)
                                     : fh_printf(call, "%s: %s", name,
                                                 status && strcmp(status, "NOERROR") != 0
                                                     ? status
                                                     : "no address in the answer");
    json_decref(json);
    return FH_OK;
}

struct dns_question {
    const char *public_name;
    const char *private_name; /* NULL: not asked */
    uint32_t timeout_ms;
    bool only_warn;
};

/* Neither kind of name resolved is a failure, one of them is a warning. */
static inline int32_t check_dns_server(struct fh_call *call, const char *server, size_t index,
                                       const struct dns_question *question)
{
    struct dns_answer public = {0}, private = {0};
    const char *field = fh_printf(call, "/dns-server/%zu", index);
    if (ask_dns(call, server, question->public_name, question->timeout_ms, &public) != FH_OK)
        return FH_EFAILED;
    if (question->private_name &&
        ask_dns(call, server, question->private_name, question->timeout_ms, &private) != FH_OK)
        return FH_EFAILED;
    const char *both =
        private.words ? fh_printf(call, "%s; %s", public.words, private.words) : public.words;
    if (public.resolved && (!question->private_name || private.resolved))
        return fh_finding(call, FH_PASS, "dns-answers", field,
                          fh_printf(call, "%s answers: %s", server, both), NULL);
    if (public.resolved || private.resolved)
        return fh_finding(call, FH_WARNING, "dns-answers", field,
                          fh_printf(call, "%s resolves one kind of name only: %s", server, both),
                          "let it forward what it does not know itself");
    return fh_finding(call, question->only_warn ? FH_WARNING : FH_FAIL, "dns-answers", field,
                      fh_printf(call, "the DNS server %s does not resolve: %s", server, both),
                      "correct the address, start the server, or open port 53 to it from here");
}

static inline int32_t refuse_azure_dns(struct fh_call *call, const json_t *servers)
{
    int32_t result = FH_OK;
    for (size_t i = 0; result == FH_OK && i < json_array_size(servers); i++)
        if (strcmp(json_string_value(json_array_get(servers, i)), AZURE_DNS) == 0)
            result =
                fh_finding(call, FH_FAIL, "dns-own", fh_printf(call, "/dns-server/%zu", i),
                           "168.63.129.16 is Azure's own DNS server, which knows no name of yours",
                           "give the address of a DNS server in the connected network");
    return result;
}

static inline int32_t check_dns(struct fh_call *call, const json_t *servers,
                                const struct dns_question *question)
{
    int32_t result = FH_OK;
    for (size_t i = 0; result == FH_OK && i < json_array_size(servers); i++)
        result = check_dns_server(call, json_string_value(json_array_get(servers, i)), i, question);
    return result;
}

/* check, first: the fields alone. */
static inline int32_t check_name_fields(struct fh_call *call, const json_t *request)
{
    return refuse_azure_dns(call, fh_json_at(request, "/fields/dns-server"));
}

/* check, last: asks the servers. */
static inline int32_t check_name_servers(struct fh_call *call, const json_t *request)
{
    const json_t *servers = fh_json_at(request, "/fields/dns-server");
    const char *mode = fh_value(call, "/options/dns-check");
    json_int_t timeout = json_integer_value(fh_json_at(request, "/options/dns-timeout"));
    struct dns_question question = {.public_name = fh_value(call, "/fields/dns-public-name"),
                                    .private_name = fh_value(call, "/fields/dns-private-name"),
                                    .timeout_ms = (uint32_t)(timeout ? timeout : 3) * 1000,
                                    .only_warn = mode && strcmp(mode, "warn") == 0};
    return mode && strcmp(mode, "skip") == 0 ? FH_OK : check_dns(call, servers, &question);
}

#endif

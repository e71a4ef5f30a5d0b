/* SPDX-License-Identifier: Apache-2.0 */
/* The name and time servers of a connection's machines: the fields, and whether the servers answer
 * before machines have to live with them. */
#ifndef FLEXHOST_PLUGINS_COMMON_NAMES_H
#define FLEXHOST_PLUGINS_COMMON_NAMES_H

#include "azure.h"

#include <string.h>

#define AZURE_DNS "168.63.129.16"
#define DNS_PORT  53
#define NTP_PORT  123

/* Kerberos, and with it every sign-in to a domain, wants clocks that are closer than this. */
#define CLOCKS_APART_MS 300000

/* Fields and options that every connection with name servers declares in the same words. Macros,
 * because a table of fields is a constant that is put together from these and the type's own. */
#define NAME_FIELDS                                                                                \
    {.name = "dns-server",                                                                         \
     .type = "ipv4",                                                                               \
     .flags = FH_FIELD_REQUIRED | FH_FIELD_LIST,                                                   \
     .help = "DNS server of the machines; the first is preferred",                                 \
     .max_count = 25,                                                                              \
     .acknowledgement = "machines keep the old servers until they are restarted."},                \
        {.name = "dns-public-name",                                                                \
         .type = "fqdn",                                                                           \
         .flags = FH_FIELD_ADVANCED,                                                               \
         .help = "public name that every DNS server must know",                                    \
         .default_value = "login.microsoftonline.com"},                                            \
        {.name = "dns-private-name",                                                               \
         .type = "fqdn",                                                                           \
         .help = "name of your own that every DNS server must know, such as your domain"},         \
    {                                                                                              \
        .name = "ntp-server", .type = "ipv4", .flags = FH_FIELD_LIST,                              \
        .help = "NTP server that machines keep their time by; it is asked for the time",           \
        .max_count = 10                                                                            \
    }

/* A DNS server that does not answer is refused: machines are lost without names. An NTP server is
 * warned of: it need be reached from the machines only, and they run on for a while without. */
#define NAME_OPTIONS                                                                               \
    {.name = "dns-check",                                                                          \
     .type = "enum",                                                                               \
     .help = "what to do about DNS servers that do not answer from here: require refuses them",    \
     .default_value = "require",                                                                   \
     .values = "require|warn|skip"},                                                               \
        {.name = "dns-timeout",                                                                    \
         .type = "duration",                                                                       \
         .help = "how long a DNS server may take for a name; servers are asked one by one",        \
         .default_value = "3s",                                                                    \
         .min = 1,                                                                                 \
         .max = 60},                                                                               \
        {.name = "dns-port",                                                                       \
         .type = "port",                                                                           \
         .help = "port on which DNS servers are asked",                                            \
         .default_value = "53"},                                                                   \
        {.name = "ntp-check",                                                                      \
         .type = "enum",                                                                           \
         .help =                                                                                   \
             "what to do about NTP servers that do not answer from here: require refuses them",    \
         .default_value = "warn",                                                                  \
         .values = "require|warn|skip"},                                                           \
        {.name = "ntp-timeout",                                                                    \
         .type = "duration",                                                                       \
         .help = "how long an NTP server may take; servers are asked one by one",                  \
         .default_value = "3s",                                                                    \
         .min = 1,                                                                                 \
         .max = 60},                                                                               \
    {                                                                                              \
        .name = "ntp-port", .type = "port", .help = "port on which NTP servers are asked",         \
        .default_value = "123"                                                                     \
    }

/* ---- DNS ---- */

struct dns_answer {
    bool asked;
    bool resolved;
    bool silent;       /* nothing came back */
    bool slow_udp;     /* TCP alone brought an answer */
    const char *words; /* "www.example.com is 192.0.2.1", "www.example.com: NXDOMAIN (...)" */
};

struct dns_question {
    const char *public_name;
    const char *private_name; /* NULL: not asked */
    uint32_t seconds;
    int port;
    int32_t severity; /* of a server that resolves nothing */
};

/* What a DNS code means to who runs the server. */
static inline const char *dns_code_words(struct fh_call *call, const char *code, bool cut,
                                         uint32_t seconds)
{
    if (cut && (strcmp(code, "TIMEOUT") == 0 || strcmp(code, "REFUSED-CONNECTION") == 0))
        return "its answer by UDP was cut, and none came by TCP";
    if (strcmp(code, "TIMEOUT") == 0)
        return fh_printf(call, "no answer by UDP or TCP within %u s", (unsigned)seconds);
    if (strcmp(code, "REFUSED-CONNECTION") == 0)
        return "nothing listens there, or nothing leads there";
    if (strcmp(code, "REFUSED") == 0)
        return "it does not serve this machine";
    if (strcmp(code, "SERVFAIL") == 0)
        return "it could not find out";
    if (strcmp(code, "NXDOMAIN") == 0)
        return "it knows no such name";
    return "it does not say why";
}

static inline void read_dns_answer(struct fh_call *call, const char *name, const json_t *json,
                                   const struct dns_question *question, struct dns_answer *answer)
{
    const char *code = fh_json_text(json, "/status");
    const char *address = fh_json_text(json, "/answers/0");
    const char *transport = fh_json_text(json, "/transport");
    bool cut = json_is_true(fh_json_at(json, "/truncated"));
    bool good = code && strcmp(code, "NOERROR") == 0;
    answer->asked = true;
    answer->resolved = good && address;
    answer->silent =
        !code || strcmp(code, "TIMEOUT") == 0 || strcmp(code, "REFUSED-CONNECTION") == 0;
    answer->slow_udp = answer->resolved && !cut && transport && strcmp(transport, "tcp") == 0;
    if (answer->resolved)
        answer->words = fh_printf(call, "%s is %s", name, address);
    else if (good)
        answer->words = fh_printf(call, "%s: NOERROR, but no address in the answer", name);
    else
        answer->words = fh_printf(call, "%s: %s (%s)", name, code ? code : "?",
                                  dns_code_words(call, code ? code : "?", cut, question->seconds));
}

static inline int32_t ask_dns(struct fh_call *call, const char *server, const char *name,
                              const struct dns_question *question, struct dns_answer *answer)
{
    const char *text = fh_dns_query(call, server, name, "A", question->seconds * 1000);
    if (!text)
        return FH_EFAILED;
    json_t *json = json_loads(text, 0, NULL);
    read_dns_answer(call, name, json, question, answer);
    json_decref(json);
    return FH_OK;
}

static inline const char *dns_mend(struct fh_call *call, const struct dns_question *question,
                                   const struct dns_answer *public,
                                   const struct dns_answer *private)
{
    if (public->silent && (!private->asked || private->silent))
        return fh_printf(call,
                         "correct the address, start the server, or open port %d to it from here; "
                         "where it cannot be reached from here, set dns-check = warn in the "
                         "plugin's section of the INI",
                         question->port);
    if (private->asked)
        return "let it serve this machine and your networks, and forward what it does not know "
               "itself";
    return "let it serve this machine and your networks, and forward what it does not know itself; "
           "if it knows names of your own only, give one of them: --dns-private-name";
}

/* Neither kind of name resolved is a failure, one of them is a warning. */
static inline int32_t judge_dns(struct fh_call *call, const char *server, const char *field,
                                const struct dns_question *question,
                                const struct dns_answer *public, const struct dns_answer *private)
{
    const char *both =
        private->asked ? fh_printf(call, "%s; %s", public->words, private->words) : public->words;
    if (!public->resolved && !private->resolved)
        return fh_finding(call, question->severity, "dns-answers", field,
                          fh_printf(call, "the DNS server %s does not resolve: %s", server, both),
                          dns_mend(call, question, public, private));
    if (private->asked && !private->resolved)
        return fh_finding(call, FH_WARNING, "dns-answers", field,
                          fh_printf(call, "%s resolves public names only: %s", server, both),
                          "let it answer for your own names, or forward them to who does");
    if (!public->resolved)
        return fh_finding(call, FH_WARNING, "dns-answers", field,
                          fh_printf(call, "%s resolves private names only: %s", server, both),
                          "let it forward what it does not know itself");
    if (public->slow_udp || private->slow_udp)
        return fh_finding(
            call, FH_WARNING, "dns-answers", field,
            fh_printf(call, "%s answers by TCP, but not by UDP in time: %s", server, both),
            fh_printf(call, "open port %d to it for UDP: machines ask by UDP first",
                      question->port));
    return fh_finding(call, FH_PASS, "dns-answers", field,
                      fh_printf(call, "%s answers: %s", server, both), NULL);
}

/* "10.0.0.4", or "10.0.0.4:5353" where that is not the usual port. */
static inline const char *names_server(struct fh_call *call, const char *address, int port,
                                       int usual)
{
    return port == usual ? address : fh_printf(call, "%s:%d", address, port);
}

static inline int32_t check_dns_server(struct fh_call *call, const char *address, size_t index,
                                       const struct dns_question *question)
{
    struct dns_answer public = {0}, private = {0};
    const char *server = names_server(call, address, question->port, DNS_PORT);
    if (ask_dns(call, server, question->public_name, question, &public) != FH_OK)
        return FH_EFAILED;
    /* Asked of a silent one as well: a server without a way to the Internet may take longer for a
     * public name than anybody waits, and know a private one at once. */
    if (question->private_name &&
        ask_dns(call, server, question->private_name, question, &private) != FH_OK)
        return FH_EFAILED;
    return judge_dns(call, server, fh_printf(call, "/dns-server/%zu", index), question, &public,
                     &private);
}

/* ---- NTP ---- */

static inline const char *offset_words(struct fh_call *call, json_int_t offset_ms)
{
    json_int_t size = offset_ms < 0 ? -offset_ms : offset_ms;
    const char *side = offset_ms < 0 ? "behind" : "ahead of";
    if (size < 10000)
        return fh_printf(call, "%lld ms %s this machine's clock", (long long)size, side);
    return fh_printf(call, "%lld s %s this machine's clock", (long long)(size / 1000), side);
}

static inline int32_t judge_ntp(struct fh_call *call, const char *server, const char *field,
                                const json_t *answer, int port, int32_t severity)
{
    json_int_t offset = json_integer_value(fh_json_at(answer, "/offsetMs"));
    const char *reason = fh_json_text(answer, "/reason");
    if (!json_is_true(fh_json_at(answer, "/answered")))
        return fh_finding(
            call, severity, "ntp-answers", field,
            fh_printf(call, "the NTP server %s does not tell the time: %s", server,
                      reason ? reason : "no reason given"),
            fh_printf(call,
                      "correct the address, start the server, or open port %d to it for UDP; "
                      "machines must reach it, too",
                      port));
    if (offset > CLOCKS_APART_MS || offset < -CLOCKS_APART_MS)
        return fh_finding(
            call, FH_WARNING, "ntp-answers", field,
            fh_printf(call, "the clock of %s is %s", server, offset_words(call, offset)),
            "set right the one that is wrong: sign-in to a domain fails when clocks "
            "are more than 5 minutes apart");
    return fh_finding(call, FH_PASS, "ntp-answers", field,
                      fh_printf(call, "%s tells the time: stratum %d, %s", server,
                                (int)json_integer_value(fh_json_at(answer, "/stratum")),
                                offset_words(call, offset)),
                      NULL);
}

/* ---- who is asked ---- */

static inline bool names_as_before(struct fh_call *call, const char *field)
{
    const char *now = fh_value(call, fh_printf(call, "/fields/%s", field));
    const char *before = fh_value(call, fh_printf(call, "/previous/%s", field));
    return now && before ? strcmp(now, before) == 0 : now == before;
}

/* A change asks what it brings: who is in an outage that has to do with one server must be able to
 * change another. */
/* A check looks at what is there; a verb has nothing to do with names. */
static inline bool names_asked_for(struct fh_call *call)
{
    const char *operation = fh_value(call, "/operation");
    return operation && (strcmp(operation, "create") == 0 || strcmp(operation, "check") == 0 ||
                         strcmp(operation, "update") == 0);
}

/* How an option "require|warn|skip" takes a server that does not answer; FH_PASS: do not ask. */
static inline int32_t names_severity(struct fh_call *call, const char *option)
{
    const char *mode = fh_value(call, fh_printf(call, "/options/%s", option));
    if (mode && strcmp(mode, "skip") == 0)
        return FH_PASS;
    return mode && strcmp(mode, "warn") == 0 ? FH_WARNING : FH_FAIL;
}

static inline int names_number(const json_t *request, const char *pointer, int otherwise)
{
    json_int_t value = json_integer_value(fh_json_at(request, pointer));
    return value > 0 ? (int)value : otherwise;
}

static inline int32_t check_dns_servers(struct fh_call *call, const json_t *request)
{
    const json_t *servers = fh_json_at(request, "/fields/dns-server");
    bool same_names =
        names_as_before(call, "dns-public-name") && names_as_before(call, "dns-private-name");
    const json_t *known = operation_is(call, "update") && same_names
                              ? fh_json_at(request, "/previous/dns-server")
                              : NULL;
    struct dns_question question = {.public_name = fh_value(call, "/fields/dns-public-name"),
                                    .private_name = fh_value(call, "/fields/dns-private-name"),
                                    .seconds =
                                        (uint32_t)names_number(request, "/options/dns-timeout", 3),
                                    .port = names_number(request, "/options/dns-port", DNS_PORT),
                                    .severity = names_severity(call, "dns-check")};
    int32_t result = FH_OK;
    for (size_t i = 0;
         question.severity != FH_PASS && result == FH_OK && i < json_array_size(servers); i++) {
        const char *server = json_string_value(json_array_get(servers, i));
        if (!holds_text(known, server))
            result = check_dns_server(call, server, i, &question);
    }
    return result;
}

static inline int32_t check_ntp_servers(struct fh_call *call, const json_t *request)
{
    const json_t *servers = fh_json_at(request, "/fields/ntp-server");
    const json_t *known =
        operation_is(call, "update") ? fh_json_at(request, "/previous/ntp-server") : NULL;
    uint32_t timeout_ms = (uint32_t)names_number(request, "/options/ntp-timeout", 3) * 1000;
    int port = names_number(request, "/options/ntp-port", NTP_PORT);
    int32_t severity = names_severity(call, "ntp-check"), result = FH_OK;
    for (size_t i = 0; severity != FH_PASS && result == FH_OK && i < json_array_size(servers);
         i++) {
        const char *address = json_string_value(json_array_get(servers, i));
        const char *server = names_server(call, address, port, NTP_PORT);
        if (holds_text(known, address))
            continue;
        const char *text = fh_ntp_query(call, server, timeout_ms);
        if (!text)
            return FH_EFAILED;
        json_t *answer = json_loads(text, 0, NULL);
        result =
            judge_ntp(call, server, fh_printf(call, "/ntp-server/%zu", i), answer, port, severity);
        json_decref(answer);
    }
    return result;
}

/* ---- what a connection calls ---- */

/* check, first: the fields alone. */
static inline int32_t check_name_fields(struct fh_call *call, const json_t *request)
{
    const json_t *servers = fh_json_at(request, "/fields/dns-server");
    int32_t result = FH_OK;
    for (size_t i = 0; result == FH_OK && i < json_array_size(servers); i++)
        if (strcmp(json_string_value(json_array_get(servers, i)), AZURE_DNS) == 0)
            result =
                fh_finding(call, FH_FAIL, "dns-own", fh_printf(call, "/dns-server/%zu", i),
                           "168.63.129.16 is Azure's own DNS server, which knows no name of yours",
                           "give the address of a DNS server in the connected network");
    return result;
}

/* check, last: asks the servers: all when a connection is created or checked, in a change those
 * that are new, and all DNS servers when a name changed. They are asked one by one: silent ones
 * cost dns-timeout for each name, so that 25 of them with two names cost 150 s by default. */
static inline int32_t check_name_servers(struct fh_call *call, const json_t *request)
{
    if (!names_asked_for(call))
        return FH_OK;
    int32_t result = check_dns_servers(call, request);
    return result == FH_OK ? check_ntp_servers(call, request) : result;
}

#endif

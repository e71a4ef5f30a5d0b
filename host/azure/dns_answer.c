/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a DNS answer as texts: c-ares takes the answer apart. */
#include "azure/dns_answer.h"

#include "base/text.h"

#include <ares.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { RECORDS_MAX = 64 };

static void add(json_t *answers, const char *text)
{
    /* json_string refuses what is not UTF-8: such a record is left out. */
    if (text)
        json_array_append_new(answers, json_string(text));
}

static void add_formatted(json_t *answers, char *text)
{
    add(answers, text);
    free(text);
}

static void read_a(const unsigned char *data, int length, json_t *answers)
{
    struct ares_addrttl records[RECORDS_MAX];
    int count = RECORDS_MAX;
    char text[INET_ADDRSTRLEN];
    if (ares_parse_a_reply(data, length, NULL, records, &count) != ARES_SUCCESS)
        return;
    for (int i = 0; i < count; i++)
        add(answers, inet_ntop(AF_INET, &records[i].ipaddr, text, sizeof text));
}

static void read_aaaa(const unsigned char *data, int length, json_t *answers)
{
    struct ares_addr6ttl records[RECORDS_MAX];
    int count = RECORDS_MAX;
    char text[INET6_ADDRSTRLEN];
    if (ares_parse_aaaa_reply(data, length, NULL, records, &count) != ARES_SUCCESS)
        return;
    for (int i = 0; i < count; i++)
        add(answers, inet_ntop(AF_INET6, &records[i].ip6addr, text, sizeof text));
}

/* The answer's aliases end in the canonical name. */
static void read_cname(const unsigned char *data, int length, json_t *answers)
{
    struct hostent *host = NULL;
    if (ares_parse_a_reply(data, length, &host, NULL, NULL) != ARES_SUCCESS)
        return;
    if (host->h_aliases && host->h_aliases[0])
        add(answers, host->h_name);
    ares_free_hostent(host);
}

static void read_ns(const unsigned char *data, int length, json_t *answers)
{
    struct hostent *host = NULL;
    if (ares_parse_ns_reply(data, length, &host) != ARES_SUCCESS)
        return;
    for (char **name = host->h_aliases; name && *name; name++)
        add(answers, *name);
    ares_free_hostent(host);
}

static void read_ptr(const unsigned char *data, int length, json_t *answers)
{
    struct hostent *host = NULL;
    if (ares_parse_ptr_reply(data, length, NULL, 0, AF_INET, &host) != ARES_SUCCESS)
        return;
    add(answers, host->h_name);
    ares_free_hostent(host);
}

static void read_srv(const unsigned char *data, int length, json_t *answers)
{
    struct ares_srv_reply *first = NULL;
    if (ares_parse_srv_reply(data, length, &first) != ARES_SUCCESS)
        return;
    for (struct ares_srv_reply *each = first; each; each = each->next)
        add_formatted(answers, text_format("%u %u %u %s", each->priority, each->weight, each->port,
                                           each->host));
    ares_free_data(first);
}

static void read_mx(const unsigned char *data, int length, json_t *answers)
{
    struct ares_mx_reply *first = NULL;
    if (ares_parse_mx_reply(data, length, &first) != ARES_SUCCESS)
        return;
    for (struct ares_mx_reply *each = first; each; each = each->next)
        add_formatted(answers, text_format("%u %s", each->priority, each->host));
    ares_free_data(first);
}

static void read_txt(const unsigned char *data, int length, json_t *answers)
{
    struct ares_txt_reply *first = NULL;
    if (ares_parse_txt_reply(data, length, &first) != ARES_SUCCESS)
        return;
    for (struct ares_txt_reply *each = first; each; each = each->next)
        add_formatted(answers, strndup((const char *)each->txt, each->length));
    ares_free_data(first);
}

static void read_soa(const unsigned char *data, int length, json_t *answers)
{
    struct ares_soa_reply *soa = NULL;
    if (ares_parse_soa_reply(data, length, &soa) != ARES_SUCCESS)
        return;
    add_formatted(answers,
                  text_format("%s %s %u %u %u %u %u", soa->nsname, soa->hostmaster, soa->serial,
                              soa->refresh, soa->retry, soa->expire, soa->minttl));
    ares_free_data(soa);
}

static const struct record_type {
    const char *name;
    int type;
    void (*read)(const unsigned char *data, int length, json_t *answers);
} types[] = {
    {"A", ns_t_a, read_a},       {"AAAA", ns_t_aaaa, read_aaaa}, {"CNAME", ns_t_cname, read_cname},
    {"MX", ns_t_mx, read_mx},    {"NS", ns_t_ns, read_ns},       {"PTR", ns_t_ptr, read_ptr},
    {"SOA", ns_t_soa, read_soa}, {"SRV", ns_t_srv, read_srv},    {"TXT", ns_t_txt, read_txt},
};

int dns_type(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcasecmp(types[i].name, name) == 0)
            return types[i].type;
    return -1;
}

json_t *dns_answers(int type, const unsigned char *data, int length)
{
    json_t *answers = json_array();
    for (size_t i = 0; answers && i < sizeof types / sizeof *types; i++)
        if (types[i].type == type)
            types[i].read(data, length, answers);
    return answers;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A server that somebody named, as the sockets want it. */
#include "azure/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* Digits alone, 1 to 65535; -1: something else. */
static int read_port(const char *text)
{
    int port = 0;
    if (strspn(text, "0123456789") != strlen(text) || strlen(text) > 5)
        return -1;
    for (; *text; text++)
        port = port * 10 + (*text - '0');
    return port > 0 && port < 65536 ? port : -1;
}

/* Takes text apart; host has room for INET6_ADDRSTRLEN. bracketed: only an IPv6 address will do. */
static bool split(const char *text, char *host, bool *bracketed, const char **port)
{
    const char *begin = text, *end;
    *bracketed = *text == '[';
    if (*bracketed) {
        begin = text + 1;
        end = strchr(begin, ']');
        if (!end || (end[1] != '\0' && end[1] != ':'))
            return false;
        *port = end[1] == ':' ? end + 2 : NULL;
    } else {
        const char *colon = strchr(text, ':');
        bool only_one = colon && !strchr(colon + 1, ':'); /* more: an IPv6 address without a port */
        end = only_one ? colon : text + strlen(text);
        *port = only_one ? colon + 1 : NULL;
    }
    if (end - begin >= INET6_ADDRSTRLEN)
        return false;
    memcpy(host, begin, (size_t)(end - begin));
    host[end - begin] = '\0';
    return true;
}

bool endpoint_read(const char *text, unsigned port, struct endpoint *endpoint)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    char host[INET6_ADDRSTRLEN];
    const char *given;
    bool bracketed;
    if (!split(text, host, &bracketed, &given))
        return false;
    int number = given ? read_port(given) : (int)port;
    if (number < 0)
        return false;
    v4.sin_port = v6.sin6_port = htons((uint16_t)number);
    memset(endpoint, 0, sizeof *endpoint);
    if (!bracketed && inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        memcpy(&endpoint->address, &v4, sizeof v4);
        endpoint->length = sizeof v4;
    } else if ((bracketed || !given) && inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
        memcpy(&endpoint->address, &v6, sizeof v6);
        endpoint->length = sizeof v6;
    }
    return endpoint->length > 0;
}

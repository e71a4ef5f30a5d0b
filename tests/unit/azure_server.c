/* SPDX-License-Identifier: Apache-2.0 */
/* A small HTTP server for the transport's tests. */
#include "azure_server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 256, REQUEST_MAX = 65536 };

struct server {
    int listener;
    int port;
    SSL_CTX *tls;
    pthread_t acceptor;
    pthread_t threads[CONNECTIONS_MAX];
    int sockets[CONNECTIONS_MAX];
    atomic_int connections;
    atomic_int requests;
    atomic_int open;
    atomic_int most_open;
    atomic_bool stopping;
};

struct peer {
    struct server *server;
    int socket;
    SSL *ssl;
};

static int peer_read(struct peer *peer, char *data, int size)
{
    return peer->ssl ? SSL_read(peer->ssl, data, size)
                     : (int)recv(peer->socket, data, (size_t)size, 0);
}

static void peer_write(struct peer *peer, const char *data, size_t length)
{
    while (length > 0) {
        int sent = peer->ssl ? SSL_write(peer->ssl, data, (int)length)
                             : (int)send(peer->socket, data, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        data += sent;
        length -= (size_t)sent;
    }
}

static void reply(struct peer *peer, const char *status, const char *headers, const char *body,
                  size_t length)
{
    char head[512];
    int size = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n", status,
                        length, headers);
    peer_write(peer, head, (size_t)size);
    peer_write(peer, body, length);
}

static void reply_echo(struct peer *peer, const char *request, size_t length)
{
    char body[512], method[16] = "", authorization[128] = "-";
    sscanf(request, "%15s", method);
    const char *found = strstr(request, "Authorization: ");
    if (found)
        sscanf(found + 15, "%127[^\r]", authorization);
    int size = snprintf(body, sizeof body, "%s %zu %s %s", method, length, authorization,
                        strstr(request, "Expect:") ? "expects" : "plain");
    reply(peer, "200 OK", "X-Kind:  echo \r\n", body, (size_t)size);
}

static void reply_headers(struct peer *peer)
{
    peer_write(peer, "HTTP/1.1 200 OK\r\n", 17);
    for (int i = 0; i < 5000; i++)
        peer_write(peer, "X-Filler: 0123456789012345678901234567890123456789\r\n", 52);
}

/* Returns whether the connection stays open. */
static bool serve(struct peer *peer, const char *request, size_t length, int served)
{
    const char *path = strchr(request, ' ') + 1;
    if (strncmp(path, "/echo", 5) == 0) {
        reply_echo(peer, request, length);
    } else if (strncmp(path, "/redirect", 9) == 0) {
        reply(peer, "302 Found", "Location: /hello\r\n", "", 0);
    } else if (strncmp(path, "/missing", 8) == 0) {
        reply(peer, "404 Not Found", "", "gone", 4);
    } else if (strncmp(path, "/big", 4) == 0) {
        char *body = calloc(1, 256 * 1024);
        reply(peer, "200 OK", "", body, 256 * 1024);
        free(body);
    } else if (strncmp(path, "/half", 5) == 0) {
        peer_write(peer, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", 44);
        return false;
    } else if (strncmp(path, "/cut ", 5) == 0 || (strncmp(path, "/cut-kept", 9) == 0 && served)) {
        return false;
    } else if (strncmp(path, "/headers", 8) == 0) {
        reply_headers(peer);
        return false;
    } else {
        struct timespec half = {0, 500 * 1000 * 1000};
        if (strncmp(path, "/slow", 5) == 0)
            nanosleep(&half, NULL);
        reply(peer, "200 OK", "ETag: \"1\"\r\n", "hello", 5);
    }
    return true;
}

/* Returns the length of the body, -1 at the end of the connection. */
static long read_request(struct peer *peer, char *buffer)
{
    size_t got = 0;
    for (;;) {
        buffer[got] = '\0';
        char *end = strstr(buffer, "\r\n\r\n");
        char *length = strstr(buffer, "Content-Length: ");
        size_t want = length ? strtoul(length + 16, NULL, 10) : 0;
        if (end && got >= (size_t)(end + 4 - buffer) + want)
            return (long)want;
        int more =
            got < REQUEST_MAX - 1 ? peer_read(peer, buffer + got, (int)(REQUEST_MAX - 1 - got)) : 0;
        if (more <= 0)
            return -1;
        got += (size_t)more;
    }
}

static void *connection(void *context)
{
    struct peer *peer = context;
    struct server *server = peer->server;
    char *buffer = malloc(REQUEST_MAX);
    int served = 0, open = ++server->open;
    if (open > server->most_open)
        server->most_open = open;
    if (!peer->ssl || SSL_accept(peer->ssl) == 1)
        for (long length; (length = read_request(peer, buffer)) >= 0;) {
            server->requests++;
            if (!serve(peer, buffer, (size_t)length, served++))
                break;
        }
    free(buffer);
    if (peer->ssl)
        SSL_free(peer->ssl);
    shutdown(peer->socket, SHUT_RDWR);
    server->open--;
    free(peer);
    return NULL;
}

static void *accept_connections(void *context)
{
    struct server *server = context;
    while (!server->stopping && server->connections < CONNECTIONS_MAX) {
        int socket = accept(server->listener, NULL, NULL);
        if (socket < 0)
            break;
        int on = 1;
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct peer *peer = calloc(1, sizeof *peer);
        peer->server = server;
        peer->socket = socket;
        if (server->tls) {
            peer->ssl = SSL_new(server->tls);
            SSL_set_fd(peer->ssl, socket);
        }
        int index = server->connections;
        server->sockets[index] = socket;
        pthread_create(&server->threads[index], NULL, connection, peer);
        server->connections++;
    }
    return NULL;
}

static void add_extension(X509 *certificate, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

static SSL_CTX *make_tls(const char *ca_file)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate, NID_subject_alt_name, "IP:127.0.0.1");
    X509_sign(certificate, key, EVP_sha256());
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(tls, certificate);
    SSL_CTX_use_PrivateKey(tls, key);
    FILE *file = fopen(ca_file, "w");
    PEM_write_X509(file, certificate);
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return tls;
}

struct server *server_start(int tls, const char *ca_file)
{
    struct server *server = calloc(1, sizeof *server);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    signal(SIGPIPE, SIG_IGN);
    server->tls = tls ? make_tls(ca_file) : NULL;
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(server->listener, (struct sockaddr *)&address, size) != 0 ||
        listen(server->listener, 128) != 0)
        abort();
    getsockname(server->listener, (struct sockaddr *)&address, &size);
    server->port = ntohs(address.sin_port);
    pthread_create(&server->acceptor, NULL, accept_connections, server);
    return server;
}

void server_stop(struct server *server)
{
    server->stopping = true;
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->acceptor, NULL);
    for (int i = 0; i < server->connections; i++) {
        shutdown(server->sockets[i], SHUT_RDWR);
        pthread_join(server->threads[i], NULL);
        close(server->sockets[i]);
    }
    close(server->listener);
    SSL_CTX_free(server->tls);
    free(server);
}

int server_port(const struct server *server)
{
    return server->port;
}

int server_connections(const struct server *server)
{
    return server->connections;
}

int server_requests(const struct server *server)
{
    return server->requests;
}

int server_most_open(const struct server *server)
{
    return server->most_open;
}

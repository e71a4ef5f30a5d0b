/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP over TLS on the loopback address: one thread, one epoll. */
#include "server.h"

#include "content.h"
#include "text.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
    BIGGEST_BODY = 64 * 1024 * 1024,
    MEMORY = 64 * 1024,
    IDLE_SECONDS = 300,
    STREAM_PIECE = 65536
};

struct waiting {
    struct waiting *next;
    struct MHD_Connection *connection;
    int64_t due; /* the client's clock */
};

struct server {
    struct sim *sim;
    struct MHD_Daemon *daemon;
    struct waiting *waiting; /* slow answers */
    int epoll;
};

/* One request on its way. */
struct call {
    struct exchange x;
    bool begun, routed, too_big;
};

static void parse_query(struct exchange *x, const char *at)
{
    while (*at) {
        size_t length = strcspn(at, "&");
        size_t name = strcspn(at, "=&");
        size_t skip = name < length ? name + 1 : length;

        pairs_add(&x->pool, &x->q.query, url_decode(&x->pool, at, name, true),
                  url_decode(&x->pool, at + skip, length - skip, true));
        at += length + (at[length] == '&');
    }
}

/* libmicrohttpd calls this with the raw target, before anything else. */
static void *on_target(void *user, const char *target, struct MHD_Connection *connection)
{
    struct server *server = user;
    struct call *call = must_alloc(sizeof *call);
    struct exchange *x = &call->x;
    size_t length = strcspn(target, "?");

    x->sim = server->sim;
    x->q.target = pool_text(&x->pool, target);
    x->q.path = url_decode(&x->pool, target, length, false);
    if (target[length])
        parse_query(x, target + length + 1);
    return call;
}

static enum MHD_Result on_header(void *user, enum MHD_ValueKind kind, const char *name,
                                 const char *value)
{
    struct exchange *x = user;

    pairs_add(&x->pool, &x->q.headers, name, value);
    return MHD_YES;
}

static enum verb verb_of(const char *method)
{
    static const char *const names[] = {"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"};

    for (int i = 0; i < VERB_OTHER; i++)
        if (strcmp(names[i], method) == 0)
            return (enum verb)i;
    return VERB_OTHER;
}

static void gather_body(struct call *call, const char *data, size_t size)
{
    struct request *q = &call->x.q;

    if (call->too_big || q->size + size > BIGGEST_BODY) {
        call->too_big = true;
        return;
    }
    if (q->size + size + 1 > q->space) {
        q->space = (q->size + size + 1) * 2;
        q->body = must_grow(q->body, q->space);
    }
    memcpy(q->body + q->size, data, size);
    q->size += size;
    q->body[q->size] = '\0';
}

static void parse_body(struct exchange *x)
{
    const char *type = header(x, "Content-Type");

    if (!x->q.size || starts_with(x->q.path, "/_blob/") ||
        (type && !text_matches("*json*", type) && !starts_with(x->q.path, "/_local/")))
        return;
    x->q.json = json_loadb(x->q.body, x->q.size, 0, NULL);
}

static void route_call(struct call *call)
{
    struct exchange *x = &call->x;

    call->routed = true;
    if (call->too_big) {
        reply_header(x, "x-ms-error-code", "RequestBodyTooLarge");
        refuse(x, 413, "RequestEntityTooLarge", "The request body is too large.");
        return;
    }
    parse_body(x);
    route(x);
}

static ssize_t half_body(void *user, uint64_t at, char *to, size_t most)
{
    struct exchange *x = user;
    size_t half = x->a.size / 2;

    if (at >= half)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (most > half - at)
        most = half - (size_t)at;
    if (x->a.stream)
        content_read(x->a.stream, x->a.from + at, to, most);
    else
        memcpy(to, (const char *)x->a.raw + at, most);
    return (ssize_t)most;
}

static ssize_t stream_body(void *user, uint64_t at, char *to, size_t most)
{
    struct exchange *x = user;

    if (most > x->a.size - at)
        most = (size_t)(x->a.size - at);
    content_read(x->a.stream, x->a.from + at, to, most);
    return (ssize_t)most;
}

static struct MHD_Response *make_response(struct exchange *x)
{
    if (x->a.json) {
        char *text = json_dumps(x->a.json, JSON_COMPACT | JSON_ENCODE_ANY);

        x->a.raw = pool_text(&x->pool, text ? text : "");
        x->a.size = strlen(x->a.raw);
        x->a.type = "application/json; charset=utf-8";
        free(text);
    }
    if (x->a.fate == FATE_TRUNCATED && x->a.size > 1)
        return MHD_create_response_from_callback(x->a.size, 4096, half_body, x, NULL);
    if (x->a.stream && x->a.size)
        return MHD_create_response_from_callback(x->a.size, STREAM_PIECE, stream_body, x, NULL);
    return MHD_create_response_from_buffer(x->a.size, (void *)(uintptr_t)x->a.raw,
                                           MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result send_answer(struct MHD_Connection *connection, struct exchange *x)
{
    struct MHD_Response *response;
    enum MHD_Result result;

    if (x->a.fate == FATE_LOST)
        return MHD_NO;
    response = make_response(x);
    if (!response)
        return MHD_NO;
    if (x->a.type && x->a.size)
        MHD_add_response_header(response, "Content-Type", x->a.type);
    for (size_t i = 0; i < x->a.headers.count; i++)
        MHD_add_response_header(response, x->a.headers.list[i].name, x->a.headers.list[i].value);
    result = MHD_queue_response(connection, (unsigned int)x->a.status, response);
    MHD_destroy_response(response);
    return result;
}

static void wait_for(struct server *server, struct MHD_Connection *connection, int64_t delay)
{
    struct waiting *waiting = must_alloc(sizeof *waiting);

    waiting->connection = connection;
    waiting->due = clock_real() + delay;
    waiting->next = server->waiting;
    server->waiting = waiting;
    MHD_suspend_connection(connection);
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **state)
{
    struct server *server = user;
    struct call *call = *state;

    if (!call->begun) {
        call->begun = true;
        call->x.q.method = pool_text(&call->x.pool, method);
        call->x.q.verb = verb_of(method);
        MHD_get_connection_values(connection, MHD_HEADER_KIND, on_header, &call->x);
        return MHD_YES;
    }
    if (*size) {
        gather_body(call, data, *size);
        *size = 0;
        return MHD_YES;
    }
    if (!call->routed) {
        route_call(call);
        if (call->x.a.delay) {
            wait_for(server, connection, call->x.a.delay);
            return MHD_YES;
        }
    }
    return send_answer(connection, &call->x);
}

static void on_completed(void *user, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct call *call = *state;

    if (!call)
        return;
    json_decref(call->x.q.json);
    json_decref(call->x.a.json);
    if (call->x.a.stream)
        content_end(call->x.a.stream);
    free(call->x.q.body);
    pool_empty(&call->x.pool);
    free(call);
    *state = NULL;
}

static struct MHD_Daemon *start_daemon(struct server *server, const struct tls *tls, int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    struct MHD_OptionItem secure[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, tls ? tls->key : NULL},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, tls ? tls->certificate : NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return MHD_start_daemon(
        flags | (tls ? MHD_USE_TLS : 0), 0, NULL, NULL, on_request, server, MHD_OPTION_ARRAY,
        tls ? secure : plain, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_URI_LOG_CALLBACK,
        on_target, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY, MHD_OPTION_CONNECTION_LIMIT, 4000u,
        MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_END);
}

struct server *server_start(struct sim *sim, const struct tls *tls, int port)
{
    struct server *server = must_alloc(sizeof *server);
    const union MHD_DaemonInfo *info;

    server->sim = sim;
    server->daemon = start_daemon(server, tls, port);
    if (!server->daemon) {
        fprintf(stderr, "azure-local: cannot listen on 127.0.0.1 port %d\n", port);
        free(server);
        return NULL;
    }
    info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    server->epoll = info->epoll_fd;
    return server;
}

int server_port(const struct server *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);

    return info->port;
}

/* Resumes what has waited long enough; the milliseconds to poll for, -1 for as long as it takes. */
static int resume_due(struct server *server)
{
    int64_t now = clock_real(), next = -1;
    bool resumed = false;

    for (struct waiting **at = &server->waiting; *at;) {
        struct waiting *waiting = *at;

        if (waiting->due <= now) {
            MHD_resume_connection(waiting->connection);
            *at = waiting->next;
            free(waiting);
            resumed = true;
            continue;
        }
        if (next < 0 || waiting->due - now < next)
            next = waiting->due - now;
        at = &waiting->next;
    }
    return resumed ? 0 : (int)next;
}

void server_run(struct server *server, int stop)
{
    struct pollfd fds[] = {{server->epoll, POLLIN, 0}, {stop, POLLIN, 0}};

    for (;;) {
        int timeout = resume_due(server);
        MHD_UNSIGNED_LONG_LONG most;

        if (MHD_get_timeout(server->daemon, &most) == MHD_YES &&
            (timeout < 0 || (int64_t)most < timeout))
            timeout = (int)most;
        poll(fds, 2, timeout);
        if (fds[1].revents)
            return;
        MHD_run(server->daemon);
    }
}

void server_end(struct server *server)
{
    while (server->waiting) {
        struct waiting *next = server->waiting->next;

        MHD_resume_connection(server->waiting->connection);
        free(server->waiting);
        server->waiting = next;
    }
    MHD_stop_daemon(server->daemon);
    free(server);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* azure-local: options, the start, and the end. */
#include "blob.h"
#include "count.h"
#include "fault.h"
#include "network.h"
#include "op.h"
#include "script.h"
#include "server.h"
#include "throttle.h"
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const char usage[] =
    "Usage: azure-local [OPTION]...\n"
    "A local simulation of the subset of Azure that flexhost uses, on 127.0.0.1 only: the token\n"
    "endpoint, the resource manager (networks, machines, disks, images, storage accounts, role\n"
    "assignments) and blobs. Nothing runs, nothing leaves this machine.\n"
    "\n"
    "  --port N           listen on port N; 0, the default, takes any free one\n"
    "  --port-file FILE   write the port there once listening\n"
    "  --ca-file FILE     write the certificate of the authority there (PEM)\n"
    "  --no-tls           plain HTTP\n"
    "  --world FILE       who and what there is at the start (INI); see world.ini\n"
    "  --seed N           decides durations and names; the same seed gives the same\n"
    "  --time-scale N     Azure's clock runs N times faster: N of its seconds pass in one of\n"
    "                     the client's. Retry-After is always in the client's seconds; for\n"
    "                     an operation it is rounded, and may be 0 on a faster clock. Tokens,\n"
    "                     signatures and dates follow the client's clock\n"
    "  --no-throttle      without Azure's token buckets\n"
    "  --record FILE      append a JSON line for each exchange, without secrets\n"
    "  --quiet            say nothing at the start\n"
    "  --help             this text\n";

static int read_number(const char *name, const char *text, double least, double *out)
{
    char *end;

    errno = 0;
    *out = strtod(text, &end);
    if (!errno && end != text && !*end && *out >= least)
        return 0;
    fprintf(stderr, "azure-local: --%s %s: a number of at least %g is wanted\n", name, text, least);
    return -1;
}

enum option_key {
    PORT = 1,
    PORT_FILE,
    CA_FILE,
    NO_TLS,
    WORLD,
    SEED,
    TIME_SCALE,
    NO_THROTTLE,
    RECORD,
    QUIET,
    HELP
};

static const struct option names[] = {
    {"port", required_argument, NULL, PORT},
    {"port-file", required_argument, NULL, PORT_FILE},
    {"ca-file", required_argument, NULL, CA_FILE},
    {"no-tls", no_argument, NULL, NO_TLS},
    {"world", required_argument, NULL, WORLD},
    {"seed", required_argument, NULL, SEED},
    {"time-scale", required_argument, NULL, TIME_SCALE},
    {"no-throttle", no_argument, NULL, NO_THROTTLE},
    {"record", required_argument, NULL, RECORD},
    {"quiet", no_argument, NULL, QUIET},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

/* 0 to go on, 1 after --help, -1 on a mistake. */
static int read_option(struct options *options, int key)
{
    double number;

    switch (key) {
    case PORT:
        if (read_number("port", optarg, 0, &number) || number > 65535)
            return -1;
        options->port = (int)number;
        return 0;
    case PORT_FILE:
        options->port_file = optarg;
        return 0;
    case CA_FILE:
        options->ca_file = optarg;
        return 0;
    case NO_TLS:
        options->no_tls = true;
        return 0;
    case WORLD:
        options->world_file = optarg;
        return 0;
    case SEED:
        options->seed = strtoull(optarg, NULL, 10);
        return 0;
    case TIME_SCALE:
        if (read_number("time-scale", optarg, 0.001, &options->time_scale))
            return -1;
        return 0;
    case NO_THROTTLE:
        options->no_throttle = true;
        return 0;
    case RECORD:
        options->record_file = optarg;
        return 0;
    case QUIET:
        options->quiet = true;
        return 0;
    case HELP:
        fputs(usage, stdout);
        return 1;
    default:
        return -1;
    }
}

static int read_options(struct options *options, int argc, char **argv)
{
    int key, result = 0;

    while (!result && (key = getopt_long(argc, argv, "", names, NULL)) != -1)
        result = read_option(options, key);
    if (result)
        return result;
    if (optind < argc) {
        fprintf(stderr, "azure-local: %s: there are options only; see --help\n", argv[optind]);
        return -1;
    }
    return 0;
}

/* Whoever waits for the file sees all of it or nothing. */
static int write_whole(const char *file, const char *text)
{
    char *draft = must_print("%s.%ld", file, (long)getpid());
    int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t size = strlen(text);
    int result = -1;

    if (fd >= 0 && write(fd, text, size) == (ssize_t)size && close(fd) == 0)
        result = rename(draft, file);
    if (result)
        fprintf(stderr, "azure-local: %s: %s\n", file, strerror(errno));
    free(draft);
    return result;
}

static int open_signals(void)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static int announce(struct sim *sim, const struct tls *tls, int port)
{
    const struct options *options = sim->options;
    char *text = must_print("%d\n", port);
    int result = 0;

    if (options->ca_file && tls->authority)
        result = write_whole(options->ca_file, tls->authority);
    if (!result && options->port_file)
        result = write_whole(options->port_file, text);
    free(text);
    if (!result && !options->quiet) {
        printf("azure-local: a local simulation of a subset of Azure, at %s\n"
               "azure-local: tokens, resource groups, networks, VPNs, hubs, machines, disks, "
               "images, storage, "
               "role assignments, blobs, key vaults; Azure's clock runs at %g times\n",
               sim->base, options->time_scale);
        fflush(stdout);
    }
    return result;
}

static int serve(struct sim *sim)
{
    struct tls tls = {0};
    bool secure = !sim->options->no_tls;
    struct server *server = NULL;
    int stop = open_signals();
    int result = -1;

    if (stop < 0 || (secure && tls_make(&tls)))
        goto end;
    server = server_start(sim, secure ? &tls : NULL, sim->options->port);
    if (!server)
        goto end;
    sim->base = must_print("%s://127.0.0.1:%d", secure ? "https" : "http", server_port(server));
    result = announce(sim, &tls, server_port(server));
    if (!result)
        server_run(server, stop);
    server_end(server);
end:
    tls_end(&tls);
    if (stop >= 0)
        close(stop);
    return result;
}

static int open_sim(struct sim *sim)
{
    const char *file = sim->options->record_file;

    clock_start(&sim->clock, sim->options->time_scale);
    sim->store = must_alloc(sizeof *sim->store);
    sim->tokens = tokens_new();
    sim->signins = signins_new();
    sim->throttle = throttle_new();
    sim->faults = faults_new();
    sim->counts = counts_new();
    sim->blobs = blobs_new();
    sim->images = json_array();
    sim->machine_roots = json_array();
    sim->script_answers = json_array();
    sim->vaults = json_object();
    if (world_load(sim, sim->options->world_file))
        return -1;
    sim->record = file ? fopen(file, "a") : NULL;
    if (file && !sim->record) {
        fprintf(stderr, "azure-local: %s: %s\n", file, strerror(errno));
        return -1;
    }
    return 0;
}

static void close_sim(struct sim *sim)
{
    if (sim->record)
        fclose(sim->record);
    clock_end(&sim->clock);
    table_end(&sim->ops, op_release);
    table_end(&sim->leases, leases_release);
    table_end(&sim->cores, free);
    table_end(&sim->capacity, free);
    scripts_end(sim);
    store_end(sim->store);
    blobs_end(sim->blobs);
    json_decref(sim->images);
    json_decref(sim->machine_roots);
    json_decref(sim->script_answers);
    json_decref(sim->vaults);
    tokens_end(sim->tokens);
    signins_end(sim->signins);
    throttle_end(sim->throttle);
    faults_end(sim->faults);
    counts_end(sim->counts);
    world_end(sim->world);
    free(sim->base);
}

int main(int argc, char **argv)
{
    struct options options = {.seed = 1, .time_scale = 1};
    struct sim sim = {.options = &options};
    int result = read_options(&options, argc, argv);

    if (result)
        return result > 0 ? 0 : 2;
    result = open_sim(&sim);
    if (!result)
        result = serve(&sim);
    close_sim(&sim);
    return result ? 1 : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A client of azure-local for its tests. */
#include "client.h"

#include <check.h>
#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

static char *path_in(const struct local *local, const char *name)
{
    char *path = NULL;

    ck_assert_int_gt(asprintf(&path, "%s/%s", local->folder, name), 0);
    return path;
}

static void run_program(const struct local *local, const char *world, const char *option)
{
    const char *program = getenv("AZURE_LOCAL_PROGRAM");
    const char *record = getenv("AZURE_LOCAL_RECORD");
    char *port = path_in(local, "port"), *ca = path_in(local, "ca.pem");
    const char *argv[16] = {program ? program : "tests/azure-local/azure-local",
                            "--quiet",
                            "--port-file",
                            port,
                            "--ca-file",
                            ca};
    size_t count = 6;

    if (option)
        argv[count++] = option;
    if (record) {
        argv[count++] = "--record";
        argv[count++] = record;
    }
    if (world) {
        argv[count++] = "--world";
        argv[count++] = world;
    }
    execv(argv[0], (char **)(uintptr_t)argv);
    perror(argv[0]);
    _exit(127);
}

static void read_port(struct local *local)
{
    char *path = path_in(local, "port");
    FILE *file = NULL;
    int port = 0;

    for (int i = 0; i < 500 && !file; i++) {
        file = fopen(path, "r");
        if (!file)
            usleep(20000);
    }
    ck_assert_msg(file && fscanf(file, "%d", &port) == 1, "azure-local did not start");
    fclose(file);
    free(path);
    snprintf(local->base, sizeof local->base, "https://127.0.0.1:%d", port);
}

void local_start(struct local *local, const char *world, const char *option)
{
    char *path;
    FILE *file;

    memset(local, 0, sizeof *local);
    strcpy(local->folder, "/tmp/azure-local.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(local->folder));
    path = path_in(local, "world.ini");
    file = fopen(path, "w");
    ck_assert(file && fputs(world ? world : "", file) >= 0 && fclose(file) == 0);
    local->pid = fork();
    ck_assert_int_ge(local->pid, 0);
    if (local->pid == 0)
        run_program(local, world ? path : NULL, option);
    free(path);
    read_port(local);
    local->host_token = local_token(local, TENANT, HOST_CLIENT, "local-managed-secret");
    local->customer_token = local_token(local, TENANT, CUSTOMER_CLIENT, "local-customer-secret");
    local->auditor_token = local_token(local, TENANT, AUDITOR_CLIENT, "local-auditor-secret");
}

void local_stop(struct local *local)
{
    static const char *const files[] = {"port", "ca.pem", "world.ini"};
    int status = -1;

    kill(local->pid, SIGTERM);
    waitpid(local->pid, &status, 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = path_in(local, files[i]);

        unlink(path);
        free(path);
    }
    rmdir(local->folder);
    free(local->host_token);
    free(local->customer_token);
    free(local->auditor_token);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "azure-local ended with %d",
                  status);
}

static size_t gather(char *data, size_t size, size_t count, void *user)
{
    struct got *got = user;

    got->body = realloc(got->body, got->size + count + 1);
    ck_assert_ptr_nonnull(got->body);
    memcpy(got->body + got->size, data, count);
    got->size += count;
    got->body[got->size] = '\0';
    return size * count;
}

static size_t gather_header(char *data, size_t size, size_t count, void *user)
{
    struct got *got = user;
    size_t length = got->headers ? strlen(got->headers) : 0;

    got->headers = realloc(got->headers, length + count + 1);
    ck_assert_ptr_nonnull(got->headers);
    memcpy(got->headers + length, data, count);
    got->headers[length + count] = '\0';
    return size * count;
}

static struct curl_slist *make_headers(const struct ask *ask)
{
    struct curl_slist *list = NULL;
    char *text = strdup(ask->headers ? ask->headers : ""), *rest = text, *line;
    char *more = NULL;

    while ((line = strsep(&rest, "\n")))
        if (*line)
            list = curl_slist_append(list, line);
    free(text);
    if (ask->token && asprintf(&more, "Authorization: Bearer %s", ask->token) > 0)
        list = curl_slist_append(list, more);
    free(more);
    more = NULL;
    if ((ask->body || strcmp(ask->method, "POST") == 0) &&
        asprintf(&more, "Content-Type: %s", ask->type ? ask->type : "application/json") > 0)
        list = curl_slist_append(list, more);
    free(more);
    return curl_slist_append(list, "Expect:");
}

void local_ask(const struct local *local, const struct ask *ask, struct got *got)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = make_headers(ask);
    char *ca = path_in(local, "ca.pem"), *url = NULL;

    memset(got, 0, sizeof *got);
    ck_assert_int_gt(asprintf(&url, "%s%s", local->base, ask->target), 0);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, ask->method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, gather);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, got);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, gather_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, got);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
    if (strcmp(ask->method, "HEAD") == 0)
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    if (ask->size)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)ask->size);
    if (ask->body)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, ask->body);
    else if (strcmp(ask->method, "PUT") == 0 || strcmp(ask->method, "POST") == 0)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
    got->failure = (int)curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &got->status);
    if (got->body)
        got->json = json_loadb(got->body, got->size, 0, NULL);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    free(ca);
    free(url);
}

void got_end(struct got *got)
{
    free(got->body);
    free(got->headers);
    json_decref(got->json);
}

char *got_header(const struct got *got, const char *name)
{
    const char *at = got->headers;
    size_t length = strlen(name);

    while (at && *at) {
        if (strncasecmp(at, name, length) == 0 && at[length] == ':') {
            at += length + 1 + strspn(at + length + 1, " ");
            return strndup(at, strcspn(at, "\r\n"));
        }
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    return NULL;
}

char *local_token(const struct local *local, const char *tenant, const char *client,
                  const char *secret)
{
    struct ask ask = {.method = "POST", .type = "application/x-www-form-urlencoded"};
    char *target = NULL, *form = NULL, *token = NULL;
    struct got got;

    ck_assert_int_gt(asprintf(&target, "/%s/oauth2/v2.0/token", tenant), 0);
    ck_assert_int_gt(asprintf(&form,
                              "grant_type=client_credentials&client_id=%s&client_secret=%s&scope="
                              "https%%3A%%2F%%2Fmanagement.azure.com%%2F.default",
                              client, secret),
                     0);
    ask.target = target;
    ask.body = form;
    local_ask(local, &ask, &got);
    if (got.status == 200)
        token = strdup(json_string_value(json_object_get(got.json, "access_token")));
    got_end(&got);
    free(target);
    free(form);
    return token;
}

void local_post(const struct local *local, const char *target, const char *body)
{
    struct ask ask = {.method = "POST", .target = target, .body = body};
    struct got got;

    local_ask(local, &ask, &got);
    ck_assert_msg(got.status == 200, "%s: %ld %s", target, got.status, got.body);
    got_end(&got);
}

void local_advance(const struct local *local, int seconds)
{
    char body[64];

    snprintf(body, sizeof body, "{\"advance\":%d}", seconds);
    local_post(local, "/_local/clock", body);
}

char *local_text(const struct local *local, const char *target)
{
    struct ask ask = {.method = "GET", .target = target};
    struct got got;
    char *text;

    local_ask(local, &ask, &got);
    ck_assert_int_eq(got.status, 200);
    text = strdup(got.body);
    got_end(&got);
    return text;
}

json_t *local_look(const struct local *local, const char *target)
{
    char *text = local_text(local, target);
    json_t *json = json_loads(text, 0, NULL);

    free(text);
    ck_assert_ptr_nonnull(json);
    return json;
}

char *expand(const char *text)
{
    static const struct {
        char mark;
        const char *value;
    } marks[] = {
        {'S', "/subscriptions/" MANAGED},
        {'C',
         "/subscriptions/" CUSTOMER "/resourceGroups/customer-network/providers/Microsoft.Network"},
        {'H',
         "/subscriptions/" CUSTOMER "/resourceGroups/customer-wan/providers/Microsoft.Network"},
        {'P',
         "/subscriptions/" PARTNER "/resourceGroups/branch-network/providers/Microsoft.Network"},
        {'G', "/subscriptions/" MANAGED "/resourceGroups/desks"},
        {'N', "/subscriptions/" MANAGED "/resourceGroups/desks/providers/Microsoft.Network"},
        {'M', "/subscriptions/" MANAGED "/resourceGroups/desks/providers/Microsoft.Compute"},
        {'A', "/subscriptions/" MANAGED "/resourceGroups/desks/providers/Microsoft.Storage"},
    };
    char *out = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&out, &size);

    ck_assert_ptr_nonnull(to);
    for (; *text; text++) {
        size_t i = sizeof marks / sizeof *marks;

        if (*text == '@')
            for (i = 0; i < sizeof marks / sizeof *marks && marks[i].mark != text[1]; i++)
                ;
        if (i < sizeof marks / sizeof *marks)
            fputs(marks[i].value, to), text++;
        else
            fputc(*text, to);
    }
    fclose(to);
    return out;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Answers from a table. */
#include "world.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static int matches(const char *pattern, const char *text)
{
    for (; *pattern; pattern++, text++) {
        if (*pattern == '*') {
            for (const char *rest = text;; rest++) {
                if (matches(pattern + 1, rest))
                    return 1;
                if (!*rest)
                    return 0;
            }
        }
        if (*pattern != *text)
            return 0;
    }
    return *text == '\0';
}

void world_add(struct world *world, char *key, int status, const char *body)
{
    struct answer *answers = realloc(world->answers, (world->count + 1) * sizeof *answers);
    char *copy = strdup(body ? body : "");
    if (answers)
        world->answers = answers;
    if (!answers || !copy || !key) {
        free(copy);
        free(key);
        return;
    }
    answers[world->count++] = (struct answer){key, status, copy};
}

void world_clear(struct world *world)
{
    for (size_t i = 0; i < world->count; i++) {
        free(world->answers[i].key);
        free(world->answers[i].body);
    }
    free(world->answers);
    json_decref(world->questions);
    memset(world, 0, sizeof *world);
}

void world_listen(struct world *world)
{
    json_decref(world->questions);
    world->questions = json_array();
}

/* Takes the question and its words for people, which answers may be to as well. */
static char *ask(struct world *world, char *question, const char *asked, int *status,
                 struct error *err)
{
    char *answer = NULL;
    size_t i = 0;
    if (!question) {
        error_no_memory(err);
        return NULL;
    }
    json_array_append_new(world->questions, json_string(asked));
    while (i < world->count && !matches(world->answers[i].key, question) &&
           !matches(world->answers[i].key, asked))
        i++;
    if (i < world->count) {
        *status = world->answers[i].status;
        answer = strdup(world->answers[i].body);
    } else {
        error_set(err, ERROR_FAILED, NULL, "the test has no answer to \"%s\"", asked);
    }
    free(question);
    return answer;
}

static char *answer_arm(void *context, const char *credential, const char *path,
                        const char *api_version, int *status, struct error *err)
{
    char *asked = text_format("arm %s", path);
    char *question = text_format("arm %s %s", credential ? credential : "-", path);
    char *answer = asked ? ask(context, question, asked, status, err) : NULL;
    free(asked);
    return answer;
}

static char *answer_dns(void *context, const char *server, const char *name, const char *type,
                        unsigned timeout_ms, struct error *err)
{
    int status;
    char *asked = text_format("dns %s %s", server, name);
    char *answer = asked ? ask(context, strdup(asked), asked, &status, err) : NULL;
    free(asked);
    return answer;
}

static char *answer_http(void *context, const char *url, unsigned long long offset, unsigned length,
                         int *status, struct error *err)
{
    char *asked = text_format("http %s", url);
    char *question = text_format("http %s#%llu", url, offset);
    char *answer = asked ? ask(context, question, asked, status, err) : NULL;
    free(asked);
    return answer;
}

static char *answer_query(void *context, const char *credential, const char *path,
                          const char *api_version, const char *body, int *status, struct error *err)
{
    char *asked = text_format("query %s", path);
    char *answer = asked ? ask(context, strdup(asked), asked, status, err) : NULL;
    free(asked);
    return answer;
}

static char *answer_ntp(void *context, const char *server, unsigned timeout_ms, struct error *err)
{
    int status;
    char *asked = text_format("ntp %s", server);
    char *answer = asked ? ask(context, strdup(asked), asked, &status, err) : NULL;
    free(asked);
    return answer;
}

static char *answer_tcp(void *context, const char *host, unsigned port, unsigned timeout_ms,
                        struct error *err)
{
    int status;
    char *asked = text_format("tcp %s %u", host, port);
    char *answer = asked ? ask(context, strdup(asked), asked, &status, err) : NULL;
    free(asked);
    return answer;
}

struct plugin_services world_services(struct world *world)
{
    return (struct plugin_services){.context = world,
                                    .arm_get = answer_arm,
                                    .dns_query = answer_dns,
                                    .http_range = answer_http,
                                    .tcp_probe = answer_tcp,
                                    .arm_query = answer_query,
                                    .ntp_query = answer_ntp};
}

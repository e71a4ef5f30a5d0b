/* SPDX-License-Identifier: Apache-2.0 */
/* Short words for the engine's tests. */
#include "plan_tools.h"

#include <check.h>
#include <string.h>

struct fh_step behind(struct fh_step step, const char *const *after)
{
    step.after = after;
    step.after_count = 0;
    while (after[step.after_count])
        step.after_count++;
    return step;
}

struct fh_step giving(struct fh_step step, const struct fh_output *outputs, uint32_t count)
{
    step.outputs = outputs;
    step.output_count = count;
    step.output_size = sizeof *outputs;
    return step;
}

struct fh_step post_step(const char *key, const char *path, const char *body)
{
    struct fh_step step = put_step(key, path, body);
    step.method = "POST";
    return step;
}

struct fh_step get_step(const char *key, const char *path)
{
    struct fh_step step = put_step(key, path, NULL);
    step.method = "GET";
    step.body = NULL;
    return step;
}

void accept_put(struct bench *bench, const char *url, int times, const char *headers)
{
    fake_add(bench->fake, (struct fake_rule){.method = "PUT",
                                             .url = url,
                                             .times = times,
                                             .status = 201,
                                             .headers = headers,
                                             .body = STATE("Creating")});
}

void lose(struct bench *bench, const char *method, const char *url, int times)
{
    fake_add(bench->fake,
             (struct fake_rule){
                 .method = method, .url = url, .times = times, .failure = TRANSPORT_LOST});
}

void expect_end(struct bench *bench, enum engine_end end)
{
    enum engine_end got = bench_apply(bench);
    ck_assert_msg(got == end, "ended as %d, not %d: %s\n%s", got, end,
                  error_text(&bench->result.error), bench->events);
}

void expect_text(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "\"%s\" is not in: %s", part, text);
}

void drop_plan(struct bench *bench)
{
    plan_free(bench->plan);
    bench->plan = NULL;
}

struct column_search {
    const char *text;
    bool found;
};

static bool search_row(void *context, const struct journal_step *row)
{
    struct column_search *search = context;
    const char *columns[] = {row->key,   row->digest,     row->method,   row->path,  row->undo,
                             row->after, row->outputs,    row->poll,     row->error, row->title,
                             row->part,  row->credential, row->operation};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        search->found = search->found || (columns[i] && strstr(columns[i], search->text));
    return true;
}

bool journal_holds(struct bench *bench, const char *text)
{
    struct column_search search = {text, false};
    const struct journal_filter filter = {.subject_id = SUBJECT};
    ck_assert_int_eq(
        bench->store->ops->journal_each(bench->store, &filter, search_row, &search, NULL), 0);
    return search.found;
}

const char *event(struct bench *bench, const char *text)
{
    expect_text(bench->events, text);
    return strstr(bench->events, text);
}

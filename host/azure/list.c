/* SPDX-License-Identifier: Apache-2.0 */
/* arm_list: the pages of a list, one after another. */
#include "azure/arm_internal.h"
#include "azure/url.h"

#include <stdlib.h>
#include <string.h>

enum { PAGES_MAX = 20000 /* a list that leads round in circles ends some time */ };

struct list {
    struct job job; /* first */
    arm_page *on_page;
    int pages;
};

static struct list *from(struct job *job)
{
    return (struct list *)job;
}

static void next_page(struct job *job, const char *link, const struct arm_parsed *parsed)
{
    const char *base = job->base;
    if (!url_is_below(link, base)) {
        char *host = url_host(link);
        job_finish_with(job, ARM_REFUSED, parsed->status, ERROR_AZURE,
                        "the list goes on at %s, which is not below %s: no token is sent there",
                        host ? host : "something that is no URL", base);
        free(host);
    } else if (strcmp(link, job->url) == 0 || ++from(job)->pages > PAGES_MAX) {
        job_finish_with(job, ARM_REFUSED, parsed->status, ERROR_AZURE,
                        "the list does not end: Azure names the same page again and again");
    } else if (job_become_get(job, link) != 0) {
        job_finish_with(job, ARM_UNAVAILABLE, 0, ERROR_FAILED, "out of memory");
    } else {
        job->failures = job->throttles = 0;
        job->renewed = job->urgent = false;
        job_send_later(job, 0);
    }
}

static void page_read(struct job *job, const struct arm_parsed *parsed, const json_t *values)
{
    job->in_callback = true;
    bool more = from(job)->on_page(job->context, values);
    job->in_callback = false;
    const char *link = json_string_value(json_object_get(parsed->body, "nextLink"));
    if (job->cancelled)
        job_free(job);
    else if (more && link && *link)
        next_page(job, link, parsed);
    else
        job_finish_parsed(job, ARM_DONE, parsed);
}

static void list_answered(struct job *job, struct arm_parsed *parsed)
{
    const json_t *values = json_object_get(parsed->body, "value");
    if (parsed->status < 200 || parsed->status >= 300)
        job_finish_parsed(job, ARM_REFUSED, parsed);
    else if (!json_is_array(values))
        job_finish_with(job, ARM_REFUSED, parsed->status, ERROR_AZURE,
                        "Azure's answer is no list: it has no array \"value\"");
    else
        page_read(job, parsed, values);
}

static void list_failed(struct job *job, const struct arm_answer *answer)
{
    job_finish(job, answer);
}

uint64_t arm_list(struct arm *arm, const struct arm_call *call, arm_page *on_page, arm_done *done,
                  void *context)
{
    static const struct job_ops ops = {list_answered, list_failed, NULL, NULL};
    struct job *job = job_new(arm, sizeof(struct list), &ops, done, context);
    if (!job)
        return 0;
    from(job)->on_page = on_page;
    struct arm_call get = *call;
    get.method = "GET";
    get.body = NULL;
    if (job_take_call(job, &get) == 0 && job_take_request(job, &get) == 0)
        job->wants_json = true;
    return job_start(job);
}

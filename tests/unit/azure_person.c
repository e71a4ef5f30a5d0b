/* SPDX-License-Identifier: Apache-2.0 */
/* A person who signs in to the fake Azure. */
#include "azure_person.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fetch(void *context, char **value, size_t *length, struct error *err)
{
    struct keeper *keeper = context;
    *value = *keeper->kept ? strdup(keeper->kept) : NULL;
    *length = strlen(keeper->kept);
    return 0;
}

static void release(char *value, size_t length)
{
    memset(value, 0, length);
    free(value);
}

static int keep(void *context, const struct arm_grant *grant, struct error *err)
{
    struct keeper *keeper = context;
    if (keeper->full)
        return error_set(err, ERROR_FAILED, NULL, "the disk is full");
    snprintf(keeper->kept, sizeof keeper->kept, "%s", grant->refresh_token);
    snprintf(keeper->user, sizeof keeper->user, "%s", grant->user);
    keeper->life_ms = grant->life_ms;
    keeper->keeps++;
    keeper->renewals += grant->renewed;
    return 0;
}

static bool refused(void *context, const char *why)
{
    struct keeper *keeper = context;
    keeper->refusals++;
    if (!keeper->replaced)
        return false;
    snprintf(keeper->kept, sizeof keeper->kept, "%s", keeper->replaced);
    return true;
}

static int attend(void *context, const char *why, struct error *err)
{
    struct keeper *keeper = context;
    keeper->attends++;
    snprintf(keeper->why, sizeof keeper->why, "%s", why ? why : "");
    return keeper->away ? error_set(err, ERROR_CREDENTIALS, NULL, "nobody is there") : 0;
}

static void show(void *context, const struct arm_code *code)
{
    struct keeper *keeper = context;
    keeper->shows++;
    ck_assert_str_eq(code->credential, "corp");
    snprintf(keeper->url, sizeof keeper->url, "%s", code->url);
    snprintf(keeper->code, sizeof keeper->code, "%s", code->code);
}

static const struct arm_person person = {keep, refused, attend, show};

static void trace(void *context, const char *line)
{
    text_add(context, line);
    text_add(context, "\n");
}

struct fake *person_start_at(struct keeper *keeper, const char *tenant, const char *token_tenant,
                             struct text *seen)
{
    struct arm_credential credential = {.name = "corp",
                                        .kind = ARM_PERSON,
                                        .tenant = tenant,
                                        .token_tenant = token_tenant,
                                        .client_id = "11111111-2222-3333-4444-555555555555",
                                        .source = "flexhost.ini:12",
                                        .fetch = fetch,
                                        .release = release,
                                        .person = &person,
                                        .context = keeper};
    struct arm_settings settings = {.trace = seen ? trace : NULL, .trace_context = seen};
    return fake_new_with(&settings, &credential, 1);
}

struct fake *person_start(struct keeper *keeper)
{
    return person_start_at(keeper, "contoso.example", NULL, NULL);
}

void person_add(struct fake *fake, const char *url, int times, int status, const char *body)
{
    fake_add(fake, (struct fake_rule){.url = url, .times = times, .status = status, .body = body});
}

void person_get(struct fake *fake, struct fake_result *result)
{
    struct arm_call call = {.method = "GET", .path = "/subscriptions/s1", .credential = "corp"};
    memset(result, 0, sizeof *result);
    result->fake = fake;
    ck_assert_uint_ne(arm_send(fake->arm, &call, fake_done, result), 0);
}

void person_get_wait(struct fake *fake, struct fake_result *result)
{
    person_get(fake, result);
    fake_run(fake, &result->done, 7200 * 1000);
    ck_assert(result->done);
}

void person_pass(struct fake *fake, int64_t ms)
{
    bool never = false;
    fake_run(fake, &never, ms);
}

void person_end(struct fake *fake, struct fake_result *result)
{
    fake_result_clear(result);
    fake_free(fake);
}

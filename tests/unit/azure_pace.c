/* SPDX-License-Identifier: Apache-2.0 */
/* The request budget: how fast calls leave, and never before Azure's Retry-After. */
#include "azure_fake.h"
#include "tap_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VM "/subscriptions/%s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm%d"

struct crowd {
    size_t wanted;
    size_t ended;
    size_t refused;
    bool done;
};

static void crowd_done(void *context, const struct arm_answer *answer)
{
    struct crowd *crowd = context;
    crowd->refused += answer->outcome != ARM_DONE;
    crowd->done = ++crowd->ended == crowd->wanted;
}

static void send_many(struct fake *fake, const char *method, const char *subscription,
                      const char *credential, int count, struct crowd *crowd)
{
    for (int i = 0; i < count; i++) {
        char path[256];
        snprintf(path, sizeof path, VM, subscription, i);
        struct arm_call call = {.method = method, .path = path, .credential = credential};
        ck_assert_uint_ne(arm_send(fake->arm, &call, crowd_done, crowd), 0);
    }
    crowd->wanted += (size_t)count;
}

/* 200 at once, the others ten a second: 800 of them take 80 s. */
START_TEST(a_thousand_writes_take_eighty_seconds)
{
    struct fake *fake = fake_new(NULL);
    fake_add(fake, (struct fake_rule){.status = 204});
    struct crowd crowd = {0};
    send_many(fake, "PUT", "s1", "main", 1000, &crowd);
    fake_run(fake, &crowd.done, 3600 * 1000);
    ck_assert_uint_eq(crowd.ended, 1000);
    ck_assert_uint_eq(crowd.refused, 0);
    ck_assert_int_eq(fake->requests[199].at_ms, fake->requests[0].at_ms);
    ck_assert_int_ge(fake->requests[999].at_ms, 79990);
    ck_assert_int_le(fake->requests[999].at_ms, 81000);
    for (int i = 0; i < 1000; i++) { /* first come, first served */
        char name[16];
        snprintf(name, sizeof name, "/vm%d", i);
        ck_assert_str_eq(strrchr(fake->requests[i].url, '/'), name);
    }
    fake_free(fake);
}
END_TEST

START_TEST(budgets_are_apart)
{
    struct fake *fake = fake_new(NULL);
    fake_add(fake, (struct fake_rule){.status = 204});
    struct crowd crowd = {0};
    send_many(fake, "PUT", "s1", "main", 200, &crowd);
    send_many(fake, "PUT", "S1", "main", 1, &crowd); /* the same subscription: it waits */
    send_many(fake, "PUT", "s2", "main", 200, &crowd);
    send_many(fake, "PUT", "s1", "other", 200, &crowd);
    send_many(fake, "DELETE", "s1", "main", 200, &crowd);
    send_many(fake, "GET", "s1", "main", 250, &crowd);
    fake_run(fake, &crowd.done, 3600 * 1000);
    size_t late = 0;
    for (size_t i = 0; i < fake->request_count; i++)
        late += fake->requests[i].at_ms > fake->requests[0].at_ms;
    ck_assert_uint_eq(late, 1);
    fake_free(fake);
}
END_TEST

START_TEST(five_thousand_wait_their_turn)
{
    struct arm_settings settings = {.write_burst = 200, .write_rate = 1000};
    struct fake *fake = fake_new(&settings);
    fake_add(fake, (struct fake_rule){.status = 204});
    struct crowd crowd = {0};
    send_many(fake, "PUT", "s1", "main", 5000, &crowd);
    fake_run(fake, &crowd.done, 3600 * 1000);
    ck_assert_uint_eq(crowd.ended, 5000);
    ck_assert_int_le(fake->requests[4999].at_ms, 5000);
    ck_assert_int_ge(fake->requests[4999].at_ms, 4790);
    fake_free(fake);
}
END_TEST

/* Azure's own bucket, smaller than ours; it refuses what comes before its Retry-After again. */
struct azure_bucket {
    double tokens;
    double rate;
    int64_t counted_ms;
    int64_t closed_until;
    int refused;
    int too_early;
    char headers[128];
};

static bool azure_answers(struct fake *fake, const struct http_request *request,
                          struct fake_rule *rule)
{
    struct azure_bucket *bucket = fake->context;
    bucket->tokens += (double)(fake->now_ms - bucket->counted_ms) * bucket->rate / 1000;
    bucket->counted_ms = fake->now_ms;
    if (fake->now_ms < bucket->closed_until && bucket->closed_until - fake->now_ms < 16990)
        bucket->too_early++;
    if (bucket->tokens < 1) {
        bucket->closed_until = fake->now_ms + 17000;
        bucket->refused++;
        *rule = (struct fake_rule){.status = 429, .headers = "Retry-After: 17"};
        return true;
    }
    bucket->tokens -= 1;
    snprintf(bucket->headers, sizeof bucket->headers,
             "x-ms-ratelimit-remaining-subscription-writes: %d", (int)bucket->tokens);
    *rule = (struct fake_rule){.status = 204, .headers = bucket->headers};
    return true;
}

START_TEST(nothing_leaves_before_retry_after)
{
    struct fake *fake = fake_new(NULL);
    struct azure_bucket bucket = {.tokens = 50, .rate = 5};
    fake->context = &bucket;
    fake->answer = azure_answers;
    struct crowd crowd = {0};
    send_many(fake, "PUT", "s1", "main", 500, &crowd);
    fake_run(fake, &crowd.done, 3600 * 1000);
    ck_assert_uint_eq(crowd.ended, 500);
    ck_assert_uint_eq(crowd.refused, 0);
    ck_assert_int_gt(bucket.refused, 0);
    ck_assert_int_eq(bucket.too_early, 0);
    ck_assert_int_eq(arm_counts(fake->arm).throttled, bucket.refused);
    fake_free(fake);
}
END_TEST

struct remaining_case {
    const char *headers;
    int left; /* how many more leave at once after one answer with these headers */
};

static const struct remaining_case remaining[] = {
    {"x-ms-ratelimit-remaining-subscription-writes: 199", 199},
    {"x-ms-ratelimit-remaining-subscription-writes: 20", 20},
    {"x-ms-ratelimit-remaining-subscription-writes: 0", 0},
    {"x-ms-ratelimit-remaining-resource: Microsoft.Compute/PutVM3Min;30,Microsoft.Compute/"
     "PutVM30Min;500",
     30},
    {"x-ms-ratelimit-remaining-subscription-writes: 11990", 199}, /* never above our own */
    {"x-ms-ratelimit-remaining-subscription-writes: many", 199},
    {"x-ms-ratelimit-remaining-subscription-writes: -1", 199},
    {"x-ms-ratelimit-remaining-resource: ;;;x;", 199},
};

START_TEST(azures_count_corrects_ours)
{
    struct arm_settings settings = {.write_rate = 0.001};
    struct fake *fake = fake_new(&settings);
    fake_add(fake, (struct fake_rule){.status = 204, .headers = remaining[_i].headers, .times = 1});
    fake_add(fake, (struct fake_rule){.status = 204});
    struct crowd first = {0}, others = {0};
    send_many(fake, "PUT", "s1", "main", 1, &first);
    fake_run(fake, &first.done, 1000);
    send_many(fake, "PUT", "s1", "main", 300, &others);
    fake_run(fake, &others.done, 5000);
    ck_assert_int_eq((int)others.ended, remaining[_i].left);
    fake_free(fake);
}
END_TEST

START_TEST(without_a_pace_only_azure_slows)
{
    struct arm_settings settings = {.no_pace = true};
    struct fake *fake = fake_new(&settings);
    fake_add(fake, (struct fake_rule){.status = 429, .headers = "Retry-After: 30", .times = 1});
    fake_add(fake, (struct fake_rule){.status = 204});
    struct crowd crowd = {0}, later = {0};
    send_many(fake, "PUT", "s1", "main", 1000, &crowd);
    while (fake->request_count < 1000)
        loop_turn(fake->loop, 1);
    ck_assert_int_le(fake->now_ms, 10);
    while (arm_counts(fake->arm).throttled == 0)
        loop_turn(fake->loop, 1);
    int64_t refused_at = fake->now_ms;
    send_many(fake, "PUT", "s1", "main", 10, &later);
    fake_run(fake, &later.done, 3600 * 1000);
    for (size_t i = 1000; i < fake->request_count; i++)
        ck_assert_int_ge(fake->requests[i].at_ms, refused_at + 30000);
    fake_free(fake);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("azure pace");
    TCase *tcase = tcase_create("pace");
    tcase_add_test(tcase, a_thousand_writes_take_eighty_seconds);
    tcase_add_test(tcase, budgets_are_apart);
    tcase_add_test(tcase, five_thousand_wait_their_turn);
    tcase_add_test(tcase, nothing_leaves_before_retry_after);
    tcase_add_loop_test(tcase, azures_count_corrects_ours, 0, sizeof remaining / sizeof *remaining);
    tcase_add_test(tcase, without_a_pace_only_azure_slows);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return tap_main(suite());
}

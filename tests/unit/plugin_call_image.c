/* SPDX-License-Identifier: Apache-2.0 */
/* What plugins of images call, in which function, and what they are told of secrets there. */
#include "plugin/call.h"
#include "tap_main.h"

#include <flexhost/jansson.h>
#include <stddef.h>
#include <string.h>

static json_t *request(void)
{
    return json_pack("{s:s, s:s, s:s, s:{s:s}, s:{}}", "operation", "create", "id",
                     "01900000-0000-7000-8000-000000000001", "installation", "abc123", "tags",
                     "flexhost-installation", "abc123", "fields");
}

#define SIGNED_URL "https://a.example/b.vhd?sp=r&sig=HUSH"

static char *range(void *context, const char *url, unsigned long long offset, unsigned length,
                   int *status, struct error *err)
{
    ck_assert_str_eq(url, SIGNED_URL);
    *status = 206;
    return strdup("{}");
}

static int32_t asks_with_a_secret(struct fh_call *call)
{
    int32_t status;
    const char *text = fh_url(call, "${secret:sas-url}");
    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_nonnull(strstr(text, "\"signed\":true"));
    ck_assert_ptr_null(strstr(text, "HUSH"));
    ck_assert_ptr_nonnull(fh_http_range(call, "${secret:sas-url}", 0, 512, &status));
    ck_assert_int_eq(status, 206);
    ck_assert_ptr_null(fh_url(call, "${secret:other}"));
    ck_assert_ptr_null(fh_url(call, NULL));
    ck_assert_ptr_nonnull(fh_url(call, "https://a.example/"));
    ck_assert_int_eq(fh_learn(call, "etag", "\"1\""), FH_OK);
    ck_assert_int_eq(fh_learn(call, "etag", "\"2\""), FH_OK);
    return fh_learn(call, "parts", "[1,2]");
}

static int32_t asks_with_another_secret(struct fh_call *call)
{
    fh_http_range(call, "${secret:other}", 0, 512, NULL);
    return FH_OK;
}

static void run_secret(int32_t (*check)(struct fh_call *), struct plugin_check *found,
                       struct error *err, int expected)
{
    struct plugin plugin = {.kind = "image", .name = "test", .file = "test", .options = "{}"};
    struct plugin_services services = {.http_range = range};
    json_t *asked = request(), *secrets = json_pack("{s:s}", "sas-url", SIGNED_URL);
    plugin.entry.check = check;
    ck_assert_int_eq(plugin_run_check(&plugin, NULL, asked, secrets, &services, found, err),
                     expected);
    json_decref(secrets);
    json_decref(asked);
}

START_TEST(a_check_asks_with_secrets_and_learns)
{
    struct plugin_check found;
    struct error err = ERROR_INIT;
    run_secret(asks_with_a_secret, &found, &err, 0);
    json_t *learned = json_pack("{s:s, s:[i,i]}", "etag", "\"2\"", "parts", 1, 2);
    ck_assert(json_equal(found.learned, learned));
    json_decref(learned);
    plugin_check_clear(&found);
    run_secret(asks_with_another_secret, &found, &err, -1);
    ck_assert_msg(strstr(error_text(&err), "is not at hand") != NULL, "%s", error_text(&err));
    error_clear(&err);
    plugin_check_clear(&found);
}
END_TEST

/* A plan is made again when no secret is at hand, and must come out the same. */
static int32_t plans_without_secrets(struct fh_call *call)
{
    ck_assert_ptr_null(fh_url(call, "${secret:sas-url}"));
    ck_assert_ptr_nonnull(fh_url(call, "https://a.example/"));
    return FH_OK;
}

static int32_t plans_and_learns(struct fh_call *call)
{
    return fh_learn(call, "etag", "1");
}

static int32_t plans_and_is_due(struct fh_call *call)
{
    return fh_due(call, "idle", 60);
}

/* A step of 1.1 ends before "source": what stands behind it in memory is not read. */
static int32_t plans_a_step_of_1_1(struct fh_call *call)
{
    struct fh_step step = {.struct_size = offsetof(struct fh_step, source),
                           .key = "one",
                           .title = "a group",
                           .path = "/subscriptions/x/resourceGroups/y",
                           .api_version = "2024-07-01",
                           .body = "{}",
                           .source = "\xff",
                           .service = "\xff"};
    return fh_step(call, &step);
}

START_TEST(a_plan_is_told_no_secret)
{
    static const struct {
        int32_t (*plan)(struct fh_call *);
        const char *words; /* NULL: it is fine */
    } plans[] = {{plans_without_secrets, NULL},
                 {plans_a_step_of_1_1, NULL},
                 {plans_and_learns, "fh_learn in its plan function"},
                 {plans_and_is_due, "fh_due in its plan function"}};
    struct plugin plugin = {.kind = "image", .name = "test", .file = "test", .options = "{}"};
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        struct error err = ERROR_INIT;
        struct plan *plan = NULL;
        json_t *asked = request();
        plugin.entry.plan = plans[i].plan;
        int result = plugin_run_plan(&plugin, NULL, asked, &plan, &err);
        ck_assert_msg(result == (plans[i].words ? -1 : 0), "%s", error_text(&err));
        ck_assert_msg(!plans[i].words || strstr(error_text(&err), plans[i].words) != NULL, "%s",
                      error_text(&err));
        plan_free(plan);
        json_decref(asked);
        error_clear(&err);
    }
}
END_TEST

static int32_t is_due(struct fh_call *call)
{
    ck_assert_int_eq(fh_due(call, "idle", 60), FH_OK);
    return fh_due(call, "idle", 0);
}

static int32_t is_due_for_nothing(struct fh_call *call)
{
    return fh_due(call, NULL, 60);
}

static int32_t is_due_for_another(struct fh_call *call)
{
    fh_due(call, "dance", 60);
    return FH_OK;
}

static int32_t is_due_for_reading(struct fh_call *call)
{
    return fh_due(call, "rdp", 60);
}

static int32_t observes_and_learns(struct fh_call *call)
{
    return fh_learn(call, "etag", "1");
}

START_TEST(due_is_a_verb_that_changes_something)
{
    static const struct {
        int32_t (*observe)(struct fh_call *);
        const char *words; /* NULL: it is fine */
    } rows[] = {{is_due, NULL},
                {is_due_for_nothing, "a verb that the plugin declares"},
                {is_due_for_another, "a verb that the plugin declares"},
                {is_due_for_reading, "that changes something"},
                {observes_and_learns, "fh_learn in its observe function"}};
    static const struct fh_verb verbs[] = {{.name = "idle", .plan = plans_without_secrets},
                                           {.name = "rdp", .flags = FH_VERB_READ}};
    struct plugin plugin = {.kind = "image", .name = "test", .file = "test", .options = "{}"};
    plugin.entry.verbs = verbs;
    plugin.entry.verb_count = 2;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct plugin_observation seen;
        struct error err = ERROR_INIT;
        json_t *asked = request();
        plugin.entry.observe = rows[i].observe;
        ck_assert_int_eq(plugin_run_observe(&plugin, asked, NULL, &seen, &err),
                         rows[i].words ? -1 : 0);
        if (rows[i].words) {
            ck_assert_msg(strstr(error_text(&err), rows[i].words) != NULL, "%s", error_text(&err));
            ck_assert_ptr_null(seen.due_verb);
        } else {
            ck_assert_str_eq(seen.due_verb, "idle");
            ck_assert_uint_eq(seen.due_seconds, 0);
        }
        plugin_observation_clear(&seen);
        json_decref(asked);
        error_clear(&err);
    }
}
END_TEST

static char *question(void *context, const char *credential, const char *path,
                      const char *api_version, const char *body, int *status, struct error *err)
{
    *status = 200;
    return strdup("{}");
}

static int32_t posts_questions(struct fh_call *call)
{
    const char *account = "/subscriptions/x/resourceGroups/y/providers/Microsoft.Storage/"
                          "storageAccounts/z";
    ck_assert_ptr_nonnull(fh_arm_query(call, NULL, fh_printf(call, "%s/listServiceSas", account),
                                       "2023-05-01", "{}", NULL));
    fh_arm_query(call, NULL, fh_printf(call, "%s/listKeys", account), "2023-05-01", "{}", NULL);
    return FH_OK;
}

START_TEST(signatures_may_be_asked_for_and_keys_not)
{
    struct plugin_services services = {.arm_query = question};
    struct plugin_check found;
    struct error err = ERROR_INIT;
    struct plugin plugin = {.kind = "image", .name = "test", .file = "test", .options = "{}"};
    json_t *asked = request();
    plugin.entry.check = posts_questions;
    ck_assert_int_eq(plugin_run_check(&plugin, NULL, asked, NULL, &services, &found, &err), -1);
    json_decref(asked);
    ck_assert_msg(strstr(error_text(&err), "does not document as a question") != NULL, "%s",
                  error_text(&err));
    error_clear(&err);
    plugin_check_clear(&found);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("calls of images");
    TCase *tests = tcase_create("calls");
    tcase_add_test(tests, a_check_asks_with_secrets_and_learns);
    tcase_add_test(tests, a_plan_is_told_no_secret);
    tcase_add_test(tests, due_is_a_verb_that_changes_something);
    tcase_add_test(tests, signatures_may_be_asked_for_and_keys_not);
    suite_add_tcase(suite, tests);
    return tap_main(suite);
}

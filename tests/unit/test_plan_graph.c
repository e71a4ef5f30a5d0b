/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan refuses, and how it shows itself. */
#include "plan_suites.h"
#include "plan_tools.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define PATH NETWORK("a")

static struct plan *plan;
static struct error err;

static void set_up(void)
{
    plan = plan_new();
}

static void tear_down(void)
{
    plan_free(plan);
    error_clear(&err);
}

static const struct fh_output unnamed = {.name = "", .pointer = "/id"};
static const struct fh_output dotted = {.name = "a.b", .pointer = "/id"};
static const struct fh_output reserved = {.name = "alternative", .pointer = "/id"};
static const struct fh_output pointless = {.name = "id", .pointer = "id"};
static const struct fh_output no_pointer = {.name = "id"};
static const char *const four[] = {"a", "b", "c", "d"};

/* Each changes one member of a step that is right. NULL stays as it is, "" stands for NULL. */
static const struct {
    const char *key, *method, *path, *api_version, *body, *alternatives, *shared_list;
    uint32_t flags, ownership;
    const struct fh_output *output;
    const char *says;
} wrong[] = {
    {.key = "", .says = "no key"},
    {.key = "/a", .says = "key"},
    {.key = "a b", .says = "key"},
    {.key = "a@1", .says = "key"},
    {.key = "\xc3\xa4", .says = "key"},
    {.key = "a\nb", .says = "key"},
    {.method = "put", .says = "method"},
    {.method = "HEAD", .says = "method"},
    {.method = "GET", .says = "body"},
    {.method = "DELETE", .says = "body"},
    {.path = "", .says = "path"},
    {.path = "subscriptions/s", .says = "path"},
    {.path = "https://evil.test/", .says = "path"},
    {.path = "/a b", .says = "path"},
    {.path = "/a/../b", .says = "path"},
    {.path = "/a/./b", .says = "path"},
    {.path = "/a#b", .says = "path"},
    {.path = "/a\\b", .says = "path"},
    {.path = "/a\r\nHost: b", .says = "path"},
    {.path = "/a/${x", .says = "no reference"},
    {.path = "/a/${}", .says = "no reference"},
    {.path = "/a/${x}", .says = "no reference"},
    {.path = "/a/${x.}", .says = "no reference"},
    {.path = "/a/${.x}", .says = "no reference"},
    {.path = "/a/${secret:}", .says = "no reference"},
    {.api_version = "", .says = "api_version"},
    {.api_version = "2024&x=1", .says = "api_version"},
    {.body = "", .says = "body"},
    {.body = "{\"${a.v}\":1}", .says = "names of members are not bound"},
    {.body = "{", .says = "must be JSON"},
    {.body = "[]", .says = "must be a JSON object"},
    {.body = "{\"a\":1,\"a\":2}", .says = "must be JSON"},
    {.body = "{\"a\":\"\xff\"}", .says = "must be JSON"},
    {.body = "{\"a\":\"${x\"}", .says = "no reference"},
    {.alternatives = "{}", .says = "must be a JSON array"},
    {.alternatives = "[1]", .says = "array of objects"},
    {.alternatives = "[{},[]]", .says = "array of objects"},
    {.method = "POST", .alternatives = "[{}]", .says = "PUT only"},
    {.method = "POST", .flags = FH_STEP_TAGS, .says = "PUT only"},
    {.shared_list = "/rules", .says = "a list in the body"},
    {.shared_list = "/rules", .body = "{\"rules\":{}}", .says = "a list in the body"},
    {.shared_list = "/rules", .body = "{\"rules\":[{\"name\":\"fh-x\"}]}", .says = "must not be"},
    {.shared_list = "/rules", .body = "{\"rules\":[]}", .method = "POST", .says = "PUT"},
    {.ownership = 4, .says = "ownership"},
    {.flags = FH_STEP_ACTION, .ownership = FH_TEMPORARY, .says = "ownership"},
    {.flags = FH_STEP_ACTION, .ownership = FH_CONTAINER, .says = "ownership"},
    {.output = &unnamed, .says = "output's name"},
    {.output = &dotted, .says = "output's name"},
    {.output = &reserved, .says = "host's own"},
    {.output = &pointless, .says = "pointer"},
    {.output = &no_pointer, .says = "pointer"},
};

static const char *instead(const char *usual, const char *given)
{
    return !given ? usual : *given ? given : NULL;
}

START_TEST(a_wrong_member_is_refused_by_name)
{
    struct fh_step step = put_step(instead("a", wrong[_i].key), instead(PATH, wrong[_i].path), "x");
    step.body = instead("{}", wrong[_i].body);
    step.method = wrong[_i].method;
    step.api_version = instead(VERSION, wrong[_i].api_version);
    step.alternatives = wrong[_i].alternatives;
    step.shared_list = wrong[_i].shared_list;
    step.flags = wrong[_i].flags;
    step.ownership = wrong[_i].ownership;
    if (wrong[_i].output)
        step = giving(step, wrong[_i].output, 1);
    ck_assert_int_eq(plan_add(plan, &step, &err), -1);
    expect_text(error_text(&err), wrong[_i].says);
    ck_assert_uint_eq(plan_step_count(plan), 0);
}
END_TEST

/* The same for members that depend on each other. */
static const struct {
    const char *method, *pointer, *values, *failures, *query, *undo_method, *undo_path, *artifact,
        *path;
    uint32_t flags, ownership;
    const char *says;
} unfit[] = {
    {.pointer = "/a", .says = "until_values"},
    {.values = "A", .says = "until_values"},
    {.pointer = "a", .values = "A", .says = "begin with '/'"},
    {.failures = "A", .says = "until_pointer"},
    {.query = "$expand=x", .says = "until_pointer"},
    {.method = "DELETE", .pointer = "/a", .values = "A", .says = "until_pointer"},
    {.undo_path = PATH, .says = "undo_method"},
    {.undo_method = "GET", .says = "undo_method"},
    {.undo_method = "delete", .says = "undo_method"},
    {.undo_method = "DELETE", .ownership = FH_FOREIGN, .says = "never undone"},
    {.undo_method = "DELETE", .flags = FH_STEP_ACTION, .says = "never undone"},
    {.undo_method = "DELETE", .undo_path = "x", .says = "undo_path"},
    {.artifact = "log", .says = "FETCH only"},
    {.method = "FETCH", .path = PATH, .artifact = "log", .says = "absolute URL"},
    {.method = "FETCH", .path = "ftp://x/", .artifact = "log", .says = "absolute URL"},
    {.method = "FETCH", .path = "https://x/", .says = "plain file name"},
    {.method = "FETCH", .path = "https://x/", .artifact = "../x", .says = "plain file name"},
    {.method = "FETCH", .path = "https://x/", .artifact = ".x", .says = "plain file name"},
};

START_TEST(members_that_do_not_fit_together_are_refused)
{
    struct fh_step step = put_step("a", instead(PATH, unfit[_i].path), "{}");
    step.method = unfit[_i].method;
    if (step.method)
        step.body = NULL;
    step.until_pointer = unfit[_i].pointer;
    step.until_values = unfit[_i].values;
    step.until_failures = unfit[_i].failures;
    step.until_url_query = unfit[_i].query;
    step.undo_method = unfit[_i].undo_method;
    step.undo_path = unfit[_i].undo_path;
    step.artifact = unfit[_i].artifact;
    step.flags = unfit[_i].flags;
    step.ownership = unfit[_i].ownership;
    ck_assert_int_eq(plan_add(plan, &step, &err), -1);
    expect_text(error_text(&err), unfit[_i].says);
}
END_TEST

/* Steps at vaults. */
static const struct {
    const char *service, *method, *path, *collection;
    bool auxiliary;
    const char *says; /* NULL: it is taken */
} at_vaults[] = {
    {"key-vault", "PUT", "${v.uri}keys/k", NULL, false, NULL},
    {"key-vault", "POST", "${v.uri}keys/k/create", NULL, false, NULL},
    {"storage", "PUT", "${v.uri}keys/k", NULL, false, "service must be"},
    {"", "PUT", "${v.uri}keys/k", NULL, false, "service must be"},
    {"key-vault", "PUT", "https://v.vault.azure.net/keys/k", NULL, false, "the vault's URI"},
    {"key-vault", "PUT", PATH, NULL, false, "the vault's URI"},
    {"key-vault", "PUT", "${secret:uri}keys/k", NULL, false, "the vault's URI"},
    {"key-vault", "PUT", "${v.uri}keys/../k", NULL, false, "path"},
    {"key-vault", "PUT", "${v.uri}keys/k", PATH, false, "without collection"},
    {"key-vault", "PUT", "${v.uri}keys/k", NULL, true, "auxiliary"},
};

START_TEST(a_step_at_a_vault_begins_with_its_uri)
{
    struct fh_step step = put_step("a", at_vaults[_i].path, "{}");
    step.service = at_vaults[_i].service;
    step.method = at_vaults[_i].method;
    step.collection = at_vaults[_i].collection;
    step.auxiliary = four;
    step.auxiliary_count = at_vaults[_i].auxiliary ? 1 : 0;
    ck_assert_int_eq(plan_add(plan, &step, &err), at_vaults[_i].says ? -1 : 0);
    if (at_vaults[_i].says)
        expect_text(error_text(&err), at_vaults[_i].says);
}
END_TEST

START_TEST(more_than_three_auxiliary_credentials_are_refused)
{
    struct fh_step step = put_step("a", PATH, "{}");
    step.auxiliary = four;
    step.auxiliary_count = 4;
    ck_assert_int_eq(plan_add(plan, &step, &err), -1);
    expect_text(error_text(&err), "3 credentials");
    error_clear(&err);
    step.auxiliary_count = 3;
    ck_assert_int_eq(plan_add(plan, &step, &err), 0);
}
END_TEST

START_TEST(a_key_comes_once)
{
    struct fh_step step = put_step("a", PATH, "{}");
    ck_assert_int_eq(plan_add(plan, &step, &err), 0);
    ck_assert_int_eq(plan_add(plan, &step, &err), -1);
    expect_text(error_text(&err), "two steps have the key \"a\"");
    ck_assert_uint_eq(plan_step_count(plan), 1);
}
END_TEST

static const char *const on_a[] = {"a", NULL}, *const on_b[] = {"b", NULL},
                         *const on_c[] = {"c", NULL}, *const on_x[] = {"x", NULL},
                         *const on_null[] = {NULL};

/* Three steps a, b, c: what each comes after, and the body of c. */
static const struct {
    const char *const *after[3];
    const char *body;
    const char *says; /* NULL: it is right */
} graphs[] = {
    {{NULL, on_a, on_b}, "{}", NULL},
    {{NULL, on_a, on_b}, "{\"x\":\"${a.id}\"}", NULL}, /* not directly behind it */
    {{on_x, NULL, NULL}, "{}", "after names \"x\""},
    {{on_a, NULL, NULL}, "{}", "after names \"a\""},
    {{on_b, on_a, NULL}, "{}", "circle"},
    {{on_c, on_a, on_b}, "{}", "circle"},
    {{NULL, NULL, NULL}, "{\"x\":\"${a.id}\"}", "without coming after it"},
    {{on_c, NULL, NULL}, "{\"x\":\"${a.id}\"}", "without coming after it"},
    {{NULL, NULL, on_a}, "{\"x\":\"${c.id}\"}", "without coming after it"},
    {{NULL, NULL, on_a}, "{\"x\":\"${a.name}\"}", "names no output"},
    {{NULL, NULL, on_a}, "{\"x\":\"${z.id}\"}", "names no output"},
    {{NULL, NULL, on_a}, "{\"x\":\"${a.alternative}\"}", "names no output"},
    {{NULL, NULL, on_a}, "{\"x\":[{\"y\":\"1${z.id}2\"}]}", "names no output"},
};

START_TEST(edges_and_references_are_checked)
{
    static const struct fh_output id = {.name = "id", .pointer = "/id"};
    static const char *const keys[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++) {
        struct fh_step step = put_step(keys[i], PATH, i == 2 ? graphs[_i].body : "{}");
        step = giving(behind(step, graphs[_i].after[i] ? graphs[_i].after[i] : on_null), &id, 1);
        ck_assert_msg(plan_add(plan, &step, &err) == 0, "%s", error_text(&err));
    }
    ck_assert_msg(plan_finish(plan, &err) == (graphs[_i].says ? -1 : 0), "%s", error_text(&err));
    if (graphs[_i].says)
        expect_text(error_text(&err), graphs[_i].says);
}
END_TEST

START_TEST(a_secret_in_a_path_is_refused)
{
    struct fh_step step = put_step("a", "/x/${secret:psk}", "{}");
    ck_assert_int_eq(plan_add(plan, &step, &err), 0);
    ck_assert_int_eq(plan_finish(plan, &err), -1);
    expect_text(error_text(&err), "journaled");
}
END_TEST

START_TEST(exports_are_checked_too)
{
    ck_assert_int_eq(plan_export(plan, "x", "${a.id}", &err), 0);
    ck_assert_int_eq(plan_export(plan, "x", "1", &err), -1);
    expect_text(error_text(&err), "twice");
    error_clear(&err);
    ck_assert_int_eq(plan_export(plan, "y", "${oops", &err), -1);
    error_clear(&err);
    ck_assert_int_eq(plan_export(plan, "", "1", &err), -1);
    error_clear(&err);
    ck_assert_int_eq(plan_finish(plan, &err), -1);
    expect_text(error_text(&err), "exports");
}
END_TEST

/* ---- other versions of the SDK ---- */

START_TEST(an_older_plugins_step_ends_sooner)
{
    struct fh_step step = put_step("a", PATH, "{}");
    step.until_url_query = "$expand=x"; /* beyond its end: not there */
    step.artifact = "log";
    step.struct_size = offsetof(struct fh_step, until_pointer);
    ck_assert_msg(plan_add(plan, &step, &err) == 0, "%s", error_text(&err));
    step.key = "b";
    step.struct_size = 8;
    ck_assert_int_eq(plan_add(plan, &step, &err), -1);
    expect_text(error_text(&err), "struct_size");
    error_clear(&err);
    step.struct_size = 0;
    ck_assert_int_eq(plan_add(plan, &step, &err), -1);
}
END_TEST

START_TEST(a_newer_plugins_step_is_longer)
{
    struct {
        struct fh_step step;
        const char *unknown;
    } newer = {put_step("a", PATH, "{}"), "what nobody knows yet"};
    struct {
        struct fh_output output;
        const char *unknown;
    } outputs[2] = {{{.name = "id", .pointer = "/id"}, "x"}, {{.name = "b", .pointer = "/b"}, "y"}};
    newer.step.struct_size = sizeof newer;
    newer.step.outputs = &outputs[0].output;
    newer.step.output_count = 2;
    newer.step.output_size = sizeof outputs[0];
    ck_assert_msg(plan_add(plan, &newer.step, &err) == 0, "%s", error_text(&err));
    json_t *json = plan_to_json(plan);
    const json_t *shown =
        json_object_get(json_array_get(json_object_get(json, "steps"), 0), "outputs");
    ck_assert_uint_eq(json_object_size(shown), 2);
    ck_assert_ptr_nonnull(json_object_get(shown, "b"));
    json_decref(json);
}
END_TEST

/* ---- how it shows itself ---- */

static char *shown(const char *body, bool turned)
{
    struct plan *one = plan_new();
    struct fh_step steps[2] = {put_step("a", PATH, body), put_step("b", NETWORK("b"), "{}")};
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(plan_add(one, &steps[turned ? 1 - i : i], NULL), 0);
    ck_assert_int_eq(plan_finish(one, NULL), 0);
    json_t *json = plan_to_json(one);
    char *text = json_dumps(json, JSON_SORT_KEYS);
    json_decref(json);
    plan_free(one);
    return text;
}

START_TEST(equal_plans_look_alike)
{
    char *one = shown("{\"x\":1,\"y\":{\"b\":1,\"a\":2}}", false);
    char *other = shown(" { \"y\" : {\"a\":2, \"b\":1}, \"x\" : 1 } ", false);
    char *turned = shown("{\"x\":1}", true);
    ck_assert_str_eq(one, other);
    ck_assert_str_ne(one, turned);
    free(one);
    free(other);
    free(turned);
}
END_TEST

START_TEST(steps_are_shown_in_their_order_and_secrets_as_references)
{
    struct fh_step steps[2] = {
        behind(put_step("b", NETWORK("b"), "{\"k\":\"${secret:psk}\"}"), on_a),
        put_step("a", PATH, "{}")};
    ck_assert_int_eq(plan_add(plan, &steps[0], &err), 0);
    ck_assert_int_eq(plan_add(plan, &steps[1], &err), 0);
    ck_assert_int_eq(plan_finish(plan, &err), 0);
    ck_assert_int_eq(plan_add(plan, &steps[0], &err), -1); /* it is finished */
    json_t *json = plan_to_json(plan);
    char *text = json_dumps(json, JSON_SORT_KEYS);
    const char *first = strstr(text, "\"key\": \"a\""), *second = strstr(text, "\"key\": \"b\"");
    ck_assert_msg(first && second && first < second, "%s", text);
    expect_text(text, "${secret:psk}");
    free(text);
    json_decref(json);
}
END_TEST

START_TEST(tags_join_those_of_a_body)
{
    json_t *tags = json_pack("{s:s}", "owner", "flexhost");
    struct fh_step step = put_step("a", PATH, "{\"tags\":{\"cost\":\"7\"}}");
    step.flags = FH_STEP_TAGS;
    ck_assert_int_eq(plan_set_tags(plan, tags, &err), 0);
    ck_assert_int_eq(plan_add(plan, &step, &err), 0);
    step = put_step("b", NETWORK("b"), "{}");
    ck_assert_int_eq(plan_add(plan, &step, &err), 0);
    ck_assert_int_eq(plan_finish(plan, &err), 0);
    json_t *json = plan_to_json(plan);
    char *text = json_dumps(json, JSON_SORT_KEYS | JSON_COMPACT);
    expect_text(text, "\"tags\":{\"cost\":\"7\",\"owner\":\"flexhost\"}");
    expect_text(text, "\"body\":{}");
    free(text);
    json_decref(json);
    json_decref(tags);
}
END_TEST

TCase *plan_graph_case(void)
{
    TCase *tcase = tcase_create("graph");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_wrong_member_is_refused_by_name, 0, sizeof wrong / sizeof *wrong);
    tcase_add_loop_test(tcase, members_that_do_not_fit_together_are_refused, 0,
                        sizeof unfit / sizeof *unfit);
    tcase_add_loop_test(tcase, a_step_at_a_vault_begins_with_its_uri, 0,
                        sizeof at_vaults / sizeof *at_vaults);
    tcase_add_test(tcase, more_than_three_auxiliary_credentials_are_refused);
    tcase_add_test(tcase, a_key_comes_once);
    tcase_add_loop_test(tcase, edges_and_references_are_checked, 0, sizeof graphs / sizeof *graphs);
    tcase_add_test(tcase, a_secret_in_a_path_is_refused);
    tcase_add_test(tcase, exports_are_checked_too);
    tcase_add_test(tcase, an_older_plugins_step_ends_sooner);
    tcase_add_test(tcase, a_newer_plugins_step_is_longer);
    tcase_add_test(tcase, equal_plans_look_alike);
    tcase_add_test(tcase, steps_are_shown_in_their_order_and_secrets_as_references);
    tcase_add_test(tcase, tags_join_those_of_a_body);
    return tcase;
}

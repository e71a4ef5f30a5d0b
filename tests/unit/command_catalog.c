/* SPDX-License-Identifier: Apache-2.0 */
/* What a catalog's plan promises: one write a machine, its places in order, nothing secret in it.
 */
#include "command/catalog_plan.h"
#include "command/change.h"
#include "command/rehearsal.h"
#include "command/request.h"
#include "command/secret_text.h"

#include <ctype.h>
#include <string.h>

#include "tap_main.h" /* last: Check has a macro called fail */

#define REQUEST                                                                                    \
    "{\"id\":\"11111111-0000-8000-a000-000000000001\",\"name\":\"sales\",\"region\":\"eastus\","   \
    "\"resourceGroup\":\"fh-abc-catalog-sales\",\"tags\":{\"flexhost-kind\":\"catalog\"},"         \
    "\"subscription\":{\"id\":\"22222222-2222-4222-8222-222222222222\",\"credential\":\"m\"},"     \
    "\"catalog\":{\"machines\":[\"PC-01\",\"PC-02\",\"PC-03\"],\"subnetId\":\"/subnet\","          \
    "\"sizes\":[{\"size\":\"Standard_D2s_v5\",\"zones\":[\"1\",\"2\"]},"                           \
    "{\"size\":\"Standard_D2as_v5\",\"zones\":[]}],\"diskGib\":0,\"diskSku\":\"Premium_LRS\","     \
    "\"secureBoot\":true,\"administrator\":\"flexadmin\","                                         \
    "\"image\":{\"reference\":{\"publisher\":\"p\"},\"os\":\"Windows\",\"specialized\":false}}}"

static json_t *request(void)
{
    json_t *json = json_loads(REQUEST, 0, NULL);
    ck_assert_ptr_nonnull(json);
    return json;
}

static json_t *planned(const json_t *request_json)
{
    struct error err = ERROR_INIT;
    struct plan *plan = NULL;
    ck_assert_msg(catalog_plan(NULL, request_json, &plan, &err) == 0, "%s", error_text(&err));
    json_t *json = plan_to_json(plan);
    plan_free(plan);
    return json;
}

static json_t *step(const json_t *plan, const char *key)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(plan, "steps"), i, item)
    {
        if (strcmp(json_string_value(json_object_get(item, "key")), key) == 0)
            return item;
    }
    ck_abort_msg("no step %s", key);
    return NULL;
}

static const json_t *at(const json_t *json, const char *path)
{
    char copy[200];
    snprintf(copy, sizeof copy, "%s", path);
    for (char *part = strtok(copy, "/"); part && json; part = strtok(NULL, "/"))
        json = json_is_array(json) ? json_array_get(json, (size_t)atoi(part))
                                   : json_object_get(json, part);
    return json;
}

static void expect(const json_t *json, const char *path, const char *value)
{
    const char *text = json_string_value(at(json, path));
    ck_assert_msg(text && strcmp(text, value) == 0, "%s is %s, wanted %s", path,
                  text ? text : "absent", value);
}

START_TEST(a_machine_is_one_step_with_its_interface_and_disk_inside)
{
    json_t *json = request();
    json_t *plan = planned(json);
    ck_assert_uint_eq(json_array_size(json_object_get(plan, "steps")), 4);
    const json_t *body = json_object_get(step(plan, "machine/PC-01"), "body");
    expect(body, "properties/storageProfile/osDisk/deleteOption", "Delete");
    const char nic[] = "properties/networkProfile/networkInterfaceConfigurations/0/properties";
    char path[200];
    snprintf(path, sizeof path, "%s/deleteOption", nic);
    expect(body, path, "Delete");
    snprintf(path, sizeof path, "%s/ipConfigurations/0/properties/subnet/id", nic);
    expect(body, path, "/subnet");
    expect(body, "properties/securityProfile/securityType", "TrustedLaunch");
    expect(body, "tags/flexhost-kind", "catalog");
    json_decref(plan);
    json_decref(json);
}
END_TEST

START_TEST(machines_take_the_zones_in_turn_then_the_backup_size)
{
    json_t *json = request();
    json_t *plan = planned(json);
    const json_t *first = step(plan, "machine/PC-01");
    const json_t *second = step(plan, "machine/PC-02");
    expect(first, "body/zones/0", "1");
    expect(second, "body/zones/0", "2");
    expect(step(plan, "machine/PC-03"), "body/zones/0", "1");
    ck_assert_uint_eq(json_array_size(at(first, "alternatives")), 2);
    expect(first, "alternatives/0/zones/0", "2");
    expect(first, "alternatives/0/properties/hardwareProfile/vmSize", "Standard_D2s_v5");
    expect(second, "alternatives/0/zones/0", "1");
    expect(first, "alternatives/1/properties/hardwareProfile/vmSize", "Standard_D2as_v5");
    json_decref(plan);
    json_decref(json);
}
END_TEST

/* Quota is shared out in the order of the sizes; nobody is sent where there is none. */
START_TEST(machines_beyond_a_quota_begin_with_the_next_size)
{
    json_t *json = request();
    json_t *sizes = json_object_get(json_object_get(json, "catalog"), "sizes");
    json_object_set_new(json_array_get(sizes, 0), "most", json_integer(2));
    json_t *plan = planned(json);
    const json_t *last = step(plan, "machine/PC-03");
    expect(step(plan, "machine/PC-02"), "body/properties/hardwareProfile/vmSize",
           "Standard_D2s_v5");
    ck_assert_uint_eq(json_array_size(at(step(plan, "machine/PC-02"), "alternatives")), 2);
    expect(last, "body/properties/hardwareProfile/vmSize", "Standard_D2as_v5");
    ck_assert_ptr_null(at(last, "body/zones"));
    ck_assert_uint_eq(json_array_size(at(last, "alternatives")), 0);
    json_decref(plan);
    json_decref(json);
}
END_TEST

/* A size without zones must not keep the zone of the body that it is merged into. */
START_TEST(a_backup_size_without_zones_takes_the_zone_away)
{
    json_t *json = request();
    json_t *plan = planned(json);
    ck_assert(json_is_null(at(step(plan, "machine/PC-01"), "alternatives/1/zones")));
    json_decref(plan);
    json_decref(json);
}
END_TEST

START_TEST(the_password_is_a_reference)
{
    json_t *json = request();
    json_t *plan = planned(json);
    expect(step(plan, "machine/PC-01"), "body/properties/osProfile/adminPassword",
           "${secret:administrator-password}");
    json_decref(plan);
    json_decref(json);
}
END_TEST

START_TEST(a_specialized_image_gets_no_profile)
{
    json_t *json = request();
    json_object_set_new(json_object_get(json_object_get(json, "catalog"), "image"), "specialized",
                        json_true());
    json_t *plan = planned(json);
    ck_assert_ptr_null(at(step(plan, "machine/PC-01"), "body/properties/osProfile"));
    json_decref(plan);
    json_decref(json);
}
END_TEST

START_TEST(a_join_is_an_extension_after_its_machine)
{
    json_t *json = request();
    json_object_set_new(json_object_get(json, "catalog"), "join",
                        json_pack("{s:s, s:s}", "domain", "corp.example", "account", "svc"));
    json_t *plan = planned(json);
    ck_assert_uint_eq(json_array_size(json_object_get(plan, "steps")), 7);
    const json_t *join = step(plan, "machine/PC-01/join");
    expect(join, "after/0", "machine/PC-01");
    expect(join, "body/properties/protectedSettings/Password",
           "${secret:service-account-password}");
    json_decref(plan);
    json_decref(json);
}
END_TEST

START_TEST(the_same_request_gives_the_same_plan)
{
    json_t *json = request();
    json_t *once = planned(json);
    json_t *again = planned(json);
    ck_assert(json_equal(once, again));
    json_decref(once);
    json_decref(again);
    json_decref(json);
}
END_TEST

START_TEST(resource_groups_are_legal_and_tell_names_apart)
{
    char *plain = resource_group_name("k3f9x2", "catalog", "Sales-1");
    char *marked = resource_group_name("k3f9x2", "catalog", "Sales.1");
    char *other = resource_group_name("k3f9x2", "catalog", "Sales_1");
    ck_assert_str_eq(plain, "fh-k3f9x2-catalog-sales-1");
    ck_assert_str_ne(marked, plain);
    ck_assert_str_ne(marked, other);
    free(plain);
    free(marked);
    free(other);
    char longest[257];
    memset(longest, 'x', 256);
    longest[256] = '\0';
    char *cut = resource_group_name("k3f9x2", "connection", longest);
    ck_assert_uint_le(strlen(cut), 90);
    free(cut);
}
END_TEST

START_TEST(passwords_meet_azures_rules)
{
    for (int i = 0; i < 200; i++) {
        char password[SECRET_PASSWORD_SIZE];
        secret_password(clock_system(), password);
        int upper = 0, lower = 0, digit = 0;
        for (const char *c = password; *c; c++) {
            upper += isupper((unsigned char)*c) != 0;
            lower += islower((unsigned char)*c) != 0;
            digit += isdigit((unsigned char)*c) != 0;
        }
        ck_assert_uint_eq(strlen(password), SECRET_PASSWORD_SIZE - 1);
        ck_assert(upper && lower && digit && strpbrk(password, "-_.+="));
    }
}
END_TEST

START_TEST(statuses_have_the_manuals_words)
{
    ck_assert_str_eq(status_label("connection", "Complete"), "Ready to use");
    ck_assert_str_eq(status_label("connection", "VWanConnectionFailed"), "VWanConnectionFailed");
    ck_assert_ptr_null(subject_kind_find("sofa"));
    ck_assert_str_eq(subject_kind_find("catalog")->done, "Active");
}
END_TEST

static int kept_version(struct store *store, const char *owner, const char *name, int64_t *version,
                        struct error *err)
{
    (void)store, (void)owner, (void)err;
    *version = strcmp(name, "kept") == 0 ? 3 : 0;
    return 0;
}

/* A secret that comes with a change is neither unknown to its dry run nor the same as before. */
START_TEST(a_dry_run_knows_the_secrets_that_come_with_the_change)
{
    static const struct {
        const char *secrets;
        const char *name;
        int64_t version;
    } cases[] = {
        {"{}", "kept", 3},
        {"{\"kept\": \"x\"}", "kept", 4},
        {"{\"fresh\": \"x\"}", "fresh", 1},
        {"{\"fresh\": \"x\"}", "other", 0},
    };
    const struct store_ops ops = {.secret_version = kept_version};
    struct store store = {&ops};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *secrets = json_loads(cases[i].secrets, 0, NULL);
        struct rehearsal rehearsal;
        rehearsal_begin(&rehearsal, &store, secrets, NULL);
        struct store *seen = &rehearsal.store;
        int64_t version = -1;
        ck_assert_int_eq(seen->ops->secret_version(seen, "o", cases[i].name, &version, NULL), 0);
        ck_assert_int_eq(version, cases[i].version);
        json_decref(secrets);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("command");
    TCase *plan = tcase_create("catalog plan");
    tcase_add_test(plan, a_machine_is_one_step_with_its_interface_and_disk_inside);
    tcase_add_test(plan, machines_take_the_zones_in_turn_then_the_backup_size);
    tcase_add_test(plan, machines_beyond_a_quota_begin_with_the_next_size);
    tcase_add_test(plan, a_backup_size_without_zones_takes_the_zone_away);
    tcase_add_test(plan, the_password_is_a_reference);
    tcase_add_test(plan, a_specialized_image_gets_no_profile);
    tcase_add_test(plan, a_join_is_an_extension_after_its_machine);
    tcase_add_test(plan, the_same_request_gives_the_same_plan);
    suite_add_tcase(suite, plan);
    TCase *subjects = tcase_create("subjects");
    tcase_add_test(subjects, resource_groups_are_legal_and_tell_names_apart);
    tcase_add_test(subjects, passwords_meet_azures_rules);
    tcase_add_test(subjects, statuses_have_the_manuals_words);
    tcase_add_test(subjects, a_dry_run_knows_the_secrets_that_come_with_the_change);
    suite_add_tcase(suite, subjects);
    return tap_main(suite);
}

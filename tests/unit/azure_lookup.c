/* SPDX-License-Identifier: Apache-2.0 */
/* Many resources with few requests. */
#include "azure/lookup.h"
#include "azure_fake.h"
#include "tap_main.h"

#include <string.h>

#define NETWORKS "/subscriptions/s/providers/Microsoft.Network/virtualNetworks"
#define VNET(n)  "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/" n
#define VERSION  "2024-01-01"

static struct fake *fake;

static void set_up(void)
{
    fake = fake_new(NULL);
}

static void tear_down(void)
{
    fake_free(fake);
}

static void look_up(struct lookup *lookups, size_t count, int wanted)
{
    struct error err = ERROR_INIT;
    for (size_t i = 0; i < count; i++) {
        lookups[i].api_version = VERSION;
        lookups[i].credential = "main";
    }
    ck_assert_msg(lookup_all(fake->arm, lookups, count, &err) == wanted, "%s", error_text(&err));
    error_clear(&err);
}

static const char *name_of(const struct lookup *lookup)
{
    const char *name = json_string_value(json_object_get(lookup->found, "name"));
    return name ? name : json_is_null(lookup->found) ? "gone" : "unread";
}

static void clear(struct lookup *lookups, size_t count)
{
    for (size_t i = 0; i < count; i++)
        lookup_clear(&lookups[i]);
}

/* Azure writes ids in a case of its own, and shows peerings within their network. */
#define PAGE                                                                                       \
    "{\"value\":[{\"id\":\"/SUBSCRIPTIONS/s/resourceGroups/G/providers/Microsoft.Network/"         \
    "virtualNetworks/a\",\"name\":\"a\",\"properties\":{\"virtualNetworkPeerings\":[{\"id\":"      \
    "\"" VNET("a/virtualNetworkPeerings/p") "\",\"name\":\"p\"}],\"ref\":{\"id\":\"" VNET(         \
        "c") "\"}}},{\"id\":\"" VNET("b") "\",\"name\":\"b\"}]}"

START_TEST(several_of_a_list_cost_its_pages)
{
    struct lookup lookups[] = {{.path = VNET("a"), .list_path = NETWORKS},
                               {.path = VNET("b"), .list_path = NETWORKS},
                               {.path = VNET("a/virtualNetworkPeerings/p"), .list_path = NETWORKS}};
    fake_add(fake, (struct fake_rule){.url = NETWORKS, .status = 200, .body = PAGE});
    look_up(lookups, 3, 0);
    ck_assert_str_eq(name_of(&lookups[0]), "a");
    ck_assert_str_eq(name_of(&lookups[1]), "b");
    ck_assert_str_eq(name_of(&lookups[2]), "p");
    ck_assert_uint_eq(fake->request_count, 1);
    clear(lookups, 3);
}
END_TEST

/* A mere reference to it is not the resource. */
START_TEST(what_a_list_lacks_is_asked_for)
{
    struct lookup lookups[] = {{.path = VNET("a"), .list_path = NETWORKS},
                               {.path = VNET("c"), .list_path = NETWORKS}};
    fake_add(fake, (struct fake_rule){.url = "virtualNetworks/c", .status = 404, .body = "{}"});
    fake_add(fake, (struct fake_rule){.url = NETWORKS, .status = 200, .body = PAGE});
    look_up(lookups, 2, 0);
    ck_assert_str_eq(name_of(&lookups[0]), "a");
    ck_assert_str_eq(name_of(&lookups[1]), "gone");
    ck_assert_uint_eq(fake->request_count, 2);
    clear(lookups, 2);
}
END_TEST

START_TEST(one_of_a_list_is_read_by_itself)
{
    struct lookup lookups[] = {{.path = VNET("a"), .list_path = NETWORKS}, {.path = VNET("b")}};
    fake_add(fake, (struct fake_rule){.status = 200, .body = "{\"name\":\"x\"}"});
    look_up(lookups, 2, 0);
    ck_assert_str_eq(name_of(&lookups[0]), "x");
    ck_assert_uint_eq(fake_count(fake, "GET", "virtualNetworks/a?"), 1);
    ck_assert_uint_eq(fake_count(fake, "GET", "virtualNetworks/b?"), 1);
    clear(lookups, 2);
}
END_TEST

START_TEST(a_list_that_is_refused_is_read_one_by_one)
{
    struct lookup lookups[] = {{.path = VNET("a"), .list_path = NETWORKS},
                               {.path = VNET("b"), .list_path = NETWORKS}};
    fake_add(fake, (struct fake_rule){.url = "s/providers",
                                      .status = 403,
                                      .body = "{\"error\":{\"code\":\"AuthorizationFailed\","
                                              "\"message\":\"no\"}}"});
    fake_add(fake, (struct fake_rule){.url = "/a?", .status = 200, .body = "{\"name\":\"a\"}"});
    fake_add(fake, (struct fake_rule){.url = "/b?",
                                      .status = 403,
                                      .body = "{\"error\":{\"code\":\"AuthorizationFailed\","
                                              "\"message\":\"not you\"}}"});
    look_up(lookups, 2, 0);
    ck_assert_str_eq(name_of(&lookups[0]), "a");
    ck_assert_ptr_null(lookups[1].found);
    ck_assert_str_eq(lookups[1].reason, "HTTP 403: not you");
    clear(lookups, 2);
}
END_TEST

START_TEST(without_an_answer_it_fails)
{
    struct lookup lookups[] = {{.path = VNET("a"), .list_path = NETWORKS},
                               {.path = VNET("b"), .list_path = NETWORKS}};
    fake_add(fake, (struct fake_rule){.failure = TRANSPORT_NOT_SENT, .lasting = true});
    look_up(lookups, 2, -1);
    clear(lookups, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lookup");
    TCase *tests = tcase_create("lookup");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, several_of_a_list_cost_its_pages);
    tcase_add_test(tests, what_a_list_lacks_is_asked_for);
    tcase_add_test(tests, one_of_a_list_is_read_by_itself);
    tcase_add_test(tests, a_list_that_is_refused_is_read_one_by_one);
    tcase_add_test(tests, without_an_answer_it_fails);
    suite_add_tcase(suite, tests);
    return tap_main(suite);
}

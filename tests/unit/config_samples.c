/* SPDX-License-Identifier: Apache-2.0 */
/* Every sample of conf/ loads as it is, and says what the manual says. */
#include "base/text.h"
#include "config_suites.h"

#include <stdlib.h>

static struct config *load(const char *sample)
{
    struct error err = ERROR_INIT;
    struct config *config;
    const char *source = getenv("srcdir");
    char *path = text_format("%s/conf/%s", source ? source : ".", sample);
    int result = config_load(path, &config, &err);
    ck_assert_msg(result == 0, "%s: %s", path, error_text(&err));
    free(path);
    return config;
}

START_TEST(public_sample_loads)
{
    struct config *config = load("flexhost.ini");
    ck_assert_uint_eq(config->credential_count, 1);
    ck_assert_uint_eq(config->subscription_count, 1);
    ck_assert_str_eq(config->subscriptions[0].region, "westeurope");
    ck_assert_ptr_nonnull(config_plugin(config, "connection", "vnet-peering"));
    ck_assert_str_eq(config->azure.resource_manager, "https://management.azure.com");
    config_free(config);
}
END_TEST

START_TEST(local_sample_loads)
{
    struct config *config = load("local.ini");
    ck_assert_uint_eq(config->credential_count, 4);
    ck_assert_int_eq(config->azure.poll_interval_ms, 100);
    ck_assert_uint_eq(config->on_premises_count, 1);
    ck_assert_str_eq(config->subscriptions[0].credential, "managed");
    config_free(config);
}
END_TEST

/* Each table by itself, named in place of the built-in one. */
START_TEST(tables_load_as_files)
{
    static const char *const keys[] = {"regions", "sizes", "personas", "images"};
    const char *source = getenv("srcdir");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char *path = realpath(source ? source : ".", NULL);
        char *text = text_format("[host]\n%s-file = %s/conf/%s.ini\n", keys[i], path, keys[i]);
        char *problems = config_problems(text);
        ck_assert_str_eq(problems, "");
        free(problems);
        free(text);
        free(path);
    }
}
END_TEST

START_TEST(tables_hold_what_the_manual_says)
{
    struct config *config = load("flexhost.ini");
    ck_assert_uint_eq(config->regions.count, 18);
    ck_assert_str_eq(region_find(&config->regions, "West US 3")->name, "westus3");
    ck_assert_uint_eq(region_find(&config->regions, "westus")->zone_count, 0);
    ck_assert_uint_eq(region_find(&config->regions, "italynorth")->zone_count, 3);
    const struct persona *medium = persona_find(&config->personas, "Task worker (medium)");
    ck_assert_int_eq(medium->users_per_machine, 8);
    ck_assert_int_eq(medium->sessions, SESSIONS_MULTI);
    const struct persona *heavy = persona_find(&config->personas, "task-worker-heavy");
    ck_assert_int_eq(heavy->users_per_machine, 4);
    ck_assert_int_eq(persona_find(&config->personas, "power-worker")->sessions, SESSIONS_SINGLE);
    ck_assert_uint_eq(config->image_count, 6);
    ck_assert_str_eq(ini_find(config_image(config, "windows-11-pro"), "sessions")->value, "single");
    config_free(config);
}
END_TEST

TCase *config_samples_case(void)
{
    TCase *tcase = tcase_create("samples");
    tcase_add_test(tcase, public_sample_loads);
    tcase_add_test(tcase, local_sample_loads);
    tcase_add_test(tcase, tables_load_as_files);
    tcase_add_test(tcase, tables_hold_what_the_manual_says);
    return tcase;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What each section takes, and what it refuses. */
#include "config_suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUID "01234567-89ab-cdef-0123-456789abcdef"
#define SECRET                                                                                     \
    "[credential \"main\"]\ntype = client-secret\ntenant = " GUID "\nclient-id = " GUID "\n"
#define OTHER_GUID "11111111-89ab-cdef-0123-456789abcdef"
#define PERSON     "[credential \"a\"]\ntype = device-code\nclient-id = " GUID "\n"
#define COMPLETE   SECRET "client-secret = file:secret\n"

static const struct {
    const char *text;
    const char *problem; /* NULL: none */
} sections[] = {
    {COMPLETE, NULL},
    {COMPLETE "[subscription \"a\"]\nid = " GUID "\n", NULL},
    {COMPLETE "[subscription \"a\"]\nid = " GUID "\nregion = West US 3\n", NULL},
    {SECRET, "the key client-secret is missing, which type = client-secret needs"},
    {SECRET "client-secret = hunter2\n", "put it in a file of mode 0600 and write file:PATH"},
    {COMPLETE "certificate-file = a.pem\n", "type = client-secret takes no such key"},
    {"[credential \"a\"]\n", "the key type is missing: add a line as in type = client-secret"},
    {"[credential \"a\"]\ntype = client-secert\n", "did you mean client-secret?"},
    {"[credential \"a\"]\ntype = managed-identity\n", NULL},
    {"[credential \"a\"]\ntype = environment\n", "needs the variables AZURE_TENANT_ID"},
    {"[credential \"a\"]\ntype = managed-identity\nclient-id = 12\n", "\"12\" is not a GUID"},
    {PERSON "tenant = organizations\n", NULL},
    {PERSON "tenant = contoso.onmicrosoft.com\n", NULL},
    {PERSON "tenant = " GUID "\n", NULL},
    {PERSON, "the key tenant is missing, which type = device-code needs"},
    {PERSON "tenant = contoso\n", "or organizations (any tenant)"},
    {PERSON "tenant = common\n", "\"common\" is not a GUID"},
    {PERSON "tenant = " GUID "\nclient-secret = file:secret\n",
     "type = device-code takes no such key"},
    {"[credential \"a\"]\ntype = device-code\ntenant = organizations\n",
     "the key client-id is missing, which type = device-code needs"},
    {"[credential \"a\"]\ntype = managed-identity\ntenant = contoso.example\n",
     "\"contoso.example\" is not a GUID"},
    {PERSON "tenant = organizations\n[subscription \"a\"]\nid = " GUID "\ntenant = " GUID
            "\n[subscription \"b\"]\nid = " OTHER_GUID "\ntenant = " OTHER_GUID "\n",
     "give each tenant a [credential] of its own"},
    {"[subscription \"a\"]\nid = " GUID "\n", "there is no credential to sign in with"},
    {COMPLETE "[subscription \"a\"]\n", "the key id is missing"},
    {COMPLETE "[subscription \"a\"]\nid = " GUID "\ncredential = other\n",
     "there is no [credential \"other\"]"},
    {COMPLETE "[subscription \"a\"]\nid = " GUID "\nregion = westus9\n", "did you mean westus"},
    {COMPLETE "[subscription \"a\"]\nid = " GUID "\n[subscription \"b\"]\nid = " GUID "\n",
     "the subscription is [subscription \"a\"] already"},
    {"[azure]\nrequest-timeout = 30\n", "\"30\" is not a duration"},
    {"[azure]\nrequest-timeout = 1ms\n", "the value is 1ms: it takes 100ms to 1h"},
    {"[host]\nplugin-folder = /a, /b\nplugin-folder = /c\n", NULL},
    {"[host]\nplugin-folder = /a,,/b\n", "a value between commas is missing"},
    {"[host]\ncolour = loud\n", "write auto, always or never"},
    {"[host]\nregions-file = /nowhere/regions.ini\n", "cannot open /nowhere/regions.ini"},
    {"[azure]\nresource-manager = management.azure.com\n", "is not a URL"},
    {"[azure]\nmax-connections = 0\n", "the value is 0: it takes 1 to 1000"},
    {"[azure]\npace = maybe\n", "\"maybe\" is neither yes nor no"},
    {"[limits]\nmachines-per-subscription = 100\n", NULL},
    {"[limits]\nmachines = 100\n", "did you mean machines-per-subscription?"},
    {"[limits]\ncatalogs = -1\n", "it takes 1 to"},
    {"[onpremises]\nrange = 10.0.0.0/8, 192.168.0.0/16\n", NULL},
    {"[onpremises \"Basel\"]\nrange = 10.0.0.1/8\n", "the range that holds this address is "
                                                     "10.0.0.0/8"},
    {"[onpremises]\n", "the key range is missing"},
    {"[plugin \"connection/none\"]\nanything = goes\n", NULL},
    {"[plugin \"none\"]\n", "a plugin is called KIND/NAME"},
    {"[plugin \"connections/none\"]\n", "a plugin is called KIND/NAME"},
    {"[plugin \"connection/None\"]\n", "a plugin is called KIND/NAME"},
    {"[image \"a\"]\nanything = goes\n", NULL},
    {"[region \"moonbase\"]\ndisplay-name = Moon\ngeography = Moon\nzones = 1\n", NULL},
    {"[region \"Moon Base\"]\ndisplay-name = Moon\ngeography = Moon\n", "by Azure's name"},
    {"[region \"moonbase\"]\ngeography = Moon\n", "the key display-name is missing"},
    {"[size \"Standard_X\"]\nvcpus = 2\nmemory-gib = 4\nzones = 5\n", "\"5\" is not one of"},
    {"[persona \"p\"]\ndisplay-name = P\nsessions = single\nsize = Standard_D2s_v5\n", NULL},
    {"[persona \"p\"]\ndisplay-name = P\nsessions = single\nsize = Standard_D2s\n",
     "did you mean Standard_D2s_v5?"},
    {"[persona \"p\"]\ndisplay-name = P\nsessions = single\nsize = Standard_D2s_v5\n"
     "users-per-machine = 4\n",
     "a single-session machine takes 1 user"},
};

START_TEST(each_section_is_checked)
{
    char *problems = config_problems(sections[_i].text);
    if (sections[_i].problem)
        ck_assert_msg(strstr(problems, sections[_i].problem) != NULL, "wanted \"%s\", got \"%s\"",
                      sections[_i].problem, problems);
    else
        ck_assert_str_eq(problems, "");
    free(problems);
}
END_TEST

START_TEST(a_secret_is_never_repeated)
{
    char *problems = config_problems(SECRET "client-secret = hunter2-the-secret\n");
    ck_assert_ptr_null(strstr(problems, "hunter2"));
    free(problems);
}
END_TEST

static struct config *load(const char *text)
{
    struct error err = ERROR_INIT;
    struct config *config;
    int result = config_load_text("test.ini", text, strlen(text), &config, &err);
    ck_assert_msg(result == 0, "%s", error_text(&err));
    return config;
}

START_TEST(values_arrive)
{
    struct config *config = load("[host]\nplugin-folder = /a, /b\nplugin-folder = /c\n"
                                 "state-folder = state\n[azure]\nrequest-timeout = 2m\npace = no\n"
                                 "[limits]\ncatalogs = 7\n"
                                 "[onpremises \"Basel\"]\nrange = 10.0.0.0/8\n"
                                 "[plugin \"connection/x\"]\nenabled = no\nown = 1\n"
                                 "[persona \"power-worker\"]\ndisplay-name = Mine\n"
                                 "sessions = multi\nusers-per-machine = 3\nsize = Standard_D8s_v5\n"
                                 "backup-sizes = Standard_D8as_v5\n");
    ck_assert_uint_eq(config->host.plugin_folders.count, 3);
    ck_assert_str_eq(config->host.plugin_folders.items[1], "/b");
    ck_assert_str_eq(config->host.state_folder, "state");
    ck_assert_str_eq(config->host.output, "table");
    ck_assert_int_eq(config->azure.request_timeout_ms, 120000);
    ck_assert(!config->azure.pace);
    ck_assert_int_eq(config->limits.most[LIMIT_CATALOGS], 7);
    ck_assert_int_eq(config->limits.most[LIMIT_MACHINES], 5000);
    ck_assert_str_eq(config->on_premises[0].owner, "on-premises Basel, test.ini:10");
    const struct plugin_config *plugin = config_plugin(config, "connection", "x");
    ck_assert(!plugin->enabled);
    ck_assert_str_eq(ini_find(plugin->section, "own")->value, "1");
    const struct persona *persona = persona_find(&config->personas, "power-worker");
    ck_assert_str_eq(persona->display, "Mine");
    ck_assert_uint_eq(persona->backup_size_count, 1);
    ck_assert_uint_eq(config->personas.count, 4);
    config_free(config);
}
END_TEST

START_TEST(paths_start_at_the_file)
{
    struct error err = ERROR_INIT;
    struct config *config;
    char *folder = config_make_folder();
    char path[256], wanted[300];
    config_write(folder, "flexhost.ini", COMPLETE "[host]\nstate-folder = state\n", 0644);
    snprintf(path, sizeof path, "%s/flexhost.ini", folder);
    ck_assert_msg(config_load(path, &config, &err) == 0, "%s", error_text(&err));
    snprintf(wanted, sizeof wanted, "file:%s/secret", folder);
    ck_assert_str_eq(config->credentials[0].client_secret, wanted);
    snprintf(wanted, sizeof wanted, "%s/state", folder);
    ck_assert_str_eq(config->host.state_folder, wanted);
    snprintf(wanted, sizeof wanted, "%s:1", path);
    ck_assert_str_eq(config->credentials[0].source, wanted);
    config_free(config);
    config_drop_folder(folder);
}
END_TEST

START_TEST(a_file_that_everybody_writes_is_refused)
{
    struct error err = ERROR_INIT;
    struct config *config;
    char *folder = config_make_folder();
    char path[256];
    config_write(folder, "flexhost.ini", "", 0666);
    snprintf(path, sizeof path, "%s/flexhost.ini", folder);
    ck_assert_int_eq(config_load(path, &config, &err), -1);
    ck_assert_ptr_null(config);
    ck_assert_ptr_nonnull(strstr(error_text(&err), "run chmod o-w"));
    error_clear(&err);
    config_drop_folder(folder);
}
END_TEST

static void set_environment(const char *prefix, const char *secret)
{
    static const char *const names[] = {"TENANT_ID", "CLIENT_ID"};
    char name[64];
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%s_%s", prefix, names[i]);
        setenv(name, GUID, 1);
    }
    snprintf(name, sizeof name, "%s_CLIENT_SECRET", prefix);
    setenv(name, secret, 1);
}

static void clear_environment(void)
{
    static const char *const names[] = {"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET",
                                        "ARM_TENANT_ID",   "ARM_CLIENT_ID",   "ARM_CLIENT_SECRET"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
}

START_TEST(the_environment_signs_in)
{
    set_environment("ARM", "one");
    struct config *config = load("[subscription \"a\"]\nid = " GUID "\n");
    ck_assert_str_eq(config->subscriptions[0].credential, "environment");
    ck_assert_str_eq(config->credentials[0].client_secret, "env:ARM_CLIENT_SECRET");
    config_free(config);
    set_environment("AZURE", "two");
    config = load("[credential \"x\"]\ntype = environment\n");
    ck_assert_int_eq(config->credentials[0].type, CREDENTIAL_CLIENT_SECRET);
    ck_assert_str_eq(config->credentials[0].client_secret, "env:AZURE_CLIENT_SECRET");
    ck_assert_str_eq(config->credentials[0].source,
                     "environment (AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET)");
    config_free(config);
    config = load(COMPLETE); /* what stands in the file wins */
    ck_assert_uint_eq(config->credential_count, 1);
    ck_assert_str_eq(config->credentials[0].source, "test.ini:1");
    config_free(config);
    setenv("AZURE_TENANT_ID", "not-a-guid", 1);
    char *problems = config_problems("");
    ck_assert_ptr_nonnull(strstr(problems, "AZURE_TENANT_ID is not a GUID"));
    free(problems);
    clear_environment();
}
END_TEST

TCase *config_load_case(void)
{
    TCase *tcase = tcase_create("load");
    tcase_add_checked_fixture(tcase, clear_environment, clear_environment);
    tcase_add_loop_test(tcase, each_section_is_checked, 0, sizeof sections / sizeof *sections);
    tcase_add_test(tcase, a_secret_is_never_repeated);
    tcase_add_test(tcase, values_arrive);
    tcase_add_test(tcase, paths_start_at_the_file);
    tcase_add_test(tcase, a_file_that_everybody_writes_is_refused);
    tcase_add_test(tcase, the_environment_signs_in);
    return tcase;
}

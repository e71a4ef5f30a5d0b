/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line makes of argv, right and wrong. */
#include "face/arguments.h"
#include "face_table.h"
#include "tap_main.h"

#include <stdio.h>
#include <string.h>

enum { MOST_WORDS = 16 };

/* A line of the command: words are separated by blanks, '' is an empty word. */
static int parse(const char *line, struct arguments *arguments, char *copy, struct error *err)
{
    char *argv[MOST_WORDS] = {(char *)"flexhost"};
    int argc = 1;
    char *rest = strcpy(copy, line);
    for (char *word; (word = strsep(&rest, " "));)
        if (*word)
            argv[argc++] = strcmp(word, "''") == 0 ? (char *)"" : word;
    if (arguments_globals(arguments, argc, argv, err) < 0)
        return -1;
    return arguments_command(arguments, &fake_rows, &fake_plugins, err);
}

static const struct {
    const char *line;
    const char *verb;
    const char *raw;
} good[] = {
    {"connection list", "list", "{}"},
    {"doctor", "", "{}"},
    {"connection show corp", "show", "{\"name\":\"corp\"}"},
    {"connection show --name corp", "show", "{\"name\":\"corp\"}"},
    {"connection show --name=corp", "show", "{\"name\":\"corp\"}"},
    {"connection show -- --corp", "show", "{\"name\":\"--corp\"}"},
    {"connection show --name=--corp", "show", "{\"name\":\"--corp\"}"},
    {"-o json connection show corp", "show", "{\"name\":\"corp\"}"},
    {"connection -ojson show corp -qv", "show", "{\"name\":\"corp\"}"},
    {"connection show -- -o", "show", "{\"name\":\"-o\"}"},
    {"connection create mesh m --region eu", "create",
     "{\"name\":\"m\",\"region\":\"eu\",\"type\":\"mesh\"}"},
    {"connection create --region eu --address-range 10.0.0.0/16 mesh m", "create",
     "{\"address-range\":\"10.0.0.0/16\",\"name\":\"m\",\"region\":\"eu\",\"type\":\"mesh\"}"},
    {"connection create --transit mesh m", "create",
     "{\"name\":\"m\",\"transit\":true,\"type\":\"mesh\"}"},
    {"connection create --name m --type mesh --no-transit", "create",
     "{\"name\":\"m\",\"transit\":false,\"type\":\"mesh\"}"},
    {"connection create mesh m --gateway=no --dns-server 10.0.0.4 --dns-server=10.0.0.5", "create",
     "{\"dns-server\":[\"10.0.0.4\",\"10.0.0.5\"],\"gateway\":\"no\",\"name\":\"m\",\"type\":"
     "\"mesh\"}"},
    {"connection create mesh m --tuning -5", "create",
     "{\"name\":\"m\",\"tuning\":\"-5\",\"type\":\"mesh\"}"},
    {"connection set m1 --no-transit", "set", "{\"name\":\"m1\",\"transit\":false}"},
    {"connection set --transit m1", "set", "{\"name\":\"m1\",\"transit\":true}"},
    {"connection set --address-range 10.0.0.0/16 m1", "set",
     "{\"address-range\":\"10.0.0.0/16\",\"name\":\"m1\"}"},
    {"connection set m1 --address-range= --transit= --route ''", "set",
     "{\"address-range\":null,\"name\":\"m1\",\"route\":null,\"transit\":null}"},
    {"connection route add m1 fw --destination 10.1.0.0/16", "route add",
     "{\"destination\":\"10.1.0.0/16\",\"name\":\"m1\",\"route\":\"fw\"}"},
    {"machine power a b c --mode soft", "power",
     "{\"machine\":[\"a\",\"b\",\"c\"],\"mode\":\"soft\"}"},
};

START_TEST(test_good)
{
    struct arguments arguments;
    struct error err = ERROR_INIT;
    char copy[256];
    int result = parse(good[_i].line, &arguments, copy, &err);
    ck_assert_msg(result == 0, "%s: %s", good[_i].line, error_text(&err));
    ck_assert_ptr_nonnull(arguments.command);
    ck_assert_str_eq(arguments.command->verb, good[_i].verb);
    char *raw = json_dumps(arguments.raw, JSON_COMPACT | JSON_SORT_KEYS);
    ck_assert_msg(strcmp(raw, good[_i].raw) == 0, "%s gave %s", good[_i].line, raw);
    free(raw);
    arguments_clear(&arguments);
}
END_TEST

static const struct {
    const char *line;
    const char *message;
} bad[] = {
    {"conection list", "unknown command \"conection\": did you mean \"connection\"?"},
    {"zzz", "unknown command \"zzz\""},
    {"connection creat mesh m", "did you mean \"connection create\"?"},
    {"connection edit m1", "\"connection\" cannot \"edit\": did you mean \"connection set\"?"},
    {"connection ls", "did you mean \"connection list\"?"},
    {"machine edit", "\"machine\" cannot \"edit\""}, /* nor set */
    {"connection dance", "\"connection\" cannot \"dance\""},
    {"--quite connection list", "unknown option --quite: did you mean --quiet?"},
    {"--region eu connection list", "a command's own options come after it"},
    {"connection route", "\"connection route\" needs one more word: add, edit"},
    {"connection route dance m1", "\"connection route\" cannot \"dance\": it can add, edit"},
    {"connection route --name m1", "needs one more word: add, edit"},
    {"connection set m2 --transit", "there is no connection called \"m2\""},
    {"connection set m1 --transt",
     "connection set has no option --transt: did you mean --transit?"},
    {"connection route add m1 fw --transit", "has no option --transit"},
    {"connection list extra", "\"extra\" is one word too many"},
    {"doctor who", "\"who\" is one word too many: doctor takes 0"},
    {"connection show", NULL}, /* command_prepare says what is missing */
    {"connection show ''", "NAME is empty"},
    {"connection show corp --name hq", "NAME was given twice (\"corp\" and \"hq\")"},
    {"connection create mesh m --regoin eu",
     "connection create mesh has no option --regoin: did you "
     "mean --region?"},
    {"connection create mesh m --adress-range x", "did you mean --address-range?"},
    {"connection create mesh m --region", "--region needs a value, and nothing follows it"},
    {"connection create mesh m --region --transit", "if that is the value, type "
                                                    "--region=--transit"},
    {"connection create mesh m --region=", "--region was given an empty value"},
    {"connection create mesh m --region ''", "--region was given an empty value"},
    {"connection create mesh m --region a --region b",
     "--region was given twice (\"a\" and \"b\")"},
    {"connection create mesh m --transit --no-transit", "--transit was given twice"},
    {"connection create mesh m --no-transit=yes", "--no-transit takes no value"},
    {"connection create mesh m --transit=", "type --transit=yes or --transit=no"},
    {"connection set m1 --route= --route name=a", "--route was given twice, and an empty value"},
    {"connection set m1 --route name=a --route=", "--route was given twice, and an empty value"},
    {"connection set m1 --address-range= --address-range=", "--address-range was given twice"},
    {"connection set m1 --shared-key-file=", "--shared-key-file was given an empty value"},
    {"connection route add m1 fw --destination=", "--destination was given an empty value"},
    {"connection create mesh m --no-region", "has no option --no-region"},
    {"connection create", "connection create needs TYPE: one of mesh"},
    {"connection create --region eu", "connection create needs TYPE"},
    {"connection create mash m", "no plugin \"mash\""},
    {"connection create broken m", "no plugin \"broken\""},
    {"connection create mesh m --shared-key hush", "give --shared-key-file FILE"},
    {"connection create mesh m --shared-key=hush", "give --shared-key-file FILE"},
    {"connection create mesh m --shared-key-file a --shared-key-env B",
     "the secret --shared-key was given twice"},
    {"connection create mesh m --shared-key-env", "--shared-key-env needs a value"},
    {"connection create mesh m --region-file x", "has no option --region-file"},
    {"connection list --dry-run", "connection list runs no operation, so --dry-run means nothing"},
    {"connection list --no-wait", "--no-wait means nothing"},
    {"connection list -o xml", "--output must be table, json or tsv, not \"xml\""},
    {"connection list -o jsn", "did you mean json?"},
    {"connection list -o", "--output needs a value"},
    {"connection list -o json -o tsv", "--output was given twice"},
    {"connection list --config a --config b", "--config was given twice (\"a\" and \"b\")"},
    {"connection list --quiet=yes", "--quiet takes no value"},
    {"connection list -x", "unknown option -x"},
    {"connection list -region", "did you mean --region?"},
    {"connection create mesh m --region \xff\xfe", "--region has a value that is not UTF-8"},
};

START_TEST(test_bad)
{
    struct arguments arguments;
    struct error err = ERROR_INIT;
    char copy[256];
    int result = parse(bad[_i].line, &arguments, copy, &err);
    if (!bad[_i].message) {
        ck_assert_int_eq(result, 0);
    } else {
        ck_assert_msg(result < 0, "%s was taken", bad[_i].line);
        ck_assert_int_eq(err.code, ERROR_USAGE);
        ck_assert_msg(strstr(error_text(&err), bad[_i].message) != NULL, "%s said: %s",
                      bad[_i].line, error_text(&err));
        ck_assert_ptr_null(strstr(error_text(&err), "hush"));
    }
    error_clear(&err);
    arguments_clear(&arguments);
}
END_TEST

START_TEST(test_globals)
{
    struct arguments arguments;
    struct error err = ERROR_INIT;
    char copy[256];
    ck_assert_int_eq(
        parse("machine power a -yv --config x --dry-run --no-wait --output tsv --debug "
              "--no-color",
              &arguments, copy, &err),
        0);
    const struct globals *global = &arguments.global;
    ck_assert(global->yes && global->verbose && global->dry_run && global->no_wait);
    ck_assert(global->debug && global->no_color && !global->quiet && !global->help);
    ck_assert_int_eq(global->format, OUTPUT_TSV);
    ck_assert_str_eq(global->config, "x");
    arguments_clear(&arguments);
}
END_TEST

START_TEST(test_format_counts_after_an_error)
{
    struct arguments arguments;
    struct error err = ERROR_INIT;
    char copy[256];
    ck_assert_int_eq(parse("connection list --config -o json", &arguments, copy, &err), -1);
    ck_assert_int_eq(arguments.global.format, OUTPUT_JSON);
    error_clear(&err);
    arguments_clear(&arguments);
}
END_TEST

static const struct {
    const char *line;
    const char *noun, *verb, *plugin;
} help[] = {
    {"help", NULL, NULL, NULL},
    {"--help", NULL, NULL, NULL},
    {"help connection", "connection", NULL, NULL},
    {"connection -h", "connection", NULL, NULL},
    {"help connection create", "connection", "create", NULL},
    {"connection create --help --bogus", "connection", "create", NULL},
    {"help connection create mesh", "connection", "create", "mesh"},
    {"connection create mesh m --shared-key x --help", "connection", "create", "mesh"},
};

START_TEST(test_help)
{
    struct arguments arguments;
    struct error err = ERROR_INIT;
    char copy[256];
    ck_assert_int_eq(parse(help[_i].line, &arguments, copy, &err), 0);
    ck_assert(arguments.global.help);
    ck_assert_pstr_eq(arguments.noun, help[_i].noun);
    ck_assert_pstr_eq(arguments.command ? arguments.command->verb : NULL, help[_i].verb);
    ck_assert_pstr_eq(arguments.plugin ? arguments.plugin->name : NULL, help[_i].plugin);
    arguments_clear(&arguments);
}
END_TEST

START_TEST(test_secret_sources)
{
    struct arguments arguments;
    struct error err = ERROR_INIT;
    char copy[256];
    ck_assert_int_eq(
        parse("connection create mesh m --shared-key-file /run/key", &arguments, copy, &err), 0);
    ck_assert_uint_eq(arguments.secret_count, 1);
    ck_assert_str_eq(arguments.secrets[0].field->name, "shared-key");
    ck_assert_int_eq(arguments.secrets[0].from, SECRET_FILE);
    ck_assert_str_eq(arguments.secrets[0].value, "/run/key");
    ck_assert_ptr_null(json_object_get(arguments.raw, "shared-key"));
    arguments_clear(&arguments);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arguments");
    TCase *tests = tcase_create("arguments");
    tcase_add_loop_test(tests, test_good, 0, sizeof good / sizeof good[0]);
    tcase_add_loop_test(tests, test_bad, 0, sizeof bad / sizeof bad[0]);
    tcase_add_loop_test(tests, test_help, 0, sizeof help / sizeof help[0]);
    tcase_add_test(tests, test_globals);
    tcase_add_test(tests, test_format_counts_after_an_error);
    tcase_add_test(tests, test_secret_sources);
    suite_add_tcase(suite, tests);
    return tap_main(suite);
}

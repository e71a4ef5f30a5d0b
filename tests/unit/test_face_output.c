/* SPDX-License-Identifier: Apache-2.0 */
/* What operators see: tables, JSON, tab-separated values, errors, dry runs, progress. */
#include "face/changes.h"
#include "face/completion.h"
#include "face/help.h"
#include "face/man.h"
#include "face/output.h"
#include "face/progress.h"
#include "face/report.h"
#include "face/screen.h"
#include "face_table.h"
#include "tap_main.h"

#include <string.h>

static const struct {
    const char *text, *escaped;
    size_t columns;
} escapes[] = {
    {"plain", "plain", 5},
    {"Zürich", "Zürich", 6},
    {"日本", "日本", 4},
    {"e\xcc\x81", "e\xcc\x81", 1},
    {"\033[2Jgone", "\\x1b[2Jgone", 11},
    {"a\nb\tc\rd", "a\\nb\\tc\\rd", 10},
    {"\x7f", "\\x7f", 4},
    {"\xc2\x9b", "\\u009b", 6}, /* CSI in one character */
    {"\xe2\x80\xae"
     "exe.txt",
     "\\u202eexe.txt", 13},
    {"\xff", "\\xff", 4},
    {"\xe2\x82", "\\xe2\\x82", 8},
};

START_TEST(test_escape)
{
    struct text out = {0};
    screen_escape(&out, escapes[_i].text, false);
    ck_assert_str_eq(text_get(&out), escapes[_i].escaped);
    ck_assert_uint_eq(screen_columns(text_get(&out)), escapes[_i].columns);
    text_free(&out);
}
END_TEST

static const struct column columns[] = {
    {"name", "Name"}, {"count", "Machines"}, {"/at/zone", "Zone"}};

#define ROWS                                                                                       \
    "[{\"name\":\"東京\",\"count\":12,\"at\":{\"zone\":\"1\"}},"                                 \
    "{\"name\":\"a\\u001b[0m\\tb\\\\\",\"count\":5,\"at\":{}}]"

static const char *const headings[][2] = {
    {"name", "Name"},
    {"provisioningState", "Provisioning state"},
    {"FOUND BY", "Found by"},
    {"transactionId", "Transaction ID"},
    {"usersPerVM", "Users per VM"},
    {"createdMs", "Created"},
    {"dns-server", "DNS server"},
    {"customer-vnet", "Customer VNet"},
    {"enable_bgp", "Enable BGP"},
    {"ID", "ID"},
    {"os", "OS"},
    {"idle-timeout", "Idle timeout"},
    {"estimatedTimeInMinute", "Estimated minutes"},
    {"publicIPAddress", "Public IPAddress"},
};

START_TEST(test_heading)
{
    char *heading = heading_of(headings[_i][0]);
    ck_assert_str_eq(heading, headings[_i][1]);
    free(heading);
}
END_TEST

static const struct {
    const char *json;
    size_t columns;
    enum output_format format;
    const char *output;
} renders[] = {
    {ROWS, 3, OUTPUT_TABLE,
     "Name          Machines  Zone\n"
     "東京                12  1\n"
     "a\\x1b[0m\\tb\\         5  -\n"},
    {ROWS, 3, OUTPUT_TSV, "東京\t12\t1\na\033[0m\\tb\\\\\t5\t\n"},
    {"[]", 3, OUTPUT_TABLE, ""},
    {"[]", 3, OUTPUT_TSV, ""},
    {"[]", 3, OUTPUT_JSON, "[]\n"},
    {"{\"b\":1,\"a\":\"x\\u009b\\u007f\"}", 0, OUTPUT_JSON,
     "{\n  \"b\": 1,\n  \"a\": \"x\\u009B\\u007F\"\n}\n"},
    {"{\"name\":\"corp\",\"isUp\":true,\"list\":[1,\"b\"],\"none\":null,\"empty\":[]}", 0,
     OUTPUT_TABLE, "Name:   corp\nIs up:  yes\nList:   1, b\nNone:   -\nEmpty:  -\n"},
    {"{\"name\":\"corp\",\"routes\":[{\"to\":\"10.0.0.0/8\",\"via\":\"a\"}],\"at\":{\"zone\":2}}",
     0, OUTPUT_TABLE,
     "Name:  corp\nRoutes:\n  To          Via\n  10.0.0.0/8  a\nAt:\n  Zone:  2\n"},
    {"{\"details\":[{\"name\":\"p\",\"label\":\"DNS\",\"value\":\"vnet-hub\"}]}", 0, OUTPUT_TABLE,
     "Details:\n  DNS:  vnet-hub\n"},
    {"{\"status\":\"Complete\",\"statusLabel\":\"Ready to use\",\"createdMs\":1795333179966,"
     "\"waitMs\":20,\"fields\":{}}",
     0, OUTPUT_TABLE, "Status:   Ready to use\nCreated:  2026-11-22T07:39:39Z\nWait:     20\n"},
    {"{\"rules\":[{\"name\":\"a\",\"properties\":{\"port\":80}},{\"name\":\"bc\"}]}", 0,
     OUTPUT_TABLE, "Rules:\n  Name  Port\n  a       80\n  bc       -\n"},
    {"[{\"name\":\"a\",\"port\":80},{\"name\":\"b\",\"ports\":[\"1-9\"],\"p\":{\"x\":1}}]", 0,
     OUTPUT_TABLE, "Name  Port  Ports  X\na       80  -      -\nb        -  1-9    1\n"},
    {"[{\"state\":\"u\",\"stateLabel\":\"Up\"},{\"state\":\"d\"}]", 0, OUTPUT_TABLE,
     "State  State\nUp     u\n-      d\n"},
    {"{\"pre-shared-key\":\"${secret:pre-shared-key}\",\"note\":\"${secret:x} y\"}", 0,
     OUTPUT_TABLE, "Pre shared key:  (secret)\nNote:            ${secret:x} y\n"},
    {"{\"key\":\"${secret:key}\"}", 0, OUTPUT_JSON, "{\n  \"key\": \"${secret:key}\"\n}\n"},
    {"[\"a\",\"b\"]", 0, OUTPUT_TABLE, "a\nb\n"},
    {"{\"name\":\"corp\",\"count\":3}", 3, OUTPUT_TSV, "corp\t3\t\n"},
};

START_TEST(test_render)
{
    json_t *value = json_loads(renders[_i].json, 0, NULL);
    ck_assert_ptr_nonnull(value);
    struct text out = {0};
    struct columns wanted = {renders[_i].columns ? columns : NULL, renders[_i].columns};
    output_render(&out, value, wanted, renders[_i].format, false);
    ck_assert_str_eq(text_get(&out), renders[_i].output);
    text_free(&out);
    json_decref(value);
}
END_TEST

START_TEST(test_no_escape_sequence_without_color)
{
    json_t *value = json_loads(ROWS, 0, NULL);
    struct text out = {0};
    output_render(&out, value, (struct columns){columns, 3}, OUTPUT_TABLE, false);
    ck_assert_ptr_null(strchr(text_get(&out), '\033'));
    text_free(&out);
    output_render(&out, value, (struct columns){columns, 3}, OUTPUT_TABLE, true);
    ck_assert_int_eq(strncmp(text_get(&out), "\033[1mName", 8), 0);
    text_free(&out);
    json_decref(value);
}
END_TEST

START_TEST(test_error)
{
    struct globals globals = {.format = OUTPUT_TABLE};
    struct report report = {.globals = &globals};
    struct error err = ERROR_INIT;
    error_set(&err, ERROR_AZURE, "/gateway-subnet", "Azure said \033[2J\nand more");
    err.azure_code = strdup("Overlap");
    struct text out = {0};
    report_format(&out, &report, &err, "0190-id", "flexhost x --help");
    ck_assert_str_eq(text_get(&out), "flexhost: error: Azure said \\x1b[2J\n  and more\n"
                                     "  field: /gateway-subnet\n  Azure's code: Overlap\n"
                                     "  transaction: 0190-id\n  flexhost x --help\n");
    text_free(&out);
    globals.format = OUTPUT_JSON;
    error_set_transaction(&err, "0191-id");
    report_format(&out, &report, &err, NULL, "not in JSON");
    ck_assert_str_eq(
        text_get(&out),
        "{\"error\":{\"code\":4,\"field\":\"/gateway-subnet\",\"message\":\"Azure said "
        "\\u001B[2J\\nand more\",\"azureCode\":\"Overlap\",\"transactionId\":\"0191-id\"}}\n");
    text_free(&out);
    error_clear(&err);
}
END_TEST

static const struct change some_changes[] = {
    {CHANGE_KEEP, "rg", "resource group", "PUT", "/subscriptions/1/resourceGroups/g", NULL, ""},
    {CHANGE_CREATE, "vnet", "network", "PUT", "/v", NULL, "is new"},
    {CHANGE_UPDATE, "nsg", "firewall", "PUT", "/n", NULL, "differs from what was applied"},
    {CHANGE_REMOVE, "old", "old\033[1m", "DELETE", "/o", NULL, ""},
    {CHANGE_RUN, "run", "script", "POST", "/r", NULL, ""},
};

START_TEST(test_changes)
{
    json_t *changes = json_array();
    for (size_t i = 0; i < sizeof some_changes / sizeof some_changes[0]; i++) {
        struct change change = some_changes[i];
        change.body = i == 1 ? "{\"key\":\"${secret:psk}\"}" : NULL;
        ck_assert(changes_add(changes, &change, true));
    }
    struct text out = {0};
    changes_render(&out, changes, OUTPUT_TABLE, false, false);
    ck_assert_str_eq(text_get(&out),
                     "= keep    resource group\n"
                     "+ create  network\n    PUT /v\n"
                     "~ change  firewall (differs from what was applied)\n    PUT /n\n"
                     "- remove  old\\x1b[1m\n    DELETE /o\n"
                     "> run     script\n    POST /r\n\n"
                     "1 to create, 1 to change, 1 to remove, 1 to run, 1 to keep; "
                     "nothing was sent\n");
    text_free(&out);
    changes_render(&out, changes, OUTPUT_TABLE, true, false);
    ck_assert_ptr_nonnull(strstr(text_get(&out), "\"key\": \"${secret:psk}\""));
    text_free(&out);
    json_t *document = changes_document(changes, NULL);
    ck_assert_int_eq(
        json_integer_value(json_object_get(json_object_get(document, "summary"), "create")), 1);
    ck_assert_uint_eq(json_array_size(json_object_get(document, "changes")), 5);
    json_decref(document);
    json_decref(changes);
}
END_TEST

static int64_t now_ms;

static int64_t fake_now(struct clock *clock)
{
    return now_ms;
}

START_TEST(test_progress_block)
{
    static const struct clock_ops ops = {fake_now, fake_now, NULL};
    struct clock clock = {&ops};
    struct running_step steps[7];
    for (size_t i = 0; i < 7; i++)
        steps[i] =
            (struct running_step){(char *)"k", (char *)"peering corp to flexhost", 1000, i == 1};
    steps[2].bytes = 3 * INT64_C(1073741824);
    steps[2].bytes_total = 6 * INT64_C(1073741824);
    steps[2].bytes_first = INT64_C(1073741824);
    steps[2].first_ms = 46000;
    now_ms = 66000;
    struct progress_view view = {.clock = &clock,
                                 .steps = steps,
                                 .step_count = 7,
                                 .started_ms = 1000,
                                 .done = 12,
                                 .ended = 12,
                                 .total = 24,
                                 .in_flight = 7};
    struct text out = {0};
    size_t lines;
    progress_render(&out, &view, 80, &lines);
    ck_assert_uint_eq(lines, 7);
    ck_assert_int_eq(strncmp(text_get(&out),
                             "[============>           ] 12/24  1:05  7 in flight  0.2 steps/s",
                             64),
                     0);
    ck_assert_ptr_nonnull(strstr(text_get(&out), "\n  . peering corp to flexhost  1:05"));
    ck_assert_ptr_nonnull(strstr(text_get(&out), "\n    and 2 more"));
    text_free(&out);
    progress_render(&out, &view, 120, &lines);
    ck_assert_ptr_nonnull(strstr(text_get(&out),
                                 "flexhost  1:05  [============>           ] 3.0 GiB "
                                 "of 6.0 GiB, 102.4 MiB/s"));
    text_free(&out);
    progress_render(&out, &view, 30,
                    &lines); /* never wraps, or the block could not be taken away */
    for (char *line = strtok(out.data, "\n"); line; line = strtok(NULL, "\n"))
        ck_assert_uint_le(strcspn(line, "\033"), 29);
    text_free(&out);
}
END_TEST

START_TEST(test_help)
{
    struct help help = {&fake_rows, &fake_plugins, 80, false, false};
    struct text out = {0};
    help_overview(&out, &help);
    ck_assert_ptr_nonnull(strstr(text_get(&out), "connection      Networks"));
    ck_assert_ptr_null(strstr(text_get(&out), "internal"));
    text_free(&out);
    help_command(&out, &help, fake_rows.at(0), NULL);
    ck_assert_ptr_nonnull(strstr(
        text_get(&out), "Usage: flexhost connection create TYPE NAME --region REGION [OPTIONS]\n"));
    ck_assert_ptr_nonnull(strstr(text_get(&out), "  mesh            A mesh\n"));
    ck_assert_ptr_null(strstr(text_get(&out), "broken"));
    ck_assert_ptr_null(strstr(text_get(&out), "--tuning"));
    text_free(&out);
    help.advanced = true;
    help_command(&out, &help, fake_rows.at(0), fake_plugins.at(NULL, 1));
    ck_assert_ptr_nonnull(strstr(text_get(&out), "--tuning NUMBER"));
    ck_assert_ptr_nonnull(
        strstr(text_get(&out),
               "Options of mesh\n  --address-range CIDR          Range; /16 to /24 [required]\n"));
    ck_assert_ptr_nonnull(strstr(text_get(&out), "--shared-key-file FILE"));
    ck_assert_ptr_nonnull(strstr(text_get(&out), "--[no-]transit"));
    for (char *line = strtok(out.data, "\n"); line; line = strtok(NULL, "\n"))
        ck_assert_msg(strlen(line) <= 80, "%s", line);
    text_free(&out);
}
END_TEST

START_TEST(test_manual)
{
    struct text out = {0};
    man_commands(&out, &fake_rows);
    ck_assert_ptr_nonnull(strstr(text_get(&out),
                                 ".It Nm Cm connection create Ar \"TYPE\" Ar \"NAME\" Fl Fl region "
                                 "Ar \"REGION\" Op Ar OPTIONS\n"));
    ck_assert_ptr_nonnull(
        strstr(text_get(&out), "Makes it.\nThen it is there.\n.Pp\nA second paragraph.\n"));
    ck_assert_ptr_null(strstr(text_get(&out), "internal"));
    text_free(&out);
}
END_TEST

static const struct {
    const char *verb;
    bool with_plugin;
    const char *has, *lacks;
} edits[] = {
    {"create", true, "Range; /16 to /24 [required]", NULL},
    {"set", true, "--route NAME=VALUE", "--address-range"}, /* it cannot change */
    {"route add", true, "Where to [required]", "--name"},   /* which would be the connection's */
    {"route edit", true, "--destination CIDR", "[required]"},
    {"set", false, "flexhost connection set NAME --help lists the type's own options.", NULL},
    {"route add", false, "connection route add NAME ROUTE --help lists the type's own", NULL},
    {"show", false, NULL, "lists the type's own options"},
};

START_TEST(test_help_of_edits)
{
    struct help help = {&fake_rows, &fake_plugins, 100, false, false};
    struct text out = {0};
    help_command(&out, &help, rows_find(&fake_rows, "connection", edits[_i].verb),
                 edits[_i].with_plugin ? fake_plugins.at(NULL, 1) : NULL);
    if (edits[_i].has)
        ck_assert_msg(strstr(text_get(&out), edits[_i].has) != NULL, "%s", text_get(&out));
    if (edits[_i].lacks)
        ck_assert_msg(strstr(text_get(&out), edits[_i].lacks) == NULL, "%s", text_get(&out));
    text_free(&out);
}
END_TEST

int main(void)
{
    screen_init();
    Suite *suite = suite_create("output");
    TCase *tests = tcase_create("output");
    tcase_add_loop_test(tests, test_escape, 0, sizeof escapes / sizeof escapes[0]);
    tcase_add_loop_test(tests, test_render, 0, sizeof renders / sizeof renders[0]);
    tcase_add_loop_test(tests, test_heading, 0, sizeof headings / sizeof headings[0]);
    tcase_add_test(tests, test_no_escape_sequence_without_color);
    tcase_add_test(tests, test_error);
    tcase_add_test(tests, test_changes);
    tcase_add_test(tests, test_progress_block);
    tcase_add_test(tests, test_help);
    tcase_add_loop_test(tests, test_help_of_edits, 0, sizeof edits / sizeof edits[0]);
    tcase_add_test(tests, test_manual);
    suite_add_tcase(suite, tests);
    return tap_main(suite);
}

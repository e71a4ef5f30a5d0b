/* SPDX-License-Identifier: Apache-2.0 */
/* How a subject is shown: its label, its message, how long it has taken. */
#include "base/clock.h"
#include "command/change.h"

#include <string.h>

#include "tap_main.h" /* last: Check has a macro called fail */

static const struct {
    const char *status;
    int64_t minutes_ago;
    int64_t estimated; /* 0: nobody knows */
    const char *label;
    const char *message; /* a part of it; NULL: none */
} late[] = {
    {"Provisioning", 0, 45, "Provisioning", NULL},
    {"Provisioning", 44, 45, "Provisioning", NULL},
    {"Provisioning", 46, 45, "Provisioning (longer than expected)", "45 minutes were expected"},
    {"Provisioning", 600, 0, "Provisioning", NULL},
    {"Complete", 600, 45, "Ready to use", NULL},
    {"Failed", 600, 45, "Failed", NULL},
};

START_TEST(what_takes_too_long_says_so)
{
    int64_t started = clock_wall(clock_system()) - late[_i].minutes_ago * 60 * 1000;
    struct subject subject = {.record = {.kind = "connection",
                                         .id = "id",
                                         .name = "corp",
                                         .status = late[_i].status,
                                         .operation = "0190aaaa"},
                              .data = json_pack("{s:I}", "startedMs", (json_int_t)started)};
    if (late[_i].estimated)
        json_object_set_new(subject.data, "estimatedTimeInMinute",
                            json_integer((json_int_t)late[_i].estimated));
    json_t *shown = subject_json(&subject);
    const char *message = json_string_value(json_object_get(shown, "message"));
    ck_assert_str_eq(json_string_value(json_object_get(shown, "statusLabel")), late[_i].label);
    ck_assert_int_eq(message != NULL, late[_i].message != NULL);
    if (message)
        ck_assert_msg(strstr(message, late[_i].message) && strstr(message, "0190aaaa"), "%s",
                      message);
    ck_assert_ptr_null(json_object_get(shown, "startedMs"));
    ck_assert_uint_eq(json_string_length(json_object_get(shown, "startedAt")), 20);
    json_decref(shown);
    json_decref(subject.data);
}
END_TEST

/* What a plugin says of a failure helps more than what Azure said. */
START_TEST(the_plugins_message_comes_first)
{
    struct subject subject = {
        .record = {.kind = "connection", .id = "id", .name = "corp", .status = "RouteTableFailed"},
        .data = json_pack("{s:s, s:{s:s}}", "message", "mend it so", "error", "message",
                          "Azure said no")};
    json_t *shown = subject_json(&subject);
    ck_assert_str_eq(json_string_value(json_object_get(shown, "message")), "mend it so");
    json_decref(shown);
    json_object_del(subject.data, "message");
    shown = subject_json(&subject);
    ck_assert_str_eq(json_string_value(json_object_get(shown, "message")), "Azure said no");
    json_decref(shown);
    json_decref(subject.data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("listing");
    TCase *tests = tcase_create("listing");
    tcase_add_loop_test(tests, what_takes_too_long_says_so, 0, sizeof late / sizeof *late);
    tcase_add_test(tests, the_plugins_message_comes_first);
    suite_add_tcase(suite, tests);
    return tap_main(suite);
}

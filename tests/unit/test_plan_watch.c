/* SPDX-License-Identifier: Apache-2.0 */
/* Watches: of one resource until it is as wanted, of many by their list, and files to fetch. */
#include "plan_suites.h"
#include "plan_tools.h"

#include "base/file.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct bench *bench;

static void set_up(void)
{
    bench = bench_new();
}

static void tear_down(void)
{
    bench_free(bench);
}

/* The next one runs under another id. */
static void other_operation(void)
{
    static const char id[] = "01890000-0000-7000-8000-0000000000bb";
    struct lease_holder holder;
    struct store *store = bench->store;
    ck_assert_int_eq(store->ops->lease_release(store, SUBJECT, OPERATION, NULL), 0);
    ck_assert_int_eq(store->ops->lease_acquire(store, SUBJECT, id, 30000, &holder, NULL), 0);
    bench->run.operation_id = id;
    bench->diff_operation = NULL;
}

static const char *const on_a[] = {"a", NULL};

/* ---- until ---- */

#define SEEN(value) "{\"properties\":{\"state\":" value "}}"

static const struct {
    const char *pointer, *values, *failures;
    const char *first, *then; /* what the reads show */
    enum engine_end end;
    size_t reads;
    const char *says;
} untils[] = {
    {"/properties/state", "Connected", NULL, SEEN("\"Initiated\""), SEEN("\"Connected\""),
     ENGINE_SUCCEEDED, 2, NULL},
    {"/properties/state", "A|Connected|B", NULL, SEEN("\"Connected\""), "", ENGINE_SUCCEEDED, 1,
     NULL},
    {"/properties/state", "Connected", NULL, SEEN("\"connected\""), "", ENGINE_SUCCEEDED, 1, NULL},
    {"/properties/state", "Connect", "Connected", SEEN("\"Connected\""), "", ENGINE_FAILED, 1,
     "which means that it failed"},
    {"/properties/state", "Connected", "Failed|Disconnected", SEEN("\"Initiated\""),
     SEEN("\"Disconnected\""), ENGINE_FAILED, 2, "Disconnected"},
    {"/properties/state", "true", NULL, SEEN("false"), SEEN("true"), ENGINE_SUCCEEDED, 2, NULL},
    {"/properties/state", "7", NULL, SEEN("6"), SEEN("7"), ENGINE_SUCCEEDED, 2, NULL},
    {"/properties/state", "Connected", NULL, "{}", SEEN("\"Connected\""), ENGINE_SUCCEEDED, 2,
     NULL},
    {"/properties/state", "Connected", NULL, SEEN("null"), SEEN("\"Connected\""), ENGINE_SUCCEEDED,
     2, NULL},
    {"/list/1/code", "ok", NULL, "{\"list\":[{}]}", "{\"list\":[{},{\"code\":\"ok\"}]}",
     ENGINE_SUCCEEDED, 2, NULL},
    {"/properties/state", "Connected", NULL, SEEN("\"Initiated\""), SEEN("\"Initiated\""),
     ENGINE_FAILED, 0, "not Connected after 60 s"},
};

static struct fh_step until(struct fh_step step, int i)
{
    step.until_pointer = untils[i].pointer;
    step.until_values = untils[i].values;
    step.until_failures = untils[i].failures;
    step.until_timeout_seconds = 60;
    step.until_interval_seconds = 7;
    return step;
}

static void expect_until(int i)
{
    expect_end(bench, untils[i].end);
    if (untils[i].says)
        expect_text(error_text(&bench->result.error), untils[i].says);
    if (untils[i].reads)
        ck_assert_uint_eq(sent(bench, "GET", "/a?"), untils[i].reads);
    const struct fake_request *requests = bench->fake->requests;
    int first = sent_at(bench, "GET", "/a?", 0), second = sent_at(bench, "GET", "/a?", 1);
    if (second >= 0) {
        int64_t pause = requests[second].at_ms - requests[first].at_ms;
        ck_assert_msg(pause >= 7000 && pause < 8100, "%d ms", (int)pause);
    }
    ck_assert_int_le(bench->fake->now_ms, 80000);
}

START_TEST(a_watch_goes_on_until)
{
    answer(bench, "GET", "/a?", 1, 200, untils[_i].first);
    answer(bench, "GET", "/a?", 0, 200, untils[_i].then);
    struct fh_step step = until(get_step("w", NETWORK("a")), _i);
    bench_plan(bench, &step, 1);
    expect_until(_i);
}
END_TEST

/* The same behind an accepted PUT; its own final answer is the first look. */
START_TEST(a_put_waits_until)
{
    fake_add(bench->fake,
             (struct fake_rule){
                 .method = "PUT", .status = 201, .headers = ASYNC("1"), .body = STATE("Creating")});
    answer(bench, "GET", "/op/1", 0, 200, SUCCEEDED);
    answer(bench, "GET", "/a?", 1, 200, untils[_i].first);
    answer(bench, "GET", "/a?", 0, 200, untils[_i].then);
    struct fh_step step = until(put_step("a", NETWORK("a"), "{}"), _i);
    bench_plan(bench, &step, 1);
    expect_until(_i);
    ck_assert_uint_eq(sent(bench, "PUT", ""), 1);
}
END_TEST

START_TEST(a_watch_reads_with_its_query)
{
    answer(bench, "PUT", "", 0, 200, "{}");
    answer(bench, "GET", "/a?$expand=instanceView&api-version=" VERSION, 0, 200,
           SEEN("\"Connected\""));
    struct fh_step steps[2] = {until(put_step("a", NETWORK("a"), "{}"), 0),
                               behind(until(get_step("w", NETWORK("a")), 0), on_a)};
    steps[0].until_url_query = steps[1].until_url_query = "$expand=instanceView";
    bench_plan(bench, steps, 2);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "GET", "?$expand="), 2);
}
END_TEST

START_TEST(a_watch_of_what_is_not_there_yet_is_patient_for_a_while)
{
    bool comes = _i == 0;
    answer(bench, "PUT", "", 0, 200, "{}");
    answer(bench, "GET", "/w?", comes ? 2 : 0, 404, REFUSAL("ResourceNotFound"));
    answer(bench, "GET", "/w?", 0, 200, SEEN("\"Connected\""));
    struct fh_step steps[2] = {put_step("a", NETWORK("a"), "{}"),
                               behind(until(get_step("w", NETWORK("w")), 0), on_a)};
    bench_plan(bench, steps, 2);
    expect_end(bench, comes ? ENGINE_SUCCEEDED : ENGINE_FAILED);
}
END_TEST

START_TEST(a_watch_gives_outputs)
{
    static const struct fh_output output = {.name = "ip", .pointer = "/properties/ip"};
    answer(bench, "GET", "", 0, 200,
           "{\"properties\":{\"state\":\"Connected\",\"ip\":\"10.0.0.4\"}}");
    answer(bench, "PUT", "", 0, 200, "{}");
    struct fh_step steps[2] = {giving(until(get_step("a", NETWORK("a")), 0), &output, 1),
                               behind(put_step("b", NETWORK("b"), "{\"to\":\"${a.ip}\"}"), on_a)};
    bench_plan(bench, steps, 2);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_str_eq(sent_body(bench, "PUT", "/b?", 0), "{\"to\":\"10.0.0.4\"}");
}
END_TEST

START_TEST(a_slow_step_is_told_of)
{
    accept_put(bench, "/a?", 0, ASYNC("1"));
    answer(bench, "GET", "/op/1", 60, 200, IN_PROGRESS);
    answer(bench, "GET", "/op/1", 0, 200, SUCCEEDED);
    answer(bench, "GET", "/a?", 0, 200, "{}");
    struct fh_step step = put_step("a", NETWORK("a"), "{}");
    step.expected_seconds = 10;
    bench_plan(bench, &step, 1);
    expect_end(bench, ENGINE_SUCCEEDED);
    const char *told = event(bench, "waiting a: takes longer than expected");
    ck_assert_msg(!strstr(told + strlen("waiting a: takes longer"), "longer than expected"), "%s",
                  bench->events);
}
END_TEST

/* What it said when it failed is worth most. */
START_TEST(outputs_of_a_step_that_failed_are_kept)
{
    static const struct fh_output outputs[] = {
        {.name = "why", .pointer = "/properties/why"},
        {.name = "state", .pointer = "/properties/state"},
        {.name = "key", .pointer = "/properties/key", .flags = FH_OUTPUT_SECRET}};
    static const char failed[] =
        "{\"properties\":{\"state\":\"Failed\",\"why\":\"no licence\",\"key\":\"S3CR3T\"}}";
    struct fh_step step = _i ? put_step("a", NETWORK("a"), "{}") : get_step("a", NETWORK("a"));
    step = giving(step, outputs, 3);
    step.until_pointer = "/properties/state";
    step.until_values = "Succeeded";
    step.until_failures = "Failed";
    bench_plan(bench, &step, 1);
    answer(bench, "PUT", "/a?", 0, 200, failed);
    answer(bench, "GET", "/a?", 0, 200, failed);
    expect_end(bench, ENGINE_FAILED);
    ck_assert_str_eq(bench_state(bench, "a"), "failed");
    ck_assert(journal_holds(bench, "no licence"));
    ck_assert(!journal_holds(bench, "S3CR3T"));
    bench->fake->rule_count = 0;
    answer(bench, NULL, "/a?", 0, 200, SEEN("\"Succeeded\""));
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_str_eq(bench_state(bench, "a"), "done");
    ck_assert(!journal_holds(bench, "no licence"));
}
END_TEST

/* What an action said stands for later operations: the machine that it ran on may be gone. The same
 * operation runs it again. */
START_TEST(an_action_that_said_no_is_not_run_by_another_operation)
{
    static const struct fh_output why = {.name = "why", .pointer = "/properties/why"};
    static const char run[] = VMS "/m/runCommands/c";
    int64_t seconds = 1;
    struct fh_step step = giving(put_step("a", run, "{}"), &why, 1);
    step.flags = FH_STEP_ACTION;
    step.expected_seconds = 60;
    step.until_pointer = "/properties/state";
    step.until_values = "Succeeded";
    step.until_failures = "Failed";
    bench_plan(bench, &step, 1);
    answer(bench, "PUT", run, 0, 200, "{\"properties\":{\"state\":\"Failed\",\"why\":\"no VDA\"}}");
    expect_end(bench, ENGINE_FAILED);
    bench->run.operation_id = bench->diff_operation = OPERATION;
    ck_assert_str_eq(bench_diff(bench), "run a: failed when it was last tried\n");
    expect_end(bench, ENGINE_FAILED);
    ck_assert_uint_eq(sent(bench, "PUT", run), 2);

    other_operation();
    ck_assert_str_eq(bench_diff(bench), "keep a: has failed, and is not done twice\n");
    ck_assert_int_eq(engine_expected_seconds(bench->store, SUBJECT, bench->plan, &seconds, NULL),
                     0);
    ck_assert_int_eq(seconds, 0);
    expect_end(bench, ENGINE_SUCCEEDED);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "PUT", run), 2);
    ck_assert_str_eq(bench_state(bench, "a"), "failed");
    ck_assert(journal_holds(bench, "no VDA"));

    step.body = "{\"run\":2}";
    bench_plan(bench, &step, 1);
    expect_end(bench, ENGINE_FAILED);
    ck_assert_uint_eq(sent(bench, "PUT", run), 3);
}
END_TEST

/* A refusal says nothing of what it would have done, and a resource can be mended. */
START_TEST(other_failures_are_tried_by_every_operation)
{
    bool action = _i == 0;
    struct fh_step step = put_step("a", NETWORK("a"), "{}");
    step.flags = action ? FH_STEP_ACTION : 0;
    step.until_pointer = "/properties/state";
    step.until_values = "Succeeded";
    step.until_failures = "Failed";
    bench_plan(bench, &step, 1);
    answer(bench, "PUT", "/a?", 1, action ? 400 : 200,
           action ? REFUSAL("Bad") : "{\"properties\":{\"state\":\"Failed\"}}");
    answer(bench, "PUT", "/a?", 1, 200, SEEN("\"Succeeded\""));
    expect_end(bench, ENGINE_FAILED);
    other_operation();
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "PUT", "/a?"), 2);
}
END_TEST

/* ---- collections ---- */

enum { MANY = 1000, PAGE = 200 };

struct fleet {
    char keys[MANY][8];
    char paths[MANY][140];
    int rounds;   /* lists read from the first page */
    int ready_at; /* the round in which all are ready */
    int failed;   /* of them this one has failed; -1: none */
    int missing;  /* this one is in no list; -1: none */
    bool gone;    /* the lists are empty then */
    struct text page;
};

static struct fleet fleet;

static void list_machines(struct fleet *own, const char *url)
{
    const char *mark = strstr(url, "skip=");
    int from = mark ? atoi(mark + 5) : 0;
    own->rounds += from == 0;
    bool ready = own->rounds >= own->ready_at;
    text_free(&own->page);
    own->page = (struct text){0};
    text_add(&own->page, "{\"value\":[{\"id\":null},{},7");
    for (int i = from; i < from + PAGE && !(own->gone && ready); i++) {
        if (i == own->missing)
            continue;
        bool upper = i % 2; /* Azure does not keep the case of ids */
        const char *state = !ready ? "Creating" : i == own->failed ? "Failed" : "Succeeded";
        text_printf(&own->page, ",{\"id\":\"%s%s\",\"properties\":{\"provisioningState\":\"%s\"}}",
                    upper ? "/SUBSCRIPTIONS" : "/subscriptions",
                    own->paths[i] + strlen("/subscriptions"), state);
    }
    text_add(&own->page, "]");
    if (from + PAGE < MANY)
        text_printf(&own->page, ",\"nextLink\":\"https://arm.test" VMS "?skip=%d\"", from + PAGE);
    text_add(&own->page, "}");
}

static bool fleet_answer(struct fake *fake, const struct http_request *request,
                         struct fake_rule *rule)
{
    struct fleet *own = &fleet;
    if (strcmp(request->method, "GET") != 0 || !strstr(request->url, VMS "?"))
        return false;
    list_machines(own, request->url);
    *rule = (struct fake_rule){.status = 200, .body = text_get(&own->page)};
    return true;
}

static void plan_fleet(void)
{
    static struct fh_step steps[MANY];
    fleet = (struct fleet){.ready_at = 3, .failed = -1, .missing = -1};
    for (int i = 0; i < MANY; i++) {
        snprintf(fleet.keys[i], sizeof fleet.keys[i], "m%04d", i);
        snprintf(fleet.paths[i], sizeof fleet.paths[i], VMS "/m%04d", i);
        steps[i] = put_step(fleet.keys[i], fleet.paths[i], "{}");
        steps[i].collection = VMS;
    }
    bench->fake->answer = fleet_answer;
    bench->run.in_flight_limit = MANY;
    bench->run.progress = NULL;
    bench_plan(bench, steps, MANY);
    accept_put(bench, VMS "/", 0, ASYNC("1"));
}

static size_t pages_read(void)
{
    return sent(bench, "GET", VMS "?");
}

START_TEST(a_thousand_are_watched_by_their_list)
{
    plan_fleet();
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "PUT", ""), MANY);
    ck_assert_uint_eq(sent(bench, "GET", ""), pages_read()); /* no reads of single ones */
    ck_assert_uint_le(pages_read(), 3 * MANY / PAGE);
    text_free(&fleet.page);
}
END_TEST

START_TEST(one_that_failed_costs_one_read)
{
    plan_fleet();
    fleet.failed = 17;
    answer(bench, "GET", "/op/1", 0, 200, ENDED_BADLY("OSProvisioningTimedOut"));
    answer(bench, "GET", "/m0017?", 0, 200, STATE("Failed"));
    expect_end(bench, ENGINE_FAILED);
    ck_assert_str_eq(bench->result.error.azure_code, "OSProvisioningTimedOut");
    ck_assert_int_eq((int)bench->result.steps_failed, 1);
    ck_assert_int_eq((int)bench->result.steps_done, MANY - 1);
    ck_assert_uint_eq(sent(bench, "GET", "/op/1"), 1);
    ck_assert_uint_le(sent(bench, "GET", "") - pages_read(), 2);
    text_free(&fleet.page);
}
END_TEST

START_TEST(one_that_no_list_shows_is_asked_for_by_name)
{
    plan_fleet();
    fleet.missing = 40;
    answer(bench, "GET", "/m0040?", 0, 200, STATE("Succeeded"));
    answer(bench, "GET", "/op/1", 0, 200, SUCCEEDED);
    bench->fake->rules[0].times = MANY;
    answer(bench, "PUT", "/m0040?", 0, 200, "{}"); /* without a mark nobody can tell */
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_ge(sent(bench, "GET", "/m0040?"), 1);
    ck_assert_uint_le(sent(bench, "GET", "") - pages_read(), 3);
    text_free(&fleet.page);
}
END_TEST

START_TEST(a_thousand_removals_are_watched_by_their_list)
{
    plan_fleet();
    expect_end(bench, ENGINE_SUCCEEDED);
    drop_plan(bench);
    bench->fake->now_ms += 60 * 60 * 1000; /* of what was made just now no list is believed */
    fleet.rounds = 0;
    fleet.gone = true;
    size_t pages = pages_read();
    fake_add(bench->fake,
             (struct fake_rule){.method = "DELETE", .status = 202, .headers = ASYNC("2")});
    answer(bench, "GET", "/op/2", 0, 200, SUCCEEDED);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "DELETE", ""), MANY);
    ck_assert_uint_eq(sent(bench, "GET", ""), pages_read());
    ck_assert_uint_le(pages_read() - pages, 5 * MANY / PAGE);
    ck_assert_str_eq(bench_rows(bench), "");
    text_free(&fleet.page);
}
END_TEST

START_TEST(lists_that_cannot_be_read_give_way_to_single_reads)
{
    struct fh_step step = put_step("a", VMS "/a", "{}");
    step.collection = VMS;
    accept_put(bench, "/a?", 0, ASYNC("1"));
    answer(bench, "GET", VMS "?", 0, 403, REFUSAL("AuthorizationFailed"));
    answer(bench, "GET", "/op/1", 0, 200, SUCCEEDED);
    answer(bench, "GET", "/a?", 0, 200, "{}");
    bench_plan(bench, &step, 1);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_ge(sent(bench, "GET", "/op/1"), 1);
}
END_TEST

/* ---- files ---- */

static char folder[64], log_path[80];

static void plan_fetch(const char *url)
{
    snprintf(folder, sizeof folder, "/tmp/plan-watch-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(log_path, sizeof log_path, "%s/log", folder);
    bench->run.artifact_folder = folder;
    struct fh_step step = put_step("log", url, NULL);
    step.method = "FETCH";
    step.body = NULL;
    step.artifact = "log";
    bench_plan(bench, &step, 1);
}

START_TEST(a_file_is_fetched_whole)
{
    struct stat status;
    answer(bench, "GET", "blob.test", 0, 200, "what the machine said");
    plan_fetch("https://blob.test/log?sig=x");
    expect_end(bench, ENGINE_SUCCEEDED);
    char *data = NULL;
    size_t length = 0;
    ck_assert_int_eq(file_read(log_path, 1000, &data, &length, NULL), 0);
    ck_assert_str_eq(data, "what the machine said");
    ck_assert_int_eq(stat(log_path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    char value[10];
    ck_assert_ptr_null(fake_header(&bench->fake->requests[0], "Authorization", value, 10));
    free(data);
    unlink(log_path);
    ck_assert_int_eq(rmdir(folder), 0); /* nothing else is left */
}
END_TEST

START_TEST(a_file_that_cannot_be_fetched_leaves_nothing)
{
    answer(bench, "GET", "blob.test", 0, 403, "<Error>");
    plan_fetch("https://blob.test/log?sig=x");
    expect_end(bench, ENGINE_FAILED);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(without_a_folder_nothing_is_fetched)
{
    plan_fetch("https://blob.test/log");
    bench->run.artifact_folder = NULL;
    expect_end(bench, ENGINE_FAILED);
    ck_assert_uint_eq(bench->fake->request_count, 0);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

TCase *plan_watch_case(void)
{
    TCase *tcase = tcase_create("watch");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, an_action_that_said_no_is_not_run_by_another_operation);
    tcase_add_loop_test(tcase, other_failures_are_tried_by_every_operation, 0, 2);
    tcase_add_loop_test(tcase, outputs_of_a_step_that_failed_are_kept, 0, 2);
    tcase_add_loop_test(tcase, a_watch_goes_on_until, 0, sizeof untils / sizeof *untils);
    tcase_add_loop_test(tcase, a_put_waits_until, 0, sizeof untils / sizeof *untils);
    tcase_add_test(tcase, a_watch_reads_with_its_query);
    tcase_add_loop_test(tcase, a_watch_of_what_is_not_there_yet_is_patient_for_a_while, 0, 2);
    tcase_add_test(tcase, a_watch_gives_outputs);
    tcase_add_test(tcase, a_slow_step_is_told_of);
    tcase_add_test(tcase, a_thousand_are_watched_by_their_list);
    tcase_add_test(tcase, one_that_failed_costs_one_read);
    tcase_add_test(tcase, one_that_no_list_shows_is_asked_for_by_name);
    tcase_add_test(tcase, a_thousand_removals_are_watched_by_their_list);
    tcase_add_test(tcase, lists_that_cannot_be_read_give_way_to_single_reads);
    tcase_add_test(tcase, a_file_is_fetched_whole);
    tcase_add_test(tcase, a_file_that_cannot_be_fetched_leaves_nothing);
    tcase_add_test(tcase, without_a_folder_nothing_is_fetched);
    return tcase;
}

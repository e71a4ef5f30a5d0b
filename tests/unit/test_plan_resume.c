/* SPDX-License-Identifier: Apache-2.0 */
/* Crashes and faults at every place: the end is the one of an undisturbed run. */
#include "plan_guard.h"
#include "plan_suites.h"
#include "plan_tools.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_FAULTS = 60 };

static struct bench *bench;
static struct world world;
static struct guard guard;

static void open_world(int polls)
{
    bench = bench_new();
    world_make(&world, bench->fake, polls);
    memset(&guard, 0, sizeof guard);
    guard_bench(&guard, bench, &world);
}

static void close_world(void)
{
    guard_leave(&guard);
    world_clear(&world);
    bench_free(bench);
}

static const char *const on_a[] = {"a", NULL}, *const on_bt[] = {"b", "t", NULL},
                         *const on_act[] = {"act", NULL};
static const struct fh_output id_output = {.name = "id", .pointer = "/id"};

/* A resource, one that is bound to it, a temporary one, an action on the first, a watch. */
static void plan_all(const char *body)
{
    struct fh_step steps[5] = {
        giving(put_step("a", NETWORK("a"), body), &id_output, 1),
        behind(put_step("b", NETWORK("b"), "{\"of\":\"${a.id}\"}"), on_a),
        behind(put_step("t", NETWORK("t"), "{}"), on_a),
        behind(post_step("act", NETWORK("a") "/run", "{}"), on_bt),
        behind(get_step("w", NETWORK("b")), on_act),
    };
    steps[0].flags = FH_STEP_TAGS;
    steps[2].ownership = FH_TEMPORARY;
    steps[3].flags = FH_STEP_ACTION;
    steps[3].until_pointer = "/ran";
    steps[3].until_values = "yes";
    steps[4].until_pointer = "/properties/provisioningState";
    steps[4].until_values = "Succeeded";
    bench_plan(bench, steps, 5);
}

struct ending {
    char *world;
    char rows[4096];
};

static struct ending ending_now(void)
{
    struct ending ending = {.world = world_dump(&world)};
    snprintf(ending.rows, sizeof ending.rows, "%s", bench_rows(bench));
    return ending;
}

static void expect_ending(const struct ending *wanted, int n)
{
    struct ending got = ending_now();
    ck_assert_msg(strcmp(got.world, wanted->world) == 0, "at %d: %s instead of %s", n, got.world,
                  wanted->world);
    ck_assert_msg(strcmp(got.rows, wanted->rows) == 0, "at %d: %s instead of %s", n, got.rows,
                  wanted->rows);
    free(got.world);
}

static struct ending undisturbed(int polls)
{
    open_world(polls);
    plan_all("{}");
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_int_eq(world.runs, 1);
    struct ending ending = ending_now();
    ck_assert_str_eq(ending.rows, "a done\nb done\nact done\nw done\n");
    close_world();
    return ending;
}

/* The first run ends early; the second goes on with a store that is well. */
static void resume(void)
{
    guard.fail_at = guard.interrupt_at = guard.lease_lost_at = 0;
    bench->interrupted = 0;
    expect_end(bench, ENGINE_SUCCEEDED);
}

/* polls, and whether a commit that is told to have failed took effect. */
static const struct {
    int polls;
    bool late;
} stores[] = {{0, false}, {0, true}, {2, false}, {2, true}};

START_TEST(a_crash_between_any_two_commits_loses_and_doubles_nothing)
{
    struct ending wanted = undisturbed(stores[_i].polls);
    bool whole = false;
    int n = 0;
    while (!whole) {
        ck_assert_int_lt(++n, MOST_FAULTS);
        open_world(stores[_i].polls);
        plan_all("{}");
        guard.fail_at = n;
        guard.fails_late = stores[_i].late;
        whole = bench_apply(bench) == ENGINE_SUCCEEDED;
        if (!whole) {
            ck_assert_int_eq(bench->result.end, ENGINE_BROKEN);
            expect_text(error_text(&bench->result.error), "the disk is full");
            resume();
        }
        ck_assert_msg(world.runs == 1, "at %d the action ran %d times", n, world.runs);
        expect_ending(&wanted, n);
        close_world();
    }
    ck_assert_int_gt(n, 6);
    free(wanted.world);
}
END_TEST

START_TEST(a_crash_while_deleting_leaves_nothing)
{
    bool whole = false;
    int n = 0;
    while (!whole) {
        ck_assert_int_lt(++n, MOST_FAULTS);
        open_world(stores[_i].polls);
        plan_all("{}");
        expect_end(bench, ENGINE_SUCCEEDED);
        drop_plan(bench);
        guard.commits = 0;
        guard.fail_at = n;
        guard.fails_late = stores[_i].late;
        whole = bench_apply(bench) == ENGINE_SUCCEEDED;
        if (!whole)
            resume();
        ck_assert_str_eq(bench_rows(bench), "");
        ck_assert_uint_eq(json_object_size(world.resources), 0);
        close_world();
    }
    ck_assert_int_gt(n, 3);
}
END_TEST

START_TEST(a_crash_while_changing_ends_as_if_there_was_none)
{
    struct ending wanted = {0};
    bool whole = false;
    for (int n = 0; !whole; n++) {
        ck_assert_int_lt(n, MOST_FAULTS);
        open_world(stores[_i].polls);
        plan_all("{}");
        expect_end(bench, ENGINE_SUCCEEDED);
        plan_all("{\"more\":1}");
        guard.commits = 0;
        guard.fail_at = n; /* 0: undisturbed */
        guard.fails_late = stores[_i].late;
        if (bench_apply(bench) != ENGINE_SUCCEEDED)
            resume();
        else
            whole = n > 0;
        if (n == 0)
            wanted = ending_now();
        else
            expect_ending(&wanted, n);
        close_world();
    }
    expect_text(wanted.world, "\"more\": 1");
    free(wanted.world);
}
END_TEST

START_TEST(ctrl_c_at_any_request_is_resumed)
{
    static const int polls[] = {0, 2};
    struct ending wanted = undisturbed(polls[_i]);
    bool whole = false;
    int n = 0;
    while (!whole) {
        ck_assert_int_lt(++n, MOST_FAULTS);
        open_world(polls[_i]);
        plan_all("{}");
        guard.interrupt_at = n;
        bench_apply(bench);
        whole = bench->result.end == ENGINE_SUCCEEDED;
        if (!whole) {
            ck_assert_int_eq(bench->result.end, ENGINE_INTERRUPTED);
            resume();
        }
        ck_assert_int_eq(world.runs, 1);
        expect_ending(&wanted, n);
        close_world();
    }
    free(wanted.world);
}
END_TEST

START_TEST(a_lost_lease_stops_everything_at_once)
{
    struct ending wanted = undisturbed(2);
    open_world(2);
    bench->run.lease_ttl_ms = 3000;
    plan_all("{}");
    for (int n = 1; n < 4; n++) {
        guard.lease_lost_at = guard.renewals + n;
        if (bench_apply(bench) == ENGINE_SUCCEEDED)
            break;
        ck_assert_int_eq(bench->result.end, ENGINE_INTERRUPTED);
        expect_text(error_text(&bench->result.error), "another has the lease");
        size_t before = bench->fake->request_count;
        ck_assert_uint_eq(bench->fake->request_count, before);
    }
    ck_assert_int_gt(guard.renewals, 1);
    if (bench->result.end != ENGINE_SUCCEEDED)
        resume();
    ck_assert_int_eq(world.runs, 1);
    expect_ending(&wanted, 0);
    close_world();
    free(wanted.world);
}
END_TEST

/* Each fault at each mutating request; and once more with long-running operations. */
START_TEST(a_fault_at_any_request_is_lived_through)
{
    enum world_fault fault = FAULT_REPLY_LOST + _i % (FAULT_MOST - 1);
    int polls = _i < FAULT_MOST - 1 ? 0 : 2;
    struct ending wanted = undisturbed(polls);
    for (int n = 1;; n++) {
        open_world(polls);
        plan_all("{}");
        world.fault = fault;
        world.fault_at = n;
        enum engine_end end = bench_apply(bench);
        bool hit = world.mutations >= n;
        ck_assert_msg(end == ENGINE_SUCCEEDED, "fault %d at %d: %s\n%s", fault, n,
                      error_text(&bench->result.error), bench->events);
        ck_assert_msg(world.runs == 1, "fault %d at %d: ran %d times", fault, n, world.runs);
        expect_ending(&wanted, n);
        close_world();
        if (!hit)
            break;
        ck_assert_int_lt(n, MOST_FAULTS);
    }
    free(wanted.world);
}
END_TEST

START_TEST(a_fault_while_deleting_is_lived_through)
{
    enum world_fault fault = FAULT_REPLY_LOST + _i % (FAULT_MOST - 1);
    int polls = _i < FAULT_MOST - 1 ? 0 : 2;
    for (int n = 1;; n++) {
        open_world(polls);
        plan_all("{}");
        expect_end(bench, ENGINE_SUCCEEDED);
        drop_plan(bench);
        world.mutations = 0;
        world.fault = fault;
        world.fault_at = n;
        expect_end(bench, ENGINE_SUCCEEDED);
        bool hit = world.mutations >= n;
        ck_assert_str_eq(bench_rows(bench), "");
        ck_assert_uint_eq(json_object_size(world.resources), 0);
        close_world();
        if (!hit)
            break;
        ck_assert_int_lt(n, MOST_FAULTS);
    }
}
END_TEST

/* ---- each state of a row, and what Azure may know of it ---- */

enum { ROW_SENT_INTENT, ROW_SENT_ACCEPTED, ROW_WAS_REFUSED, ROW_KINDS };

/* Brings the row of step "a" into a state: by a crash behind its intent, behind Azure's yes, or by
 * Azure's no. Returns the body that was sent. */
static char *bring_about(int kind, const struct fh_step *step)
{
    memset(&guard, 0, sizeof guard);
    guard_bench(&guard, bench, NULL);
    bench_plan(bench, step, 1);
    if (kind == ROW_SENT_ACCEPTED)
        accept_put(bench, "/a?", 1, ASYNC("1"));
    else
        answer(bench, "PUT", "/a?", 1, kind == ROW_WAS_REFUSED ? 400 : 200,
               kind == ROW_WAS_REFUSED ? REFUSAL("Bad") : "{}");
    guard.fail_at = kind == ROW_SENT_INTENT ? 2 : 0;
    guard.interrupt_at = kind == ROW_SENT_ACCEPTED ? 1 : 0;
    bench_apply(bench);
    guard.fail_at = guard.interrupt_at = 0;
    bench->interrupted = 0;
    return strdup(sent_body(bench, "PUT", "/a?", 0));
}

/* What a GET of the resource says, and how many PUTs the resumed run sends; -1: it fails. */
static const struct {
    const char *name;
    int status;
    const char *state;
    bool ours;
    int poll_status; /* of the operation's URL; accepted rows only */
    int puts[ROW_KINDS];
} findings[] = {
    {"is not there", 404, NULL, false, 404, {1, 1, 1}},
    {"is there, and ours", 200, "Succeeded", true, 404, {0, 0, 0}},
    {"is there, of another request", 200, "Succeeded", false, 404, {1, 1, 1}},
    {"is being made", 200, "Creating", true, 404, {0, 0, 0}},
    {"failed", 200, "Failed", true, 404, {1, -1, 1}},
    {"is there, and its operation has ended", 200, "Succeeded", true, 200, {0, 0, 0}},
};

static char *resource_text(const char *state, const char *sent_text, bool ours)
{
    json_t *body = json_loads(sent_text, 0, NULL);
    if (!ours)
        json_object_set_new(body, "tags", json_pack("{s:s}", "flexhost-digest", "another"));
    json_object_set_new(body, "id", json_string(NETWORK("a")));
    json_object_set_new(body, "properties", json_pack("{s:s}", "provisioningState", state));
    char *text = json_dumps(body, 0);
    json_decref(body);
    return text;
}

START_TEST(a_row_in_any_state_is_taken_up)
{
    int kind = _i % ROW_KINDS, f = _i / ROW_KINDS;
    static const char *const states[] = {"intent", "accepted", "failed"};
    struct fh_step step = put_step("a", NETWORK("a"), "{}");
    step.flags = FH_STEP_TAGS;
    bench = bench_new();
    char *body = bring_about(kind, &step);
    ck_assert_str_eq(bench_state(bench, "a"), states[kind]);
    char *found = findings[f].state ? resource_text(findings[f].state, body, findings[f].ours)
                                    : strdup(REFUSAL("ResourceNotFound"));
    char *settled = resource_text("Succeeded", body, true);
    size_t before = sent(bench, "PUT", "/a?");
    answer(bench, "PUT", "/a?", 0, 200, settled);
    answer(bench, "GET", "/op/1", 0, findings[f].poll_status,
           findings[f].poll_status == 200 ? SUCCEEDED : REFUSAL("NotFound"));
    bool settles = findings[f].state && strcmp(findings[f].state, "Creating") == 0;
    answer(bench, "GET", "/a?", settles ? 2 : 0, findings[f].status, found);
    answer(bench, "GET", "/a?", 0, 200, settled);
    bool fails = findings[f].puts[kind] < 0;
    expect_end(bench, fails ? ENGINE_FAILED : ENGINE_SUCCEEDED);
    size_t puts = sent(bench, "PUT", "/a?") - before;
    ck_assert_msg((int)puts == (fails ? 0 : findings[f].puts[kind]), "%s, row %s: %zu PUTs",
                  findings[f].name, states[kind], puts);
    ck_assert_str_eq(bench_state(bench, "a"), fails ? "failed" : "done");
    guard_leave(&guard);
    bench_free(bench);
    free(body);
    free(found);
    free(settled);
}
END_TEST

/* Rows of a removal that was under way: what DELETE says, how often it is sent. */
static const struct {
    const char *state;
    const char *poll;
    int poll_status;
    int delete_status;
    size_t deletes;
} removals[] = {
    {"undo-intent", NULL, 0, 204, 1},
    {"undo-intent", NULL, 0, 404, 1},
    {"undo-intent", NULL, 0, 200, 1},
    {"undo-accepted", "{\"url\":\"" OPERATION_URL("9") "\",\"kind\":\"Azure-AsyncOperation\"}", 200,
     204, 0},
    {"undo-accepted", "{\"url\":\"" OPERATION_URL("9") "\",\"kind\":\"Azure-AsyncOperation\"}", 404,
     204, 0},
};

START_TEST(a_removal_under_way_is_ended)
{
    struct journal_step row = {.subject_id = SUBJECT,
                               .key = "a",
                               .sequence = 1,
                               .state = removals[_i].state,
                               .digest = "d",
                               .method = "PUT",
                               .path = NETWORK("a"),
                               .api_version = VERSION,
                               .credential = "main",
                               .poll = removals[_i].poll,
                               .title = "a",
                               .operation = OPERATION};
    bench = bench_new();
    bench_put_row(bench, &row);
    answer(bench, "DELETE", "/a?", 0, removals[_i].delete_status, "");
    answer(bench, "GET", "/op/9", 0, removals[_i].poll_status,
           removals[_i].poll_status == 200 ? SUCCEEDED : REFUSAL("NotFound"));
    answer(bench, "GET", "/a?", 0, 404, REFUSAL("ResourceNotFound"));
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "DELETE", "/a?"), removals[_i].deletes);
    ck_assert_str_eq(bench_rows(bench), "");
    bench_free(bench);
}
END_TEST

/* An action whose answer nobody saw: repeated only if something tells that it did not happen. */
static const struct {
    bool watched;
    const char *ran; /* what the watch sees */
    enum engine_end end;
    size_t posts;
} actions[] = {
    {false, NULL, ENGINE_FAILED, 0},
    {true, "{\"ran\":\"yes\"}", ENGINE_SUCCEEDED, 0},
    {true, "{}", ENGINE_SUCCEEDED, 1},
};

START_TEST(an_action_in_doubt_is_judged_by_what_can_be_seen)
{
    struct fh_step step = post_step("a", NETWORK("a") "/run", NULL);
    step.flags = FH_STEP_ACTION;
    step.until_pointer = actions[_i].watched ? "/ran" : NULL;
    step.until_values = actions[_i].watched ? "yes" : NULL;
    bench = bench_new();
    memset(&guard, 0, sizeof guard);
    guard_bench(&guard, bench, NULL);
    bench_plan(bench, &step, 1);
    lose(bench, "POST", "/run?", 1);
    guard.fail_at = 2;
    guard.interrupt_at = 1;
    bench_apply(bench);
    ck_assert_str_eq(bench_state(bench, "a"), "intent");
    guard.fail_at = guard.interrupt_at = 0;
    bench->interrupted = 0;
    bench->run.verify_window_ms = 1; /* what is not seen is believed at once */
    answer(bench, "POST", "/run?", 0, 200, "{}");
    if (actions[_i].ran)
        answer(bench, "GET", "/a?", 1, 200, actions[_i].ran);
    answer(bench, "GET", "/a?", 0, 200, "{\"ran\":\"yes\"}");
    expect_end(bench, actions[_i].end);
    ck_assert_uint_eq(sent(bench, "POST", "/run?"), 1 + actions[_i].posts);
    guard_leave(&guard);
    bench_free(bench);
}
END_TEST

START_TEST(steps_done_are_kept_for_those_who_look)
{
    open_world(2);
    plan_all("{}");
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_int_eq((int)bench->result.steps_done, 5);
    ck_assert_int_eq((int)bench->result.steps_total, 5);
    close_world();
}
END_TEST

TCase *plan_resume_case(void)
{
    TCase *tcase = tcase_create("resume");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, a_crash_between_any_two_commits_loses_and_doubles_nothing, 0, 4);
    tcase_add_loop_test(tcase, a_crash_while_deleting_leaves_nothing, 0, 4);
    tcase_add_loop_test(tcase, a_crash_while_changing_ends_as_if_there_was_none, 0, 4);
    tcase_add_loop_test(tcase, ctrl_c_at_any_request_is_resumed, 0, 2);
    tcase_add_test(tcase, a_lost_lease_stops_everything_at_once);
    tcase_add_loop_test(tcase, a_fault_at_any_request_is_lived_through, 0, 2 * (FAULT_MOST - 1));
    tcase_add_loop_test(tcase, a_fault_while_deleting_is_lived_through, 0, 2 * (FAULT_MOST - 1));
    tcase_add_loop_test(tcase, a_row_in_any_state_is_taken_up, 0,
                        ROW_KINDS * sizeof findings / sizeof *findings);
    tcase_add_loop_test(tcase, a_removal_under_way_is_ended, 0, sizeof removals / sizeof *removals);
    tcase_add_loop_test(tcase, an_action_in_doubt_is_judged_by_what_can_be_seen, 0,
                        sizeof actions / sizeof *actions);
    tcase_add_test(tcase, steps_done_are_kept_for_those_who_look);
    return tcase;
}

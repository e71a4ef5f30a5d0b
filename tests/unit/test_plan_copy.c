/* SPDX-License-Identifier: Apache-2.0 */
/* COPY against two blobs that remember their pages: what is moved, what is journaled before, what a
 * run that goes on finds. */
#include "plan_suites.h"
#include "plan_tools.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE "https://source.test/c/base.vhd?sig=S3CR3T"
#define TARGET "https://target.test/c/disk?sig=TOP5ECRET"

enum { PAGES = 40960, PIECE = 8192 /* pages of 4 MiB */, LISTED = 3 };

static struct bench *bench;
static struct {
    bool source[PAGES], target[PAGES];
    const char *etag;
    bool no_md5, intent_seen;
    int moved_twice, moves, biggest;
    int changes_at; /* after so many moves the source is another; 0: never */
    int stops_at;   /* after so many moves Ctrl-C comes; 0: never */
    char *answer;
    char headers[256];
} blobs;

static const char *header_of(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcasecmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    return NULL;
}

/* A few ranges at a time, so that there are markers to follow. */
static void list_pages(const bool *pages, const char *url, struct fake_rule *rule)
{
    const char *marker = strstr(url, "marker=");
    int at = marker ? atoi(marker + 7) : 0, listed = 0;
    struct text text = {0};
    text_add(&text, "<PageList>");
    while (at < PAGES && listed < LISTED) {
        int first = at;
        while (at < PAGES && pages[at])
            at++;
        if (at > first) {
            text_printf(&text, "<PageRange><Start>%d</Start><End>%d</End></PageRange>", first * 512,
                        at * 512 - 1);
            listed++;
        } else {
            at++;
        }
    }
    if (at < PAGES)
        text_printf(&text, "<NextMarker>%d</NextMarker>", at);
    text_add(&text, "</PageList>");
    free(blobs.answer);
    rule->body = blobs.answer = text_take(&text);
    rule->status = 200;
    snprintf(blobs.headers, sizeof blobs.headers, "ETag: %s\nx-ms-blob-content-length: %d",
             blobs.etag, PAGES * 512);
    rule->headers = blobs.headers;
}

static void refuse_condition(struct fake_rule *rule, const char *code)
{
    rule->status = 412;
    snprintf(blobs.headers, sizeof blobs.headers, "x-ms-error-code: %s", code);
    rule->headers = blobs.headers;
}

static void move(const struct http_request *request, struct fake_rule *rule)
{
    int first = 0, last = 0;
    ck_assert_str_eq(header_of(request, "x-ms-copy-source"), SOURCE);
    ck_assert_int_eq(sscanf(header_of(request, "x-ms-range"), "bytes=%d-%d", &first, &last), 2);
    ck_assert_str_eq(header_of(request, "x-ms-source-range"), header_of(request, "x-ms-range"));
    ck_assert_int_eq(header_of(request, "x-ms-source-content-md5") == NULL, blobs.no_md5);
    blobs.intent_seen = blobs.intent_seen || (strcmp(bench_state(bench, "copy"), "intent") == 0 &&
                                              journal_holds(bench, "etag"));
    if (strcmp(header_of(request, "x-ms-source-if-match"), blobs.etag) != 0) {
        refuse_condition(rule, "SourceConditionNotMet");
        return;
    }
    for (int page = first / 512; page <= last / 512; page++) {
        ck_assert_msg(blobs.source[page], "page %d holds nothing and was moved", page);
        blobs.moved_twice += blobs.target[page];
        blobs.target[page] = true;
    }
    blobs.biggest =
        (last + 1 - first) / 512 > blobs.biggest ? (last + 1 - first) / 512 : blobs.biggest;
    rule->status = 201;
    blobs.moves++;
    if (blobs.moves == blobs.changes_at)
        blobs.etag = "\"0x2\"";
    if (blobs.moves == blobs.stops_at)
        bench->interrupted = 1;
}

static bool answer_blob(struct fake *fake, const struct http_request *request,
                        struct fake_rule *rule)
{
    bool lists = strstr(request->url, "comp=pagelist") != NULL;
    const char *match = header_of(request, "If-Match");
    if (strstr(request->url, "target.test")) {
        if (lists)
            list_pages(blobs.target, request->url, rule);
        else
            move(request, rule);
        return true;
    }
    if (!strstr(request->url, "source.test"))
        return false;
    if (match && strcmp(match, blobs.etag) != 0) {
        refuse_condition(rule, "ConditionNotMet");
    } else if (lists) {
        list_pages(blobs.source, request->url, rule);
    } else {
        ck_assert_str_eq(header_of(request, "x-ms-range-get-content-md5"), "true");
        rule->status = 206;
        rule->headers = blobs.no_md5 ? NULL : "Content-MD5: gvOVZZZkLXezj67kaXCTqg==";
    }
    return true;
}

static const struct fh_output outputs[] = {{.name = "bytes", .pointer = "/bytes"},
                                           {.name = "ranges", .pointer = "/ranges"}};

static struct fh_step copy_step(void)
{
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "copy",
                           .method = "COPY",
                           .path = "${secret:target}",
                           .source = "${secret:source}"};
    return giving(step, outputs, 2);
}

static void fill(int first, int count)
{
    for (int page = first; page < first + count; page++)
        blobs.source[page] = true;
}

static void setup(void)
{
    memset(&blobs, 0, sizeof blobs);
    blobs.etag = "\"0x1\"";
    bench = bench_new();
    bench->fake->answer = answer_blob;
    bench_secret(bench, "source", SOURCE);
    bench_secret(bench, "target", TARGET);
    fill(0, 1);
    fill(100, 3 * PIECE + 7);
    for (int i = 0; i < 20; i++)
        fill(30000 + 10 * i, 3);
    fill(PAGES - 1, 1);
    const struct fh_step step = copy_step();
    bench_plan(bench, &step, 1);
}

static void teardown(void)
{
    free(blobs.answer);
    bench_free(bench);
}

static void expect_whole(void)
{
    ck_assert_int_eq(memcmp(blobs.source, blobs.target, sizeof blobs.source), 0);
    ck_assert_int_eq(blobs.moved_twice, 0);
    ck_assert_str_eq(bench_state(bench, "copy"), "done");
    ck_assert(journal_holds(bench, "\"ranges\":23"));
}

static void expect_no_secret(void)
{
    ck_assert(!journal_holds(bench, "S3CR3T") && !journal_holds(bench, "TOP5ECRET"));
    ck_assert(!strstr(error_text(&bench->result.error), "S3CR3T"));
    ck_assert(!strstr(bench->events, "S3CR3T"));
}

START_TEST(pages_are_moved_in_pieces_and_only_where_there_are_some)
{
    blobs.no_md5 = _i;
    expect_end(bench, ENGINE_SUCCEEDED);
    expect_whole();
    expect_no_secret();
    ck_assert_int_eq(blobs.biggest, PIECE);
    ck_assert_int_eq(blobs.moves, 1 + 4 + 20 + 1);
    ck_assert_msg(blobs.intent_seen, "the ETag is journaled before a page is moved");
    ck_assert_str_eq(bench_diff(bench), "keep copy: is as it was applied\n");
}
END_TEST

START_TEST(an_interrupted_copy_goes_on_with_what_is_missing)
{
    blobs.stops_at = 1 + _i;
    expect_end(bench, ENGINE_INTERRUPTED);
    ck_assert_str_eq(bench_state(bench, "copy"), "intent");
    expect_no_secret();
    bench->interrupted = 0;
    expect_end(bench, ENGINE_SUCCEEDED);
    expect_whole();
}
END_TEST

START_TEST(a_source_that_changes_meanwhile_is_of_no_use)
{
    blobs.changes_at = 1 + _i;
    expect_end(bench, ENGINE_FAILED);
    expect_text(error_text(&bench->result.error), "the source changed while it was copied");
    ck_assert_str_eq(bench_state(bench, "copy"), "failed");
    expect_end(bench, ENGINE_FAILED); /* the target holds pages of what was there before */
    expect_text(error_text(&bench->result.error), "the source changed while it was copied");
    memset(blobs.target, 0, sizeof blobs.target); /* it was made anew */
    blobs.changes_at = 0;
    expect_end(bench, ENGINE_SUCCEEDED);
    expect_whole();
}
END_TEST

START_TEST(a_source_that_changes_after_a_crash_is_of_no_use)
{
    blobs.stops_at = 3;
    expect_end(bench, ENGINE_INTERRUPTED);
    bench->interrupted = 0;
    blobs.etag = "\"0x2\"";
    expect_end(bench, ENGINE_FAILED);
    expect_text(error_text(&bench->result.error), "the source changed while it was copied");
}
END_TEST

START_TEST(a_target_with_pages_of_others_is_refused)
{
    blobs.target[5] = true;
    expect_end(bench, ENGINE_FAILED);
    expect_text(error_text(&bench->result.error), "holds 512 bytes that this copy did not put");
    ck_assert_int_eq(blobs.moves, 0);
}
END_TEST

START_TEST(the_etag_must_be_the_one_that_was_checked)
{
    struct fh_step step = copy_step();
    step.source_etag = _i ? "0x1" : "\"0x0\"";
    bench_plan(bench, &step, 1);
    expect_end(bench, _i ? ENGINE_SUCCEEDED : ENGINE_FAILED);
    if (!_i)
        expect_text(error_text(&bench->result.error), "has changed since it was checked");
}
END_TEST

START_TEST(a_dry_run_shows_the_templates)
{
    struct fh_step step = copy_step();
    step.path = "https://target.test/c/disk?sig=TOP5ECRET";
    bench_plan(bench, &step, 1);
    ck_assert_str_eq(bench_diff(bench), "run copy: is new\n");
    expect_end(bench, ENGINE_SUCCEEDED);
    expect_no_secret();
}
END_TEST

static const struct {
    const char *path, *source, *body;
    const char *says;
} wrong[] = {
    {TARGET, NULL, NULL, "source is missing"},
    {TARGET, "/subscriptions/s", NULL, "source must be an absolute URL"},
    {"/subscriptions/s", SOURCE, NULL, "path must be an absolute URL"},
    {TARGET, SOURCE, "{}", "body is for PUT"},
};

START_TEST(a_copy_that_cannot_be_right_is_refused)
{
    struct error err = ERROR_INIT;
    struct plan *plan = plan_new();
    struct fh_step step = copy_step();
    step.path = wrong[_i].path;
    step.source = wrong[_i].source;
    step.body = wrong[_i].body;
    ck_assert_int_eq(plan_add(plan, &step, &err), -1);
    expect_text(error_text(&err), wrong[_i].says);
    ck_assert(!strstr(error_text(&err), "S3CR3T"));
    error_clear(&err);
    plan_free(plan);
}
END_TEST

/* ---- containers ---- */

static const char *const on_group[] = {"group", NULL}, *const on_disk[] = {"disk", NULL};

/* A group, a disk that is temporary, and what is made of it. */
static void plan_container(void)
{
    struct fh_step steps[3] = {
        put_step("group", GROUP, "{}"),
        behind(put_step("disk", NETWORK("disk"), "{}"), on_group),
        behind(put_step("image", NETWORK("image"), "{}"), on_disk),
    };
    steps[0].ownership = FH_CONTAINER;
    steps[1].ownership = FH_TEMPORARY;
    bench_plan(bench, steps, 3);
}

START_TEST(a_container_goes_when_nothing_lasting_is_in_it)
{
    plan_container();
    answer(bench, "PUT", "image", 1, 400, REFUSAL("BadRequest"));
    answer(bench, NULL, NULL, 0, 200, "{}");
    expect_end(bench, ENGINE_FAILED);
    ck_assert_str_eq(bench_rows(bench), "image failed\n");
    ck_assert_int_lt(sent_at(bench, "DELETE", "disk", 0), sent_at(bench, "DELETE", "image", 0));
    ck_assert_int_lt(sent_at(bench, "DELETE", "image", 0), sent_at(bench, "DELETE", GROUP "?", 0));
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_str_eq(bench_rows(bench), "group done\nimage done\n");
    ck_assert_uint_eq(sent(bench, "DELETE", GROUP "?"), 1);
}
END_TEST

START_TEST(a_container_stays_for_what_was_there_before)
{
    plan_container();
    answer(bench, "PUT", "second", 1, 400, REFUSAL("BadRequest"));
    answer(bench, NULL, NULL, 0, 200, "{}");
    expect_end(bench, ENGINE_SUCCEEDED);
    struct fh_step steps[3] = {
        put_step("group", GROUP, "{}"),
        behind(put_step("image", NETWORK("image"), "{}"), on_group),
        behind(put_step("second", NETWORK("second"), "{}"), on_group),
    };
    steps[0].ownership = FH_CONTAINER;
    bench_plan(bench, steps, 3);
    expect_end(bench, ENGINE_FAILED);
    ck_assert_uint_eq(sent(bench, "DELETE", GROUP "?"), 0);
    drop_plan(bench);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "DELETE", GROUP "?"), 1);
    ck_assert_str_eq(bench_rows(bench), "");
}
END_TEST

/* Azure deletes a gallery only when what failed in it is gone. What is known of the failure stays.
 */
START_TEST(what_failed_in_a_container_goes_before_it)
{
    static const char *const on_inner[] = {"inner", NULL};
    struct fh_step steps[4] = {
        put_step("group", GROUP, "{}"),
        behind(put_step("inner", NETWORK("inner"), "{}"), on_group),
        behind(put_step("image", NETWORK("image"), "{}"), on_inner),
        put_step("bad", NETWORK("bad"), "{}"),
    };
    steps[0].ownership = steps[1].ownership = FH_CONTAINER;
    bench_plan(bench, steps, 4);
    accept_put(bench, "/image?", 1, ASYNC("1"));
    answer(bench, "GET", "/op/1", 0, 200, ENDED_BADLY("Broken"));
    answer(bench, "GET", "/image?", 0, 200, STATE("Failed"));
    answer(bench, "PUT", "/bad?", 0, 400, REFUSAL("BadRequest"));
    answer(bench, NULL, NULL, 0, 200, "{}");
    expect_end(bench, ENGINE_FAILED);
    int image = sent_at(bench, "DELETE", "/image?", 0),
        inner = sent_at(bench, "DELETE", "inner", 0);
    ck_assert_int_ge(image, 0);
    ck_assert_int_lt(image, inner);
    ck_assert_int_lt(inner, sent_at(bench, "DELETE", GROUP "?", 0));
    ck_assert_uint_eq(sent(bench, "DELETE", "/bad?"), 0);
    ck_assert_str_eq(bench_rows(bench), "bad failed\nimage failed\n");
    ck_assert(journal_holds(bench, "Broken"));
}
END_TEST

START_TEST(a_container_stays_for_what_cannot_be_removed)
{
    plan_container();
    answer(bench, "PUT", "image", 1, 400, REFUSAL("BadRequest"));
    answer(bench, "DELETE", "image", 1, 403, REFUSAL("AuthorizationFailed"));
    answer(bench, NULL, NULL, 0, 200, "{}");
    expect_end(bench, ENGINE_FAILED);
    ck_assert_uint_eq(sent(bench, "DELETE", GROUP "?"), 0);
    ck_assert_str_eq(bench_rows(bench), "group done\nimage failed\n");
}
END_TEST

START_TEST(a_container_stays_for_what_could_not_be_changed)
{
    struct fh_step steps[2] = {put_step("group", GROUP, "{}"),
                               behind(put_step("image", NETWORK("image"), "{}"), on_group)};
    steps[0].ownership = FH_CONTAINER;
    bench_plan(bench, steps, 2);
    answer(bench, "PUT", "image", 1, 200, "{}");
    answer(bench, "PUT", "image", 0, 400, REFUSAL("BadRequest"));
    answer(bench, NULL, NULL, 0, 200, "{}");
    expect_end(bench, ENGINE_SUCCEEDED);
    steps[1].body = "{\"regions\":2}";
    bench_plan(bench, steps, 2);
    for (int i = 0; i < 2; i++)
        expect_end(bench, ENGINE_FAILED);
    ck_assert_uint_eq(sent(bench, "DELETE", ""), 0);
}
END_TEST

/* A watch that failed and may do so has no row. */
START_TEST(a_container_stays_for_what_comes_after_a_step_without_a_row)
{
    static const char *const on_watch[] = {"watch", NULL};
    struct fh_step steps[4] = {
        put_step("group", GROUP, "{}"),
        behind(get_step("watch", NETWORK("nowhere")), on_group),
        behind(put_step("image", NETWORK("image"), "{}"), on_watch),
        put_step("bad", NETWORK("bad"), "{}"),
    };
    steps[0].ownership = FH_CONTAINER;
    steps[1].flags = FH_STEP_OPTIONAL;
    bench_plan(bench, steps, 4);
    answer(bench, "PUT", "/bad", 1, 400, REFUSAL("BadRequest"));
    answer(bench, "GET", "nowhere", 0, 403, REFUSAL("AuthorizationFailed"));
    answer(bench, NULL, NULL, 0, 200, "{}");
    expect_end(bench, ENGINE_FAILED);
    ck_assert_str_eq(bench_state(bench, "watch"), "");
    ck_assert_str_eq(bench_state(bench, "image"), "done");
    ck_assert_uint_eq(sent(bench, "DELETE", GROUP "?"), 0);
}
END_TEST

START_TEST(an_interruption_leaves_a_container)
{
    plan_container();
    answer(bench, NULL, NULL, 0, 200, "{}");
    bench->interrupted = 1;
    expect_end(bench, ENGINE_INTERRUPTED);
    ck_assert_uint_eq(sent(bench, "DELETE", GROUP "?"), 0);
}
END_TEST

TCase *plan_copy_case(void)
{
    TCase *tcase = tcase_create("copy");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, pages_are_moved_in_pieces_and_only_where_there_are_some, 0, 2);
    tcase_add_loop_test(tcase, an_interrupted_copy_goes_on_with_what_is_missing, 0, 26);
    tcase_add_loop_test(tcase, a_source_that_changes_meanwhile_is_of_no_use, 0, 20);
    tcase_add_test(tcase, a_source_that_changes_after_a_crash_is_of_no_use);
    tcase_add_test(tcase, a_target_with_pages_of_others_is_refused);
    tcase_add_loop_test(tcase, the_etag_must_be_the_one_that_was_checked, 0, 2);
    tcase_add_test(tcase, a_dry_run_shows_the_templates);
    tcase_add_loop_test(tcase, a_copy_that_cannot_be_right_is_refused, 0,
                        sizeof wrong / sizeof *wrong);
    tcase_add_test(tcase, a_container_goes_when_nothing_lasting_is_in_it);
    tcase_add_test(tcase, what_failed_in_a_container_goes_before_it);
    tcase_add_test(tcase, a_container_stays_for_what_cannot_be_removed);
    tcase_add_test(tcase, a_container_stays_for_what_could_not_be_changed);
    tcase_add_test(tcase, a_container_stays_for_what_was_there_before);
    tcase_add_test(tcase, a_container_stays_for_what_comes_after_a_step_without_a_row);
    tcase_add_test(tcase, an_interruption_leaves_a_container);
    return tcase;
}

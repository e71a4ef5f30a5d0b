/* SPDX-License-Identifier: Apache-2.0 */
/* One operation at a time per subject, whatever becomes of the process that runs it. */
#include "store/internal.h"
#include "store/process.h"
#include "store_fixture.h"
#include "tap_main.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TTL = 30000, RACERS = 3, SUBJECTS = 40 };

static struct store *store;
static struct error err;
static struct lease_holder holder;

static void set_up(void)
{
    test_folder_make();
    store = test_open(BACKEND_FILE);
}

static void tear_down(void)
{
    error_clear(&err);
    store->ops->close(store);
    test_folder_remove();
}

static int acquire(struct store *from, const char *operation)
{
    return from->ops->lease_acquire(from, "subject", operation, TTL, &holder, &err);
}

static bool is_held(void)
{
    bool held = false;
    must(store->ops->lease_query(store, "subject", &held, &holder, &err), &err);
    return held;
}

START_TEST(second_operation_is_refused_with_the_holder)
{
    ck_assert(!is_held());
    must(acquire(store, "op-1"), &err);
    ck_assert(is_held());
    memset(&holder, 0, sizeof holder);
    must_fail(acquire(store, "op-2"), &err, ERROR_RETRY, NULL, "operation op-1 is at work");
    ck_assert_str_eq(holder.operation, "op-1");
    ck_assert_int_eq(holder.pid, getpid());
    ck_assert_int_eq(holder.expires_ms, test_clock.now_ms + TTL);
    must(store->ops->lease_acquire(store, "other", "op-2", TTL, &holder, &err), &err);
    must(acquire(store, "op-1"), &err); /* the holder itself */
}
END_TEST

START_TEST(lease_ends_with_its_release)
{
    must(acquire(store, "op-1"), &err);
    must(store->ops->lease_release(store, "subject", "op-2", &err), &err); /* not the holder */
    ck_assert(is_held());
    must(store->ops->lease_release(store, "subject", "op-1", &err), &err);
    ck_assert(!is_held());
    must(acquire(store, "op-2"), &err);
}
END_TEST

START_TEST(expired_lease_is_taken_over_and_its_holder_learns_it)
{
    must(acquire(store, "op-1"), &err);
    test_clock.now_ms += TTL - 1;
    must_fail(acquire(store, "op-2"), &err, ERROR_RETRY, NULL, "op-1");
    must(store->ops->lease_renew(store, "subject", "op-1", TTL, &err), &err);
    test_clock.now_ms += TTL - 1;
    ck_assert(is_held());
    test_clock.now_ms += 1;
    ck_assert(!is_held());
    must(store->ops->lease_renew(store, "subject", "op-1", TTL, &err), &err); /* nobody took it */
    ck_assert(is_held());
    test_clock.now_ms += TTL;
    must(acquire(store, "op-2"), &err);
    must_fail(store->ops->lease_renew(store, "subject", "op-1", TTL, &err), &err, ERROR_RETRY, NULL,
              "lost its lease to operation op-2");
    must(store->ops->lease_release(store, "subject", "op-1", &err), &err);
    ck_assert(is_held());
    must(store->ops->lease_release(store, "subject", "op-2", &err), &err);
    must_fail(store->ops->lease_renew(store, "subject", "op-2", TTL, &err), &err, ERROR_RETRY, NULL,
              "no lease any more");
}
END_TEST

/* Ends in the child: takes the lease, and dies (by the signal, if any) without releasing it. */
static pid_t die_with_lease(int number)
{
    pid_t child = fork();
    if (child == 0) {
        struct store *own = store_open(test_folder, &test_clock.clock, &err);
        if (!own || acquire(own, "op-1") < 0)
            _exit(1);
        if (number)
            raise(number);
        _exit(0);
    }
    return child;
}

START_TEST(lease_of_a_dead_process_is_taken_at_once)
{
    siginfo_t info;
    pid_t child = die_with_lease(_i ? SIGKILL : 0);
    /* A zombie still has its number, but does nothing any more. */
    ck_assert_int_eq(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    ck_assert(!is_held());
    ck_assert_str_eq(holder.operation, "op-1");
    waitpid(child, NULL, 0);
    ck_assert(!is_held());
    must(acquire(store, "op-2"), &err);
}
END_TEST

START_TEST(lease_is_dead_only_when_that_is_certain)
{
    static const struct {
        const char *change; /* of the row that this living process wrote */
        bool held;
    } cases[] = {
        {"pid = pid", true},
        {"pid_started = pid_started - 1", false}, /* the number went to a later process */
        {"boot = '00000000-0000-0000-0000-000000000000'", false}, /* the host started again */
        {"boot = ''", true},
        {"host = 'elsewhere', boot = 'x'", true},          /* nobody here can tell */
        {"pid_space = 1, pid_started = 1, pid = 9", true}, /* another container */
        {"pid = 0", true},
        {"pid = -1", true},
        {"expires_ms = 0", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char sql[256];
        must(acquire(store, "op-1"), &err);
        snprintf(sql, sizeof sql, "UPDATE lease SET %s", cases[i].change);
        ck_assert_int_eq(sqlite3_exec(sqlite_of(store)->db, sql, NULL, NULL, NULL), SQLITE_OK);
        ck_assert_msg(is_held() == cases[i].held, "%s", cases[i].change);
        ck_assert_int_eq(sqlite3_exec(sqlite_of(store)->db, "DELETE FROM lease", 0, 0, 0), 0);
    }
}
END_TEST

/* In a child: says for each subject whether it was won, then lives until the parent closes. */
static void race(const int start[2], const int result[2], const char *operation)
{
    char go;
    char won[SUBJECTS];
    close(start[1]);
    close(result[0]);
    struct store *own = store_open(test_folder, &test_clock.clock, &err);
    if (!own || read(start[0], &go, 1) != 1)
        _exit(1);
    for (int i = 0; i < SUBJECTS; i++) {
        char subject[24];
        snprintf(subject, sizeof subject, "subject-%d", i);
        int failed = own->ops->lease_acquire(own, subject, operation, TTL, &holder, &err);
        won[i] = (char)(!failed ? 1 : err.code == ERROR_RETRY ? 0 : 100);
    }
    if (write(result[1], won, sizeof won) != (ssize_t)sizeof won)
        _exit(1);
    while (read(start[0], &go, 1) == 1)
        ;
    _exit(0);
}

START_TEST(of_racing_processes_exactly_one_wins)
{
    int start[2];
    int result[2];
    char won[SUBJECTS];
    int winners[SUBJECTS] = {0};
    ck_assert(pipe(start) == 0 && pipe(result) == 0);
    for (int i = 0; i < RACERS; i++)
        if (fork() == 0)
            race(start, result, (const char *[]){"op-a", "op-b", "op-c"}[i]);
    close(result[1]);
    close(start[0]);
    ck_assert_int_eq(write(start[1], "ggg", RACERS), RACERS);
    for (int i = 0; i < RACERS; i++) {
        ck_assert_int_eq(read(result[0], won, sizeof won), sizeof won);
        for (int j = 0; j < SUBJECTS; j++)
            winners[j] += won[j];
    }
    close(start[1]);
    close(result[0]);
    for (int i = 0; i < RACERS; i++)
        ck_assert_int_gt(wait(NULL), 0);
    for (int i = 0; i < SUBJECTS; i++)
        ck_assert_int_eq(winners[i], 1);
}
END_TEST

START_TEST(process_knows_itself_whatever_its_name)
{
    static const char *const names[] = {"plain", ") Z 1 2 3", "a b) (c", ")"};
    struct process before;
    process_self(&before);
    ck_assert_int_eq(before.pid, getpid());
    ck_assert_int_gt(before.started, 0);
    ck_assert_uint_eq(strlen(before.boot), 36);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct process now;
        prctl(PR_SET_NAME, names[i]);
        process_self(&now);
        ck_assert(process_is_same(&before, &now));
        ck_assert(!process_is_gone(&now, &before));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("leases");
    TCase *cases = tcase_create("leases");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, second_operation_is_refused_with_the_holder);
    tcase_add_test(cases, lease_ends_with_its_release);
    tcase_add_test(cases, expired_lease_is_taken_over_and_its_holder_learns_it);
    tcase_add_loop_test(cases, lease_of_a_dead_process_is_taken_at_once, 0, 2);
    tcase_add_test(cases, lease_is_dead_only_when_that_is_certain);
    tcase_add_test(cases, of_racing_processes_exactly_one_wins);
    tcase_add_test(cases, process_knows_itself_whatever_its_name);
    suite_add_tcase(suite, cases);
    return tap_main(suite);
}

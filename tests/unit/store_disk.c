/* SPDX-License-Identifier: Apache-2.0 */
/* What the disk can do to the store: what was committed survives, what is wrong is said. */
#include "base/file.h"
#include "store/internal.h"
#include "store_fixture.h"
#include "tap_main.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct error err;

static void tear_down(void)
{
    error_clear(&err);
    test_folder_remove();
}

static struct record numbered(const char *id, int64_t number)
{
    return (struct record){
        .kind = "connection", .id = id, .name = id, .data = "{}", .updated_ms = number};
}

static bool see_number(void *context, const struct record *record)
{
    *(int64_t *)context = record->updated_ms;
    return true;
}

/* -1: there is no such record. */
static int64_t number_of(struct store *store, const char *id)
{
    int64_t number = -1;
    const struct record_filter filter = {.id = id};
    must(store->ops->record_each(store, &filter, see_number, &number, &err), &err);
    return number;
}

static void expect_exit(pid_t child, int wanted)
{
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, wanted);
}

static void change(struct store *store, const char *sql)
{
    char *message = NULL;
    sqlite3_exec(sqlite_of(store)->db, sql, NULL, NULL, &message);
    ck_assert_msg(message == NULL, "%s: %s", sql, message);
}

static void expect_refused(int code, const char *words)
{
    struct store *store = store_open(test_folder, &test_clock.clock, &err);
    must_fail(store ? 0 : -1, &err, code, NULL, words);
}

static void expect_mode(const char *name, unsigned mode)
{
    struct stat info;
    ck_assert_int_eq(stat(test_path(name), &info), 0);
    ck_assert_uint_eq(info.st_mode & 07777, mode);
}

START_TEST(files_are_private)
{
    mode_t before = umask(0);
    struct store *store = test_open(BACKEND_FILE);
    test_put_record(store, &(struct record){.kind = "image", .id = "i", .name = "n"});
    expect_mode("", 0700);
    expect_mode("flexhost.db", 0600);
    expect_mode("flexhost.db-wal", 0600);
    expect_mode("flexhost.db-shm", 0600);
    umask(before);
    store->ops->close(store);
}
END_TEST

static long size_of(const char *name)
{
    struct stat info;
    ck_assert_int_eq(stat(test_path(name), &info), 0);
    return (long)info.st_size;
}

/* Folding the log in costs fsyncs of its own: commits leave it alone. */
START_TEST(the_log_is_folded_in_when_there_is_time)
{
    struct store *store = test_open(BACKEND_FILE);
    char *data = calloc(1, 200 * 1024 + 1);
    ck_assert_ptr_nonnull(data);
    memset(data, 'x', 200 * 1024);
    long before = size_of("flexhost.db");
    for (int i = 0; i < 30; i++) {
        char id[16];
        snprintf(id, sizeof id, "i%d", i);
        test_put_record(store,
                        &(struct record){.kind = "image", .id = id, .name = id, .data = data});
    }
    ck_assert_int_eq(size_of("flexhost.db"), before);
    ck_assert_int_gt(size_of("flexhost.db-wal"), 1000 * 4096);
    store->ops->tidy(store);
    ck_assert_int_gt(size_of("flexhost.db"), before);
    free(data);
    store->ops->close(store);
}
END_TEST

START_TEST(files_open_to_others_are_refused)
{
    struct store *store = test_open(BACKEND_FILE);
    store->ops->close(store);
    ck_assert_int_eq(chmod(test_path("flexhost.db"), 0644), 0);
    expect_refused(ERROR_USAGE, "chmod 600");
    ck_assert_int_eq(chmod(test_path("flexhost.db"), 0600), 0);
    ck_assert_int_eq(chmod(test_folder, 0750), 0);
    expect_refused(ERROR_USAGE, "chmod 700");
}
END_TEST

START_TEST(what_is_no_database_of_ours_is_refused)
{
    static const struct {
        const char *sql;
        const char *words;
    } cases[] = {
        {"PRAGMA user_version = 99", "newer flexhost"},
        {"PRAGMA application_id = 1", "another program"},
        {"PRAGMA user_version = -1", "another program"},
        {"PRAGMA application_id = 0; PRAGMA user_version = 0", "another program"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct store *store = test_open(BACKEND_FILE);
        change(store, cases[i].sql);
        store->ops->close(store);
        expect_refused(ERROR_USAGE, cases[i].words);
        unlink(test_path("flexhost.db"));
    }
    must(file_replace(test_path("flexhost.db"), "[connection]\nname = corp\n", 25, &err), &err);
    expect_refused(ERROR_FAILED, "not a database");
    ck_assert(unlink(test_path("flexhost.db")) == 0 && mkdir(test_path("flexhost.db"), 0700) == 0);
    expect_refused(ERROR_USAGE, "not a regular file");
    ck_assert_int_eq(rmdir(test_path("flexhost.db")), 0);
}
END_TEST

START_TEST(damaged_pages_are_told)
{
    static const char garbage[8192] = "garbage";
    struct store *store = test_open(BACKEND_FILE);
    struct record record = numbered("one", 1);
    test_put_record(store, &record);
    store->ops->close(store);
    int fd = open(test_path("flexhost.db"), O_WRONLY);
    for (off_t at = 4096; at < 4096 * 20; at += (off_t)sizeof garbage)
        ck_assert_int_eq(pwrite(fd, garbage, sizeof garbage, at), sizeof garbage);
    close(fd);
    store = store_open(test_folder, &test_clock.clock, &err);
    must_fail(store ? 0 : -1, &err, ERROR_FAILED, NULL, "restore it from a backup");
}
END_TEST

START_TEST(crash_in_a_transaction_leaves_what_was_before)
{
    pid_t child = fork();
    if (child == 0) {
        struct store *store = store_open(test_folder, &test_clock.clock, &err);
        struct record record = numbered("one", 1);
        if (!store || store->ops->begin(store, &err) < 0 ||
            store->ops->record_put(store, &record, &err) < 0 || store->ops->commit(store, &err) < 0)
            _exit(1);
        record.updated_ms = 2;
        if (store->ops->begin(store, &err) < 0 || store->ops->record_put(store, &record, &err) < 0)
            _exit(2);
        _exit(0);
    }
    expect_exit(child, 0);
    struct store *store = test_open(BACKEND_FILE);
    ck_assert_int_eq(number_of(store, "one"), 1);
    store->ops->close(store);
}
END_TEST

/* In a child, until it is killed: two records change together, and each commit is acknowledged. */
static void write_for_ever(int acknowledge)
{
    struct store *store = store_open(test_folder, &test_clock.clock, &err);
    for (int64_t number = 1; store; number++) {
        struct record one = numbered("one", number);
        struct record two = numbered("two", number);
        if (store->ops->begin(store, &err) < 0 || store->ops->record_put(store, &one, &err) < 0 ||
            store->ops->record_put(store, &two, &err) < 0 || store->ops->commit(store, &err) < 0 ||
            write(acknowledge, &number, sizeof number) != (ssize_t)sizeof number)
            break;
    }
    _exit(1);
}

START_TEST(kill_loses_nothing_acknowledged)
{
    int acknowledge[2];
    int64_t number = 0;
    ck_assert_int_eq(pipe(acknowledge), 0);
    pid_t child = fork();
    if (child == 0)
        write_for_ever(acknowledge[1]);
    close(acknowledge[1]);
    for (int i = 0; i < 3 + 7 * _i; i++)
        ck_assert_int_eq(read(acknowledge[0], &number, sizeof number), sizeof number);
    kill(child, SIGKILL);
    expect_exit(child, SIGKILL);
    while (read(acknowledge[0], &number, sizeof number) == (ssize_t)sizeof number)
        ;
    close(acknowledge[0]);
    struct store *store = test_open(BACKEND_FILE);
    ck_assert_int_ge(number_of(store, "one"), number);
    ck_assert_int_eq(number_of(store, "one"), number_of(store, "two"));
    store->ops->close(store);
}
END_TEST

/* Puts so many records of 10 KiB, until one is refused. */
static int fill(struct store *store, int count)
{
    char data[10240];
    memset(data, 'x', sizeof data - 1);
    data[sizeof data - 1] = '\0';
    for (int i = 0; i < count; i++) {
        char id[24];
        snprintf(id, sizeof id, "big-%d", i);
        struct record record = numbered(id, i);
        record.data = data;
        if (store->ops->record_put(store, &record, &err) < 0)
            return -1;
    }
    return 0;
}

static void expect_usable(struct store *store)
{
    struct record record = numbered("after", 5);
    test_put_record(store, &record);
    ck_assert_int_eq(number_of(store, "after"), 5);
}

START_TEST(full_database_refuses_and_goes_on_when_there_is_room)
{
    struct store *store = test_open(_i);
    struct record record = numbered("before", 1);
    test_put_record(store, &record);
    change(store, "PRAGMA max_page_count = 100");
    test_begin(store);
    must_fail(fill(store, 100), &err, ERROR_FAILED, NULL, "make room");
    /* The batch is void; nothing of it may become durable. */
    record = numbered("late", 1);
    must_fail(store->ops->record_put(store, &record, &err), &err, ERROR_FAILED, NULL,
              "rolled back");
    must_fail(store->ops->commit(store, &err), &err, ERROR_FAILED, NULL, "rolled back");
    ck_assert_int_eq(number_of(store, "before"), 1);
    ck_assert_int_eq(number_of(store, "big-0"), -1);
    change(store, "PRAGMA max_page_count = 100000");
    expect_usable(store);
    store->ops->close(store);
}
END_TEST

/* In a child, since the limit is the process's. */
static void run_out_of_disk(void)
{
    struct store *store = store_open(test_folder, &test_clock.clock, &err);
    struct rlimit unlimited;
    struct rlimit limited;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &unlimited);
    limited = unlimited;
    limited.rlim_cur = 300 * 1024;
    setrlimit(RLIMIT_FSIZE, &limited);
    /* The batch fits into memory; it is the commit that meets the limit. */
    if (!store || store->ops->begin(store, &err) < 0 || fill(store, 60) < 0)
        _exit(1);
    if (store->ops->commit(store, &err) == 0 || !strstr(error_text(&err), "make room"))
        _exit(2);
    error_clear(&err);
    setrlimit(RLIMIT_FSIZE, &unlimited);
    struct record record = numbered("after", 5);
    if (store->ops->begin(store, &err) < 0 || store->ops->record_put(store, &record, &err) < 0 ||
        store->ops->commit(store, &err) < 0)
        _exit(3);
    store->ops->close(store);
    _exit(0);
}

START_TEST(full_disk_fails_the_commit_and_nothing_else)
{
    struct store *store = test_open(BACKEND_FILE);
    struct record record = numbered("before", 1);
    test_put_record(store, &record);
    store->ops->close(store);
    pid_t child = fork();
    if (child == 0)
        run_out_of_disk();
    expect_exit(child, 0);
    store = test_open(BACKEND_FILE);
    ck_assert_int_eq(number_of(store, "before"), 1);
    ck_assert_int_eq(number_of(store, "big-0"), -1);
    ck_assert_int_eq(number_of(store, "after"), 5);
    store->ops->close(store);
}
END_TEST

START_TEST(locked_database_is_told_after_a_while)
{
    struct store *first = test_open(BACKEND_FILE);
    struct store *second = test_open(BACKEND_FILE);
    sqlite3_busy_timeout(sqlite_of(second)->db, 1);
    test_begin(first);
    must_fail(second->ops->begin(second, &err), &err, ERROR_RETRY, NULL, "locked by another");
    must_fail(second->ops->audit_append(
                  second, &(struct audit_entry){.command = "c", .result = "done"}, &err),
              &err, ERROR_RETRY, NULL, "locked by another");
    ck_assert_int_eq(number_of(second, "one"), -1); /* reading goes on meanwhile */
    test_commit(first);
    expect_usable(second);
    first->ops->close(first);
    second->ops->close(second);
}
END_TEST

START_TEST(folder_that_cannot_be_written_is_told)
{
    struct store *store = test_open(BACKEND_FILE);
    store->ops->close(store);
    pid_t child = fork();
    if (child == 0) {
        /* Root may write everywhere. */
        if (geteuid() == 0 && (chown(test_folder, 65534, 65534) < 0 ||
                               chown(test_path("flexhost.db"), 65534, 65534) < 0 ||
                               setresuid(65534, 65534, 65534) < 0))
            _exit(3);
        chmod(test_folder, 0500);
        chmod(test_path("flexhost.db"), 0400);
        store = store_open(test_folder, &test_clock.clock, &err);
        _exit(store ? 1 : strstr(error_text(&err), "must be writable") ? 0 : 2);
    }
    expect_exit(child, 0);
    chmod(test_folder, 0700);
}
END_TEST

static void count_up(int times)
{
    struct store *store = store_open(test_folder, &test_clock.clock, &err);
    for (int i = 0; store && i < times; i++) {
        if (store->ops->begin(store, &err) < 0)
            _exit(1);
        struct record record = numbered("counter", number_of(store, "counter") + 1);
        if (store->ops->record_put(store, &record, &err) < 0 || store->ops->commit(store, &err) < 0)
            _exit(2);
    }
    _exit(store ? 0 : 3);
}

START_TEST(processes_do_not_overwrite_one_another)
{
    enum { PROCESSES = 4, TIMES = 20 };
    pid_t children[PROCESSES];
    /* All at once, so that they race for making the database, too. */
    for (int i = 0; i < PROCESSES; i++)
        if ((children[i] = fork()) == 0)
            count_up(TIMES);
    for (int i = 0; i < PROCESSES; i++)
        expect_exit(children[i], 0);
    struct store *store = test_open(BACKEND_FILE);
    ck_assert_int_eq(number_of(store, "counter"), PROCESSES * TIMES - 1);
    store->ops->close(store);
}
END_TEST

START_TEST(child_of_a_fork_must_open_its_own)
{
    struct store *store = test_open(BACKEND_FILE);
    struct record record = numbered("one", 1);
    test_put_record(store, &record);
    pid_t child = fork();
    if (child == 0) {
        bool refused = store->ops->begin(store, &err) < 0;
        store->ops->close(store);
        _exit(refused ? 0 : 1);
    }
    expect_exit(child, 0);
    expect_usable(store);
    store->ops->close(store);
}
END_TEST

START_TEST(audit_log_can_only_grow)
{
    static const char *const attempts[] = {
        "UPDATE audit SET result = 'done'",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit (sequence, at_ms, command, result) VALUES (1, 0, 'x', 'y')",
        "REPLACE INTO audit (sequence, at_ms, command, result) SELECT sequence, 0, 'x', 'y'"
        " FROM audit",
    };
    struct store *store = test_open(BACKEND_FILE);
    const struct audit_entry entry = {.command = "connection delete corp", .result = "refused"};
    must(store->ops->audit_append(store, &entry, &err), &err);
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        char *message = NULL;
        ck_assert_int_eq(sqlite3_exec(sqlite_of(store)->db, attempts[i], NULL, NULL, &message),
                         SQLITE_CONSTRAINT_TRIGGER);
        ck_assert_str_eq(message, "the audit log can only be appended to");
        sqlite3_free(message);
    }
    store->ops->close(store);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("disk");
    TCase *cases = tcase_create("disk");
    tcase_add_checked_fixture(cases, test_folder_make, tear_down);
    tcase_add_test(cases, files_are_private);
    tcase_add_test(cases, the_log_is_folded_in_when_there_is_time);
    tcase_add_test(cases, files_open_to_others_are_refused);
    tcase_add_test(cases, what_is_no_database_of_ours_is_refused);
    tcase_add_test(cases, damaged_pages_are_told);
    tcase_add_test(cases, crash_in_a_transaction_leaves_what_was_before);
    tcase_add_loop_test(cases, kill_loses_nothing_acknowledged, 0, 4);
    tcase_add_loop_test(cases, full_database_refuses_and_goes_on_when_there_is_room, 0, BACKENDS);
    tcase_add_test(cases, full_disk_fails_the_commit_and_nothing_else);
    tcase_add_test(cases, locked_database_is_told_after_a_while);
    tcase_add_test(cases, folder_that_cannot_be_written_is_told);
    tcase_add_test(cases, processes_do_not_overwrite_one_another);
    tcase_add_test(cases, child_of_a_fork_must_open_its_own);
    tcase_add_test(cases, audit_log_can_only_grow);
    suite_add_tcase(suite, cases);
    return tap_main(suite);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flexhost/fhtest.h: a host for tests. It runs one plugin alone, with the host's own code for
 * fields, calls and plans, in a world that a table makes up. Nothing is sent anywhere.
 *
 * Build with pkg-config: cc test.c $(pkg-config --cflags --libs flexhost-test). Texts that are
 * returned are the caller's to free(); JSON is compact, with members in a stable order, so that a
 * test may compare it with a file. NULL is returned only without memory.
 */
#ifndef FLEXHOST_FHTEST_H
#define FLEXHOST_FHTEST_H

#include <flexhost/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

struct fhtest;

/* The plugin of a file, or the one whose entry is linked into the test. NULL when it would be
 * refused, with the reason in *why (unless why is NULL): the same that a host gives. since 1.0 */
struct fhtest *fhtest_open(const char *file, char **why);
struct fhtest *fhtest_new(const struct fh_plugin *(*entry)(void), char **why);
void fhtest_free(struct fhtest *test);

/* What a host holds against it: [{"severity","rule","message","mend"}]. since 1.0 */
char *fhtest_inspection(const struct fhtest *test);

/* The options of the INI section, as a JSON object of typed values; without this call the defaults.
 * Returns 0, or -1 with the reason in *why. since 1.0 */
int fhtest_options(struct fhtest *test, const char *json, char **why);

/* Answers, in the order in which they are looked for; '*' in a key stands for any text. A question
 * without an answer fails the call and says so. All since 1.0. */
void fhtest_arm(struct fhtest *test, const char *path, int status, const char *body);
/* As fhtest_arm, for one credential alone. */
void fhtest_arm_as(struct fhtest *test, const char *credential, const char *path, int status,
                   const char *body);
/* body as fh_dns_query() gives it: {"status":"NOERROR","answers":["10.0.0.4"]}. */
void fhtest_dns(struct fhtest *test, const char *server, const char *name, const char *body);
/* A URL with "#OFFSET" behind it answers what is read from there on, and no other range. */
void fhtest_http(struct fhtest *test, const char *url, int status, const char *body);
/* Of fh_arm_query() and fh_ntp_query(). since 1.1 */
void fhtest_query(struct fhtest *test, const char *path, int status, const char *body);
void fhtest_ntp(struct fhtest *test, const char *server, const char *body);
void fhtest_tcp(struct fhtest *test, const char *host, uint16_t port, const char *body);

/* clang-format off */
/*
 * The calls. request is a JSON object, as fh_request() describes it; what it leaves out is filled
 * in (an id, an installation, a subscription, the region westus3, a resource group, a time, the
 * operation: "create", "observe" or the verb's name; for an action the Windows machine PC-01). A
 * verb's own fields are {"verb":{"fields":{...}}}. A member that is given replaces the whole one
 * that would be filled in; null takes it away. A member that requests do not have is refused.
 * "fields" holds values as an operator types them; they are validated first. verb NULL: the
 * plugin's own.
 *
 *   check    {"findings":[{"severity":"pass|warning|fail","rule","field","message","mend"}],
 *             "claims":[{"cidr","owner"}],"details":[…],
 *             "document":{"name","text"},"learned":{NAME: value}}
 *   plan     {"steps":[…],"exports":{…}}; planned twice and compared, as a host does
 *   observe  {"status","label","message","details":[{"name","label","value"}],
 *             "due":{"verb","seconds"}}
 *
 * A question with a secret is asked with the value that the field was given.
 *
 * A field that is refused gives {"problems":[{"field","message"}]}, a call that fails
 * {"error":{"code":2,"field","message"}}, where code is the exit status of the host. since 1.0
 */
/* clang-format on */
char *fhtest_check(struct fhtest *test, const char *verb, const char *request);
char *fhtest_plan(struct fhtest *test, const char *verb, const char *request);
char *fhtest_observe(struct fhtest *test, const char *request);

/* What the last check or observe asked: ["arm /subscriptions/…","dns 10.0.0.4 www.example.com"].
 * since 1.0 */
char *fhtest_questions(const struct fhtest *test);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a Check suite and speaks TAP, so that automake counts every case. */
#ifndef FLEXHOST_TESTS_UNIT_TAP_MAIN_H
#define FLEXHOST_TESTS_UNIT_TAP_MAIN_H

#include <check.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define TAP_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TAP_SANITIZED 1
#endif
#endif

/* Takes the suite; returns what main() returns. */
static inline int tap_main(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
#ifdef TAP_SANITIZED
    /* A forked case leaves by _exit(), before the leak check has run. */
    srunner_set_fork_status(runner, CK_NOFORK);
#endif
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif

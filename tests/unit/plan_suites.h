/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the engine's tests, feature by feature. */
#ifndef FLEXHOST_TESTS_UNIT_PLAN_SUITES_H
#define FLEXHOST_TESTS_UNIT_PLAN_SUITES_H

/* Before Check, whose fail() is not ours. */
#include "plan_fixture.h"

#include <check.h>

TCase *plan_graph_case(void);
TCase *plan_binding_case(void);
TCase *plan_resume_case(void);
TCase *plan_failures_case(void);
TCase *plan_watch_case(void);
TCase *plan_undo_case(void);
TCase *plan_capacity_case(void);
TCase *plan_credentials_case(void);
TCase *plan_drift_case(void);
TCase *plan_copy_case(void);

#endif

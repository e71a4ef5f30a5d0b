/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of host/plan, feature by feature. */
#include "plan_suites.h"
#include "tap_main.h"

int main(void)
{
    Suite *suite = suite_create("plan");
    suite_add_tcase(suite, plan_graph_case());
    suite_add_tcase(suite, plan_binding_case());
    suite_add_tcase(suite, plan_resume_case());
    suite_add_tcase(suite, plan_failures_case());
    suite_add_tcase(suite, plan_watch_case());
    suite_add_tcase(suite, plan_undo_case());
    suite_add_tcase(suite, plan_capacity_case());
    suite_add_tcase(suite, plan_credentials_case());
    suite_add_tcase(suite, plan_drift_case());
    suite_add_tcase(suite, plan_copy_case());
    return tap_main(suite);
}

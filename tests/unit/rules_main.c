/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of host/rules. */
#include "rules_suites.h"
#include "tap_main.h"

int main(void)
{
    Suite *suite = suite_create("rules");
    suite_add_tcase(suite, rules_address_case());
    suite_add_tcase(suite, rules_key_case());
    suite_add_tcase(suite, rules_naming_case());
    suite_add_tcase(suite, rules_quota_case());
    suite_add_tcase(suite, rules_tables_case());
    suite_add_tcase(suite, rules_value_case());
    return tap_main(suite);
}

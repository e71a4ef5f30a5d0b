/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the rules' tests. */
#ifndef FLEXHOST_TESTS_UNIT_RULES_SUITES_H
#define FLEXHOST_TESTS_UNIT_RULES_SUITES_H

#include <check.h>

TCase *rules_address_case(void);
TCase *rules_key_case(void);
TCase *rules_naming_case(void);
TCase *rules_quota_case(void);
TCase *rules_tables_case(void);
TCase *rules_value_case(void);

#endif

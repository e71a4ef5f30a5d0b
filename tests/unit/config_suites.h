/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the configuration's tests, and what they share. */
#ifndef FLEXHOST_TESTS_UNIT_CONFIG_SUITES_H
#define FLEXHOST_TESTS_UNIT_CONFIG_SUITES_H

#include "config/config.h"

#include <check.h>

TCase *config_ini_case(void);
TCase *config_load_case(void);
TCase *config_samples_case(void);
TCase *config_secret_case(void);
TCase *config_locate_case(void);

/* All problems of a text, a line each; "" if there are none. The caller frees. */
char *config_problems(const char *text);
/* A folder of its own for a test, removed with what is in it by config_drop_folder(). */
char *config_make_folder(void);
void config_write(const char *folder, const char *file, const char *text, unsigned mode);
void config_drop_folder(char *folder);

#endif

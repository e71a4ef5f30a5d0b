/* SPDX-License-Identifier: Apache-2.0 */
/* Questions at a terminal. */
#ifndef FLEXHOST_FACE_PROMPT_H
#define FLEXHOST_FACE_PROMPT_H

#include "base/error.h"

#include <stdbool.h>

/* Whether somebody can be asked: standard input and standard error are terminals. */
bool prompt_possible(void);
/* "question [y/N] "; anything but y and yes is a no. false without asking when nobody can be. */
bool prompt_confirm(const char *question);
/* Asks twice, without echo. The caller wipes and frees *value. */
int prompt_secret(const char *name, char **value, struct error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets while they are in memory: made, and wiped. */
#ifndef FLEXHOST_COMMAND_SECRET_TEXT_H
#define FLEXHOST_COMMAND_SECRET_TEXT_H

#include "base/clock.h"

#include <jansson.h>
#include <stddef.h>

enum { SECRET_PASSWORD_SIZE = 33 };

/* 32 characters that meet Azure's rules for a machine's administrator: upper, lower, digit and
 * mark. */
void secret_password(struct clock *clock, char password[SECRET_PASSWORD_SIZE]);
void secret_text_wipe(char *text, size_t size);
/* {NAME: value}: wipes every value where Jansson keeps it, then drops the object. */
void secrets_json_wipe(json_t *secrets);

#endif

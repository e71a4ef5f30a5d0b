/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets stand in files, in the environment or with systemd; the INI only says where. */
#ifndef FLEXHOST_CONFIG_SECRET_REFERENCE_H
#define FLEXHOST_CONFIG_SECRET_REFERENCE_H

#include "base/error.h"

#include <stddef.h>

/* "file:PATH" (refused when others can read it), "env:NAME", "credential:NAME" (the file NAME in
 * $CREDENTIALS_DIRECTORY). *value is NUL-terminated, without the newline at its end; wipe it with
 * secret_free() as soon as it is used. */
int secret_resolve(const char *reference, char **value, size_t *length, struct error *err);
void secret_free(char *value, size_t length);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Secret fields get their value from a file, the environment or a prompt. */
#ifndef FLEXHOST_FACE_SECRETS_H
#define FLEXHOST_FACE_SECRETS_H

#include "base/error.h"
#include "face/arguments.h"

/* Puts the values into arguments->raw. A required secret that was given no source is asked for at
 * a terminal. */
int secrets_collect(struct arguments *arguments, struct error *err);
/* Overwrites them there. */
void secrets_wipe(struct arguments *arguments);

#endif

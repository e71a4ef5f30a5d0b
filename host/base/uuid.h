/* SPDX-License-Identifier: Apache-2.0 */
/* UUIDs (RFC 9562): ids that sort by the time they were made, and ids that are derived. */
#ifndef FLEXHOST_BASE_UUID_H
#define FLEXHOST_BASE_UUID_H

#include "base/clock.h"

#include <stdbool.h>

enum { UUID_TEXT = 37 };

void uuid_v7(struct clock *clock, char text[UUID_TEXT]);
/* A version 8 UUID of the seed's digest: the same seed, the same id. -1 when the library fails. */
int uuid_derive(const char *seed, char text[UUID_TEXT]);
/* Any version, 8-4-4-4-12 hexadecimal digits. */
bool uuid_is_valid(const char *text);

#endif

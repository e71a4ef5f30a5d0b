/* SPDX-License-Identifier: Apache-2.0 */
/* A small command table and two plugins, for tests of the face alone. */
#ifndef FLEXHOST_TESTS_UNIT_FACE_TABLE_H
#define FLEXHOST_TESTS_UNIT_FACE_TABLE_H

#include "face/rows.h"

extern const struct rows fake_rows;
extern const struct plugin_source fake_plugins; /* serves "mesh", refuses "broken" */

#endif

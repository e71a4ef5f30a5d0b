/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of conf/, compiled in: an installation works before anybody has copied a file. */
#ifndef FLEXHOST_CONFIG_BUILTIN_H
#define FLEXHOST_CONFIG_BUILTIN_H

extern const char builtin_regions[];
extern const char builtin_sizes[];
extern const char builtin_personas[];
extern const char builtin_images[];

#endif

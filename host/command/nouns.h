/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of each noun; table.c joins them. */
#ifndef FLEXHOST_COMMAND_NOUNS_H
#define FLEXHOST_COMMAND_NOUNS_H

#include "command/command.h"

struct noun {
    const char *name;
    const char *summary;
    const struct command *commands;
    size_t count;
};

struct noun noun_action(void);
struct noun noun_catalog(void);
struct noun noun_config(void);
struct noun noun_connection(void);
struct noun noun_connection_check(void);
struct noun noun_connection_edit(void);
struct noun noun_connection_range(void);
struct noun noun_connection_route(void);
struct noun noun_credential(void);
struct noun noun_doctor(void);
struct noun noun_image(void);
struct noun noun_image_browse(void);
struct noun noun_image_edit(void);
struct noun noun_limit(void);
struct noun noun_key(void);
struct noun noun_machine(void);
struct noun noun_operation(void);
struct noun noun_plugin(void);
struct noun noun_region(void);
struct noun noun_subscription(void);

#endif

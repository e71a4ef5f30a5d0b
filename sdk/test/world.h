/* SPDX-License-Identifier: Apache-2.0 */
/* The made-up world of a test: answers by key. */
#ifndef FLEXHOST_SDK_TEST_WORLD_H
#define FLEXHOST_SDK_TEST_WORLD_H

#include "plugin/call.h"

#include <jansson.h>

struct answer {
    char *key; /* "arm CREDENTIAL PATH", "dns SERVER NAME"; '*' stands for any text */
    int status;
    char *body;
};

/* Zero-initialise. */
struct world {
    struct answer *answers;
    size_t count;
    json_t *questions;
};

/* Takes the key. */
void world_add(struct world *world, char *key, int status, const char *body);
void world_clear(struct world *world);
/* Forgets what was asked before. */
void world_listen(struct world *world);
/* The services that ask this world. */
struct plugin_services world_services(struct world *world);

#endif

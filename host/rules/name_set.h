/* SPDX-License-Identifier: Apache-2.0 */
/* A set of names without regard to case: which machine names are taken. */
#ifndef FLEXHOST_RULES_NAME_SET_H
#define FLEXHOST_RULES_NAME_SET_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise. Holds copies. */
struct name_set {
    char **slots;
    size_t room; /* a power of two */
    size_t count;
};

/* 1 if added, 0 if it was there, -1 without memory. */
int name_set_add(struct name_set *set, const char *name);
bool name_set_has(const struct name_set *set, const char *name);
/* For naming_request.taken: `data` is a struct name_set. */
bool name_set_taken(void *data, const char *name);
void name_set_free(struct name_set *set);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* flexhost: the command line is one of its faces. */
#include "face/cli.h"

#include <sys/prctl.h>
#include <sys/resource.h>

/* Secrets are in memory while they are used: neither a core nor another process of the same user
 * may show them. The limit alone would not hold back a program that cores are piped to. */
static void keep_memory_private(void)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__) /* whose search for leaks looks into the process from outside   \
                                    */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

int main(int argc, char **argv)
{
    keep_memory_private();
    return cli_main(argc, argv);
}

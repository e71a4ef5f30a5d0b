/* SPDX-License-Identifier: Apache-2.0 */
/* flexhost: the command line is one of its faces. */
#include "face/cli.h"

int main(int argc, char **argv)
{
    return cli_main(argc, argv);
}

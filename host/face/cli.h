/* SPDX-License-Identifier: Apache-2.0 */
/* The command line. */
#ifndef FLEXHOST_FACE_CLI_H
#define FLEXHOST_FACE_CLI_H

/* Returns the exit status. */
int cli_main(int argc, char **argv);

#endif

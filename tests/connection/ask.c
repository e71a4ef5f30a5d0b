/* SPDX-License-Identifier: Apache-2.0 */
/* ask PLUGIN.so check|plan|observe [VERB] <REQUEST: what a plugin answers, for tests in shell. */
#include <flexhost/fhtest.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    static char request[1 << 16];
    char *why = NULL;
    const char *verb = argc > 3 ? argv[3] : NULL;
    if (argc < 3) {
        fprintf(stderr, "usage: %s PLUGIN.so check|plan|observe [VERB] <REQUEST\n", argv[0]);
        return 2;
    }
    struct fhtest *test = fhtest_open(argv[1], &why);
    if (!test) {
        fprintf(stderr, "%s: %s\n", argv[1], why);
        free(why);
        return 1;
    }
    request[fread(request, 1, sizeof request - 1, stdin)] = '\0';
    char *answer = strcmp(argv[2], "plan") == 0      ? fhtest_plan(test, verb, request)
                   : strcmp(argv[2], "observe") == 0 ? fhtest_observe(test, request)
                                                     : fhtest_check(test, verb, request);
    puts(answer ? answer : "null");
    free(answer);
    fhtest_free(test);
    return 0;
}

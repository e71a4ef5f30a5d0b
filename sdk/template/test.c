/* SPDX-License-Identifier: Apache-2.0 */
/* Tests the plugin without Azure and without a host: requests in, findings and plans out. */
#include <flexhost/fhtest.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failed;

/* `got` is freed. */
static void expect(const char *what, char *got, const char *words)
{
    int good = got && strstr(got, words);
    printf("%s: %s\n", good ? "ok" : "FAILED", what);
    if (!good)
        printf("  wanted %s\n  in     %s\n", words, got ? got : "nothing");
    failed += !good;
    free(got);
}

int main(int argc, char **argv)
{
    char *why = NULL;
    struct fhtest *test = argc == 2 ? fhtest_open(argv[1], &why) : NULL;
    if (!test) {
        fprintf(stderr, "usage: test PLUGIN.so (%s)\n", why ? why : "no plugin given");
        free(why);
        return EXIT_FAILURE;
    }
    static const char request[] =
        "{\"fields\":{\"address-range\":\"10.20.0.0/24\",\"dns-server\":[\"10.0.0.4\"]}}";
    expect("plans a network", fhtest_plan(test, NULL, request),
           "\"addressPrefixes\":[\"10.20.0.0/24\"]");
    expect("exports the subnet", fhtest_plan(test, NULL, request),
           "\"subnetId\":\"${network.subnet}\"");
    expect("refuses a missing range", fhtest_plan(test, NULL, "{}"), "--address-range");
    expect("refuses a small range",
           fhtest_plan(test, NULL, "{\"fields\":{\"address-range\":\"10.20.0.0/28\"}}"),
           "\"problems\"");
    fhtest_dns(test, "10.0.0.4", "example.com", "{\"status\":\"NXDOMAIN\",\"answers\":[]}");
    expect("tells of a DNS server that does not know", fhtest_check(test, NULL, request),
           "10.0.0.4 does not resolve example.com: NXDOMAIN");
    expect("is ready", fhtest_observe(test, request), "Ready to use");
    fhtest_free(test);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

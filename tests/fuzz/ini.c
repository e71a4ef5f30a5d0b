/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a configuration: no crash, and a failure always says why. */
#include "config/config.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = ERROR_INIT;
    struct config *config;
    char *text = fuzz_text(data, size);
    int result = config_load_text("fuzz.ini", text, size, &config, &err);
    free(text);
    fuzz_require(config != NULL, "a text gives a configuration");
    fuzz_require((result == 0) == (config->problems.count == 0), "a failure has a problem");
    fuzz_require((result == 0) == (err.code == ERROR_NONE), "a failure has an error");
    for (size_t i = 0; i < config->problems.count; i++)
        fuzz_require(ini_problem_text(&config->problems.items[i], &config->arena) != NULL,
                     "a problem has a text");
    if (result == 0)
        for (size_t i = 0; i < config->subscription_count; i++)
            fuzz_require(config_credential(config, config->subscriptions[i].credential) != NULL,
                         "a subscription's credential is there");
    config_free(config);
    error_clear(&err);
    return 0;
}

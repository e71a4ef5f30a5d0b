/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: whether everything is in place, with the mend for what is not. */
#include "command/nouns.h"
#include "command/subscription.h"
#include "command/subscription_use.h"
#include "command/text_at.h"

#include <stdlib.h>
#include <string.h>

struct examination {
    json_t *findings;
    int failed;
};

static void found(struct examination *examination, const char *check, const char *result,
                  const char *message, const char *mend)
{
    examination->failed += strcmp(result, "fail") == 0;
    json_array_append_new(examination->findings,
                          json_pack("{s:s, s:s, s:s, s:s*}", "check", check, "result", result,
                                    "message", message, "mend", mend));
}

static void check_plugins(struct context *context, struct examination *examination)
{
    struct error err = ERROR_INIT;
    struct registry *registry = context_registry(context, &err);
    if (!registry)
        found(examination, "plugins", "fail", error_text(&err), NULL);
    for (size_t i = 0; registry && i < registry_count(registry); i++) {
        const struct plugin *plugin = registry_at(registry, i);
        char name[160];
        snprintf(name, sizeof name, "plugin %s/%s", plugin->kind, plugin->name);
        if (plugin->enabled && plugin->refusal)
            found(examination, name, "fail", plugin->refusal,
                  "flexhost plugin check FILE tells more");
        else if (plugin->enabled)
            found(examination, name, "pass", plugin->entry.version, NULL);
    }
    error_clear(&err);
}

/* Why no answer came, and where to look. */
static void no_answer(struct context *context, struct examination *examination, const char *name,
                      const struct subscription_config *subscription, const struct error *err)
{
    const struct config *config = context_config(context, NULL);
    const struct credential_config *credential =
        config ? config_credential(config, subscription->credential) : NULL;
    bool sign_in = err->code == ERROR_USAGE || err->code == ERROR_CREDENTIALS;
    char mend[400];
    if (credential && sign_in)
        snprintf(mend, sizeof mend,
                 "mend [credential \"%s\"] (%s): `flexhost config check` reads its secret",
                 credential->name, credential->source);
    else
        snprintf(mend, sizeof mend,
                 "see whether this machine reaches Azure, and [azure] of the INI file");
    found(examination, name, "fail", error_text(err), mend);
}

/* One read a subscription: signs in, and shows that the role is there. */
static void check_subscription(struct context *context, struct examination *examination,
                               const struct subscription_config *subscription)
{
    struct error err = ERROR_INIT;
    char name[160], path[80], said[240];
    snprintf(name, sizeof name, "subscription %s", subscription->name);
    snprintf(path, sizeof path, "/subscriptions/%s", subscription->id);
    const struct plugin_services *services = context_services(context, &err);
    int status = 0;
    char *answer = services ? services->arm_get(services->context, subscription->credential, path,
                                                "2022-12-01", &status, &err)
                            : NULL;
    snprintf(said, sizeof said, "Azure answers %d to the credential \"%s\"", status,
             subscription->credential);
    if (!answer)
        no_answer(context, examination, name, subscription, &err);
    else if (status == 200)
        found(examination, name, "pass", said, NULL);
    else
        found(examination, name, "fail", said,
              "check the id, and that the principal has the role Contributor on the subscription");
    free(answer);
    error_clear(&err);
}

/* One that is needed and no longer configured: what stands in it cannot be changed. */
static void check_missing(struct context *context, struct examination *examination)
{
    struct store *store = context_store(context, NULL);
    json_t *used = store ? subscriptions_used(store, NULL) : NULL;
    const char *name;
    json_t *subscription;
    json_object_foreach(used, name, subscription)
    {
        struct error err = ERROR_INIT;
        char check[160];
        snprintf(check, sizeof check, "subscription %s", name);
        if (subscription_check(context, subscription, &err) < 0)
            found(examination, check, "fail", error_text(&err),
                  "put it back, or delete what stands in it");
        error_clear(&err);
    }
    json_decref(used);
}

static void check_subscriptions(struct context *context, struct examination *examination)
{
    json_t *list = subscription_list(context, NULL);
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        struct subscription_config subscription = {.name = text_at(item, "name"),
                                                   .id = text_at(item, "id"),
                                                   .credential = text_at(item, "credential")};
        check_subscription(context, examination, &subscription);
    }
    json_decref(list);
    check_missing(context, examination);
}

static void check_store(struct context *context, struct examination *examination)
{
    struct error err = ERROR_INIT;
    struct store *store = context_store(context, &err);
    if (store)
        found(examination, "state", "pass", context_state_folder(context, NULL), NULL);
    else
        found(examination, "state", "fail", error_text(&err), NULL);
    error_clear(&err);
}

static int run(struct context *context, const struct command_input *input,
               struct command_output *output, struct error *err)
{
    const struct config *config = context_config(context, err);
    if (!config)
        return -1;
    struct examination examination = {.findings = json_array()};
    output->result = examination.findings;
    found(&examination, "configuration", "pass", config->path, NULL);
    check_store(context, &examination);
    check_plugins(context, &examination);
    check_subscriptions(context, &examination);
    if (!examination.failed)
        return 0;
    return error_set(err, ERROR_FAILED, NULL, "%d of %zu checks failed", examination.failed,
                     json_array_size(examination.findings));
}

static const struct column columns[] = {
    {"result", "RESULT"}, {"check", "CHECK"}, {"message", "MESSAGE"}, {"mend", "MEND"}};
static const struct command commands[] = {
    {.noun = "doctor",
     .verb = "",
     .summary =
         "Check configuration, state, plugins and sign-in, and say how to mend what is wrong",
     .permission = "doctor/read",
     .columns = columns,
     .column_count = 4,
     .example = "flexhost doctor",
     .run = run},
};

struct noun noun_doctor(void)
{
    return (struct noun){"doctor", "Whether everything is in place", commands,
                         sizeof commands / sizeof *commands};
}

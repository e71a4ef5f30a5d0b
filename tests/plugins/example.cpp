/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin in C++17, written as sdk/README.md says. */
#include <flexhost/plugin.h>

#include <exception>
#include <map>
#include <string>

static const struct fh_field *fields()
{
    static const struct fh_field field = [] {
        struct fh_field f{};
        f.name = "address-range";
        f.type = "cidr";
        f.help = "range of the machines";
        f.flags = FH_FIELD_REQUIRED | FH_FIELD_OCCUPIES;
        return f;
    }();
    return &field;
}

static int32_t plan(struct fh_call *call)
try {
    std::map<std::string, std::string> ids; /* something that brings weak symbols with it */
    ids["subscription"] = fh_value(call, "/subscription/id");
    const std::string path = "/subscriptions/" + ids.at("subscription") + "/resourceGroups/" +
                             fh_value(call, "/resourceGroup");
    struct fh_step step{};
    step.struct_size = sizeof step;
    step.flags = FH_STEP_TAGS;
    step.key = "Group"; /* capitals, to be referred to below */
    step.path = path.c_str();
    step.api_version = "2024-07-01";
    step.body = fh_printf(call, "{\"location\":\"%s\"}", fh_value(call, "/region"));
    struct fh_output output{};
    output.name = "id";
    output.pointer = "/id";
    step.outputs = &output;
    step.output_count = 1;
    step.output_size = sizeof output;
    const int32_t result = fh_step(call, &step);
    return result == FH_OK ? fh_export(call, "groupId", "${Group.id}") : result;
} catch (const std::exception &e) {
    return fh_fail(call, FH_EFAILED, nullptr, "%s", e.what());
}

const struct fh_plugin *fh_plugin_entry(void)
{
    static const struct fh_plugin plugin = [] {
        struct fh_plugin p = fh_plugin_head();
        p.kind = "connection";
        p.name = "cpp";
        p.version = "1";
        p.summary = "Written in C++";
        p.field_size = sizeof(struct fh_field);
        p.fields = fields();
        p.field_count = 1;
        p.plan = plan;
        return p;
    }();
    return &plugin;
}

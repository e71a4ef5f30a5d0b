/* SPDX-License-Identifier: Apache-2.0 */
/* Counting the addresses that a connection has left for machines. */
#include "command/catalog_subnet.h"

#include "command/text_at.h"
#include "rules/address.h"

#include <string.h>
#include <strings.h>

struct counting {
    const char *connection;
    const char *subnet;
    int64_t machines;
};

/* What a catalog has asked for counts, also before Azure has given it. */
static bool count_machines(void *context, const struct record *record)
{
    struct counting *counting = context;
    json_t *data = json_loads(record->data, 0, NULL);
    const char *connection = text_at(data, "connection");
    const char *subnet = text_at(json_object_get(data, "internal"), "subnetId");
    if (connection && subnet && strcasecmp(connection, counting->connection) == 0 &&
        strcasecmp(subnet, counting->subnet) == 0)
        counting->machines += json_integer_value(json_object_get(data, "machines"));
    json_decref(data);
    return true;
}

static const json_t *subnets_of(const struct subject *connection)
{
    return json_object_get(json_object_get(connection->data, "exports"), "subnets");
}

/* What is left in a subnet; INT64_MAX when its range is not known. -1 with err set. */
static int64_t left_in(struct store *store, const struct subject *connection, const json_t *subnet,
                       struct error *err)
{
    struct counting counting = {.connection = connection->record.name,
                                .subnet = text_at(subnet, "id")};
    struct record_filter catalogs = {.kind = "catalog"};
    struct cidr range;
    const char *text = text_at(subnet, "addressRange");
    if (!counting.subnet || !text || cidr_parse(NULL, text, &range, NULL) < 0)
        return INT64_MAX;
    if (store->ops->record_each(store, &catalogs, count_machines, &counting, err) < 0)
        return -1;
    int64_t left = (int64_t)cidr_for_machines(range) - counting.machines;
    return left > 0 ? left : 0;
}

static int refuse(const struct subject *connection, int64_t machines, int64_t most,
                  struct error *err)
{
    return error_set(err, ERROR_USAGE, "--users",
                     "--users: %lld machines are needed, and no range of the connection \"%s\" has "
                     "more than %lld addresses left: add a range (`flexhost connection range add "
                     "%s`) where its type can, or use another connection",
                     (long long)machines, connection->record.name, (long long)most,
                     connection->record.name);
}

const char *catalog_choose_subnet(struct store *store, const struct subject *connection,
                                  int64_t machines, struct error *err)
{
    const json_t *exports = json_object_get(connection->data, "exports");
    int64_t most = 0;
    size_t i;
    json_t *subnet;
    if (json_array_size(subnets_of(connection)) == 0)
        return text_at(exports, "subnetId");
    json_array_foreach((json_t *)subnets_of(connection), i, subnet)
    {
        if (!text_at(subnet, "id"))
            continue;
        int64_t left = left_in(store, connection, subnet, err);
        if (left < 0)
            return NULL;
        if (left >= machines)
            return text_at(subnet, "id");
        most = left > most ? left : most;
    }
    refuse(connection, machines, most, err);
    return NULL;
}

int catalog_check_subnet(struct store *store, const struct subject *connection, const char *subnet,
                         int64_t machines, struct error *err)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)subnets_of(connection), i, one)
    {
        const char *id = text_at(one, "id");
        if (!id || !subnet || strcasecmp(id, subnet) != 0)
            continue;
        int64_t left = left_in(store, connection, one, err);
        return left < 0 ? -1 : left < machines ? refuse(connection, machines, left, err) : 0;
    }
    return 0;
}

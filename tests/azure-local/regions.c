/* SPDX-License-Identifier: Apache-2.0 */
/* The regions and the machine sizes that there are. */
#include "text.h"
#include "world.h"

#include <string.h>

static const struct region regions[] = {
    {"centralus", "Central US", "United States", "eastus2", true},
    {"eastus", "East US", "United States", "westus", true},
    {"eastus2", "East US 2", "United States", "centralus", true},
    {"northcentralus", "North Central US", "United States", "southcentralus", false},
    {"southcentralus", "South Central US", "United States", "northcentralus", true},
    {"westus", "West US", "United States", "eastus", false},
    {"westus2", "West US 2", "United States", "westcentralus", true},
    {"westus3", "West US 3", "United States", "eastus", true},
    {"brazilsouth", "Brazil South", "Brazil", "southcentralus", true},
    {"germanywestcentral", "Germany West Central", "Germany", "germanynorth", true},
    {"italynorth", "Italy North", "Italy", "", true},
    {"northeurope", "North Europe", "Europe", "westeurope", true},
    {"swedencentral", "Sweden Central", "Sweden", "swedensouth", true},
    {"uksouth", "UK South", "United Kingdom", "ukwest", true},
    {"westeurope", "West Europe", "Europe", "northeurope", true},
    {"centralindia", "Central India", "India", "southindia", true},
    {"japaneast", "Japan East", "Japan", "japanwest", true},
    {"southeastasia", "Southeast Asia", "Asia Pacific", "eastasia", true},
    {"australiaeast", "Australia East", "Australia", "australiasoutheast", true},
};

static const struct size sizes[] = {
    {"Standard_B2s", "standardBSFamily", 2, 4, 4, true, true},
    {"Standard_B2ms", "standardBSFamily", 2, 8, 4, true, true},
    {"Standard_B4ms", "standardBSFamily", 4, 16, 8, true, true},
    {"Standard_D2s_v3", "standardDSv3Family", 2, 8, 4, true, true},
    {"Standard_D4s_v3", "standardDSv3Family", 4, 16, 8, true, true},
    {"Standard_D8s_v3", "standardDSv3Family", 8, 32, 16, true, true},
    {"Standard_D2s_v4", "standardDSv4Family", 2, 8, 4, true, true},
    {"Standard_D4s_v4", "standardDSv4Family", 4, 16, 8, true, true},
    {"Standard_D2s_v5", "standardDSv5Family", 2, 8, 4, true, true},
    {"Standard_D4s_v5", "standardDSv5Family", 4, 16, 8, true, true},
    {"Standard_D8s_v5", "standardDSv5Family", 8, 32, 16, true, true},
    {"Standard_D16s_v5", "standardDSv5Family", 16, 64, 32, true, true},
    {"Standard_D2as_v5", "standardDASv5Family", 2, 8, 4, true, true},
    {"Standard_D4as_v5", "standardDASv5Family", 4, 16, 8, true, true},
    {"Standard_D8as_v5", "standardDASv5Family", 8, 32, 16, true, true},
    {"Standard_D16as_v5", "standardDASv5Family", 16, 64, 32, true, true},
    {"Standard_D2ads_v5", "standardDADSv5Family", 2, 8, 4, true, true},
    {"Standard_D4ads_v5", "standardDADSv5Family", 4, 16, 8, true, true},
    {"Standard_D8ads_v5", "standardDADSv5Family", 8, 32, 16, true, true},
    {"Standard_D2ds_v5", "standardDDSv5Family", 2, 8, 4, true, true},
    {"Standard_D4ds_v5", "standardDDSv5Family", 4, 16, 8, true, true},
    {"Standard_D8ds_v5", "standardDDSv5Family", 8, 32, 16, true, true},
    {"Standard_D2s_v6", "standardDSv6Family", 2, 8, 8, true, false},
    {"Standard_D4s_v6", "standardDSv6Family", 4, 16, 12, true, false},
    {"Standard_E2s_v5", "standardESv5Family", 2, 16, 4, true, true},
    {"Standard_E4s_v5", "standardESv5Family", 4, 32, 8, true, true},
    {"Standard_E8s_v5", "standardESv5Family", 8, 64, 16, true, true},
    {"Standard_E4as_v5", "standardEASv5Family", 4, 32, 8, true, true},
    {"Standard_E8as_v5", "standardEASv5Family", 8, 64, 16, true, true},
    {"Standard_F2s_v2", "standardFSv2Family", 2, 4, 4, true, true},
    {"Standard_F4s_v2", "standardFSv2Family", 4, 8, 8, true, true},
    {"Standard_F8s_v2", "standardFSv2Family", 8, 16, 16, true, true},
    {"Standard_DS1_v2", "standardDSv2Family", 1, 3, 4, true, true},
    {"Standard_DS2_v2", "standardDSv2Family", 2, 7, 8, true, true},
    {"Standard_DS3_v2", "standardDSv2Family", 4, 14, 16, true, true},
    {"Standard_NV4as_v4", "standardNVSv4Family", 4, 14, 8, true, true},
    {"Standard_NV6ads_A10_v5", "standardNVADSA10v5Family", 6, 55, 4, true, true},
    {"Standard_NV12ads_A10_v5", "standardNVADSA10v5Family", 12, 110, 8, true, true},
};

/* "East US" is as good as "eastus". */
static bool same_place(const char *given, const char *name)
{
    for (; *given; given++) {
        if (*given == ' ')
            continue;
        if ((*given | 0x20) != *name && *given != *name)
            return false;
        name++;
    }
    return !*name;
}

const struct region *region_at(size_t index)
{
    return index < sizeof regions / sizeof *regions ? &regions[index] : NULL;
}

const struct region *region_find(const char *name)
{
    for (size_t i = 0; name && i < sizeof regions / sizeof *regions; i++)
        if (same_place(name, regions[i].name))
            return &regions[i];
    return NULL;
}

const char *region_names(void)
{
    return "centralus,eastus,eastus2,northcentralus,southcentralus,westus,westus2,westus3,"
           "brazilsouth,germanywestcentral,italynorth,northeurope,swedencentral,uksouth,westeurope,"
           "centralindia,japaneast,southeastasia,australiaeast";
}

const struct size *size_at(size_t index)
{
    return index < sizeof sizes / sizeof *sizes ? &sizes[index] : NULL;
}

const struct size *size_find(const char *name)
{
    for (size_t i = 0; name && i < sizeof sizes / sizeof *sizes; i++)
        if (same_text(name, sizes[i].name))
            return &sizes[i];
    return NULL;
}

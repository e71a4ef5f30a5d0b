// SPDX-License-Identifier: Apache-2.0
// Microsoft's clients, set up for azure-local: what the tests share.
import { ClientSecretCredential } from '@azure/identity';
import { ComputeManagementClient } from '@azure/arm-compute';
import { NetworkManagementClient } from '@azure/arm-network';
import { ResourceManagementClient } from '@azure/arm-resources';

export const base = process.env.AZURE_LOCAL;
export const tenant = '11111111-1111-4111-8111-111111111111';
export const managed = '22222222-2222-4222-8222-222222222222';
export const customer = '33333333-3333-4333-8333-333333333333';
export const application = '44444444-4444-4444-8444-444444444444';
export const location = 'eastus';

export const soon = { updateIntervalInMs: 20 };

// The versions of Microsoft's OpenAPI documents that the record is held against, instead of the client's own.
const documented = [['Microsoft.KeyVault', '2023-07-01'], ['Microsoft.Storage', '2023-05-01'],
  ['Microsoft.Authorization', '2022-04-01'], ['Microsoft.Compute/skus', '2021-07-01'],
  ['/snapshots', '2024-03-02'], ['/diskEncryptionSets', '2024-03-02'], ['/galleries', '2023-07-03'], ['/disks', '2024-03-02'], ['Microsoft.Compute', '2024-07-01'],
  ['Microsoft.Network', '2024-01-01'], ['', '2024-07-01']];
const asDocumented = {
  name: 'asDocumented',
  sendRequest(request, next) {
    const url = new URL(request.url);
    url.searchParams.set('api-version', documented.find(([part]) => url.pathname.includes(part))[1]);
    request.url = url.href;
    return next(request);
  },
};
export const options = {
  endpoint: base,
  credentials: { scopes: ['https://management.azure.com/.default'] },
  additionalPolicies: process.env.AS_DOCUMENTED ? [{ policy: asDocumented, position: 'perCall' }] : [],
};

const secret = (client, value) =>
  new ClientSecretCredential(tenant, client, value, { authorityHost: base, disableInstanceDiscovery: true });
export const credential = secret(application, 'local-managed-secret');

export const compute = new ComputeManagementClient(credential, managed, options);
export const network = new NetworkManagementClient(credential, managed, options);
export const resources = new ResourceManagementClient(credential, managed, options);
// Who looks after the customer's hubs.
export const hubs = new NetworkManagementClient(
  secret('aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', 'local-hub-secret'), customer, options);

// Who grants roles.
const security = secret('cccccccc-cccc-4ccc-8ccc-cccccccccccc', 'local-security-secret');
export const securityToken = async () => (await security.getToken('https://management.azure.com/.default')).token;
// For what has no client here.
export const token = async (scope = 'https://management.azure.com/.default') => (await credential.getToken(scope)).token;
export const advance = seconds => fetch(`${base}/_local/clock`,
  { method: 'POST', body: JSON.stringify({ advance: seconds }), headers: { 'content-type': 'application/json' } });

export const all = async pages => { const list = []; for await (const one of pages) list.push(one); return list; };

// SPDX-License-Identifier: Apache-2.0
// Makes a storage account in azure-local and prints where and what its key is, for a shell to read.
import { base, managed, location, token, advance } from './azure.mjs';

const account = 'clientblobs';
const group = `${base}/subscriptions/${managed}/resourceGroups/blob-client`;
const at = `${group}/providers/Microsoft.Storage/storageAccounts/${account}`;
const ask = async (method, url, version, body) => {
  const answer = await fetch(`${url}?api-version=${version}`, { method, body: body && JSON.stringify(body),
    headers: { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' } });
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
  return answer.status === 202 ? undefined : answer.json();
};

await ask('PUT', group, '2024-07-01', { location });
await ask('PUT', at, '2023-05-01', { location, kind: 'StorageV2', sku: { name: 'Standard_LRS' } });
await advance(60);
const { keys } = await ask('POST', `${at}/listKeys`, '2023-05-01');
console.log(`BLOB_URL=${base}/_blob/${account} BLOB_ACCOUNT=${account} BLOB_KEY=${keys[0].value}`);

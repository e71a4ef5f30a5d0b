// SPDX-License-Identifier: Apache-2.0
// Microsoft's own clients against azure-local: what they accept, the real Azure would have said too.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { all, compute, location, network, resources, soon } from './azure.mjs';

const group = 'sdk-client';
const machines = 5; // more than a page

const machine = (name, subnet) => ({
  location,
  hardwareProfile: { vmSize: 'Standard_D2s_v5' },
  storageProfile: {
    imageReference: { publisher: 'Canonical', offer: '0001-com-ubuntu-server-jammy', sku: '22_04-lts-gen2', version: 'latest' },
    osDisk: { createOption: 'FromImage', deleteOption: 'Delete', managedDisk: { storageAccountType: 'StandardSSD_LRS' } },
  },
  osProfile: { computerName: name, adminUsername: 'operator', adminPassword: 'Not-a-real-1' },
  networkProfile: {
    networkApiVersion: '2020-11-01',
    networkInterfaceConfigurations: [{
      name: 'nic', primary: true, deleteOption: 'Delete',
      ipConfigurations: [{ name: 'ip', subnet: { id: subnet } }],
    }],
  },
});

let subnet;

before(async () => {
  await resources.resourceGroups.createOrUpdate(group, { location, tags: { purpose: 'test' } });
});

test('a network is created and read', async () => {
  const rules = await network.networkSecurityGroups.beginCreateOrUpdateAndWait(group, 'rules', {
    location,
    securityRules: [{ name: 'web', protocol: 'Tcp', access: 'Allow', direction: 'Inbound', priority: 100,
      sourcePortRange: '*', destinationPortRange: '443', sourceAddressPrefix: '*', destinationAddressPrefix: '*' }],
  }, soon);
  const created = await network.virtualNetworks.beginCreateOrUpdateAndWait(group, 'net', {
    location,
    addressSpace: { addressPrefixes: ['172.20.0.0/20'] },
    subnets: [{ name: 'machines', addressPrefix: '172.20.0.0/22', networkSecurityGroup: { id: rules.id } }],
  }, soon);
  assert.equal(created.provisioningState, 'Succeeded');
  subnet = (await network.subnets.get(group, 'net', 'machines')).id;
  assert.match(subnet, /\/subnets\/machines$/);
});

test('machines are created, and listed by page', async () => {
  const names = Array.from({ length: machines }, (_, i) => `vm-${i}`);
  const made = await Promise.all(names.map(name =>
    compute.virtualMachines.createOrUpdate(group, name, machine(name, subnet), soon)));
  assert.ok(made.every(one => one.provisioningState === 'Succeeded'));
  let pages = 0, found = [];
  for await (const page of compute.virtualMachines.list(group).byPage()) { pages++; found.push(...page); }
  assert.deepEqual(found.map(one => one.name).sort(), names);
  assert.ok(pages > 1, `${pages} page`);
  assert.equal((await all(network.networkInterfaces.list(group))).length, machines);
  assert.equal((await all(compute.disks.listByResourceGroup(group))).length, machines);
});

test('a machine is powered off, deallocated and started', async () => {
  const power = async () => (await compute.virtualMachines.instanceView(group, 'vm-0'))
    .statuses.find(one => one.code.startsWith('PowerState/')).code;
  assert.equal(await power(), 'PowerState/running');
  await compute.virtualMachines.powerOff(group, 'vm-0', soon);
  assert.equal(await power(), 'PowerState/stopped');
  await compute.virtualMachines.deallocate(group, 'vm-0', soon);
  assert.equal(await power(), 'PowerState/deallocated');
  await compute.virtualMachines.start(group, 'vm-0', soon);
  assert.equal(await power(), 'PowerState/running');
});

test('an error reaches the client as Azure words it', async () => {
  await assert.rejects(network.subnets.beginDeleteAndWait(group, 'net', 'machines', soon),
    error => error.statusCode === 400 && error.code === 'InUseSubnetCannotBeDeleted');
  await assert.rejects(compute.virtualMachines.get(group, 'nobody'),
    error => error.statusCode === 404 && error.code === 'ResourceNotFound');
});

test('everything is deleted', async () => {
  await compute.virtualMachines.delete(group, 'vm-0', soon);
  assert.equal((await all(network.networkInterfaces.list(group))).length, machines - 1);
  await resources.resourceGroups.beginDeleteAndWait(group, soon);
  await assert.rejects(resources.resourceGroups.get(group),
    error => error.statusCode === 404 && error.code === 'ResourceGroupNotFound');
});

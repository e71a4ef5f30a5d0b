// SPDX-License-Identifier: Apache-2.0
// Microsoft's clients against azure-local: ways out, a VPN, a virtual hub, and a person who signs in.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { DeviceCodeCredential } from '@azure/identity';
import { NetworkManagementClient } from '@azure/arm-network';
import { all, application, base, customer, hubs, location, managed, network, options, resources, soon, tenant }
  from './azure.mjs';

const group = 'sdk-vpn';
const wan = 'customer-wan';
const prefix = `/subscriptions/${managed}/resourceGroups/${group}/providers/Microsoft.Network`;
const ref = (type, name) => ({ id: `${prefix}/${type}/${name}` });

const control = async (method, path, body) => {
  const answer = await fetch(`${base}/_local/${path}`, { method, body: body && JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
};
// What takes Azure most of an hour: the clock goes on once the request was accepted.
const quick = async (operation, seconds) => {
  const watch = setInterval(() => control('POST', 'clock', { advance: seconds }), 200);
  try { return await operation; } finally { clearInterval(watch); }
};
const status = async () => (await network.virtualNetworkGatewayConnections.get(group, 'site')).connectionStatus;
const refusal = code => error => error.code === code;
const device = sharedKey => ({ address: '203.0.113.10', sharedKey, remote: 'any', networks: ['192.168.10.0/24'] });
const gateway = sku => ({
  location, gatewayType: 'Vpn', vpnType: 'RouteBased', vpnGatewayGeneration: 'Generation1', sku: { name: sku, tier: sku },
  ipConfigurations: [{ name: 'default', subnet: ref('virtualNetworks', 'net/subnets/GatewaySubnet'),
    publicIPAddress: ref('publicIPAddresses', 'vpn') }],
});

before(async () => {
  await resources.resourceGroups.createOrUpdate(group, { location });
  await network.virtualNetworks.beginCreateOrUpdateAndWait(group, 'net', {
    location, addressSpace: { addressPrefixes: ['172.24.0.0/16'] },
    subnets: [{ name: 'GatewaySubnet', addressPrefix: '172.24.255.0/27' }, { name: 'desks', addressPrefix: '172.24.0.0/24' }],
  }, soon);
  for (const name of ['out', 'vpn'])
    await network.publicIPAddresses.beginCreateOrUpdateAndWait(group, name,
      { location, sku: { name: 'Standard' }, publicIPAllocationMethod: 'Static' }, soon);
});

test('a NAT gateway is made, changed and used', async () => {
  const nat = { location, sku: { name: 'Standard' }, publicIpAddresses: [ref('publicIPAddresses', 'out')] };
  const made = await network.natGateways.beginCreateOrUpdateAndWait(group, 'out', nat, soon);
  assert.equal(made.idleTimeoutInMinutes, 4);
  const changed = await network.natGateways.beginCreateOrUpdateAndWait(group, 'out',
    { ...nat, idleTimeoutInMinutes: 120 }, soon);
  assert.equal(changed.idleTimeoutInMinutes, 120);
  await network.subnets.beginCreateOrUpdateAndWait(group, 'net', 'desks',
    { addressPrefix: '172.24.0.0/24', natGateway: ref('natGateways', 'out') }, soon);
  await assert.rejects(network.natGateways.beginDeleteAndWait(group, 'out', soon), refusal('InUseNatGatewayCannotBeDeleted'));
  await assert.rejects(network.publicIPAddresses.beginDeleteAndWait(group, 'out', soon),
    refusal('PublicIPAddressCannotBeDeleted'));
  const [one, two] = await all(network.publicIPAddresses.list(group));
  assert.match(one.ipAddress, /^198\.1[89]\./);
  assert.notEqual(one.ipAddress, two.ipAddress);
  assert.equal((await all(network.natGateways.listAll())).length, 1);
});

test('a VPN gateway is made and resized', async () => {
  await assert.rejects(network.virtualNetworkGateways.beginCreateOrUpdateAndWait(group, 'vpn', gateway('VpnGw1'), soon),
    refusal('NonAzSkusNotAllowedForVPNGateway'));
  const made = await quick(network.virtualNetworkGateways.beginCreateOrUpdateAndWait(group, 'vpn', gateway('VpnGw1AZ'), soon), 2700);
  assert.equal(made.provisioningState, 'Succeeded');
  assert.equal(made.bgpSettings.asn, 65515);
  const grown = await quick(network.virtualNetworkGateways.beginCreateOrUpdateAndWait(group, 'vpn', gateway('VpnGw2AZ'), soon), 900);
  assert.equal(grown.sku.name, 'VpnGw2AZ');
  assert.equal((await all(network.virtualNetworkGateways.list(group))).length, 1);
});

test('a tunnel is up when the device has what the connection says', async () => {
  await network.localNetworkGateways.beginCreateOrUpdateAndWait(group, 'site', {
    location, gatewayIpAddress: '203.0.113.10', localNetworkAddressSpace: { addressPrefixes: ['192.168.10.0/24'] } }, soon);
  const made = await network.virtualNetworkGatewayConnections.beginCreateOrUpdateAndWait(group, 'site', {
    location, connectionType: 'IPsec', connectionProtocol: 'IKEv2', sharedKey: 'first-key', enableBgp: false,
    // What is only referred to must have properties too, by the documents.
    virtualNetworkGateway1: { ...ref('virtualNetworkGateways', 'vpn'), gatewayType: 'Vpn' },
    localNetworkGateway2: { ...ref('localNetworkGateways', 'site'), gatewayIpAddress: '203.0.113.10' } }, soon);
  assert.equal(made.sharedKey, undefined);
  assert.equal(await status(), 'NotConnected');
  await control('POST', 'devices', device('first-key'));
  assert.equal(await status(), 'Connected');
  await network.virtualNetworkGatewayConnections.beginSetSharedKeyAndWait(group, 'site', { value: 'second-key' }, soon);
  assert.equal((await network.virtualNetworkGatewayConnections.getSharedKey(group, 'site')).value, 'second-key');
  assert.equal(await status(), 'NotConnected');
  await control('POST', 'devices', device('second-key'));
  assert.equal(await status(), 'Connected');
  assert.equal((await all(network.virtualNetworkGatewayConnections.list(group))).length, 1);
  assert.equal((await all(network.virtualNetworkGateways.listConnections(group, 'vpn'))).length, 1);
});

test('the owner of a device is told how to set it up', async () => {
  const ask = (vendor, deviceFamily, firmwareVersion) => network.virtualNetworkGateways.vpnDeviceConfigurationScript(
    group, 'site', { vendor, deviceFamily, firmwareVersion });
  const text = (await ask('Cisco', 'ISR', 'IOS 15.1')).body;
  const { ipAddress } = await network.publicIPAddresses.get(group, 'vpn');
  for (const part of [ipAddress, '203.0.113.10', '192.168.10.0/24', '172.24.0.0/16', '<PRE-SHARED-KEY>'])
    assert.ok(text.includes(part), `${part} in ${text}`);
  assert.ok(!text.includes('second-key'));
  await assert.rejects(ask('Acme', 'ISR', 'IOS 15.1'), refusal('VpnDeviceNotSupported'));
  assert.match((await network.virtualNetworkGateways.supportedVpnDevices(group, 'vpn')).body, /Juniper/);
});

test('a reset takes the tunnel down, and it comes back', async () => {
  const reset = network.virtualNetworkGateways.beginResetAndWait(group, 'vpn', soon);
  const states = new Set();
  let done = false;
  reset.finally(() => { done = true; }).catch(() => {});
  while (!done) {
    states.add(await status());
    await new Promise(resolve => { setTimeout(resolve, 50); });
  }
  await reset;
  assert.ok(states.has('Connecting'), [...states].join());
  await control('POST', 'clock', { advance: 60 });
  assert.equal(await status(), 'Connected');
});

test('a VPN goes from its connection to its gateway', async () => {
  await assert.rejects(network.localNetworkGateways.beginDeleteAndWait(group, 'site', soon),
    refusal('InUseLocalNetworkGatewayCannotBeDeleted'));
  await assert.rejects(network.virtualNetworkGateways.beginDeleteAndWait(group, 'vpn', soon),
    refusal('InUseVirtualNetworkGatewayCannotBeDeleted'));
  await network.virtualNetworkGatewayConnections.beginDeleteAndWait(group, 'site', soon);
  await network.localNetworkGateways.beginDeleteAndWait(group, 'site', soon);
  await quick(network.virtualNetworkGateways.beginDeleteAndWait(group, 'vpn', soon), 1200);
});

test('a network is connected to a hub', async () => {
  assert.ok((await all(hubs.virtualHubs.listByResourceGroup(wan))).some(one => one.name === 'corp-hub'));
  assert.ok((await all(hubs.virtualWans.listByResourceGroup(wan))).some(one => one.typePropertiesType === 'Basic'));
  const net = { remoteVirtualNetwork: ref('virtualNetworks', 'net'), enableInternetSecurity: true };
  await assert.rejects(hubs.hubVirtualNetworkConnections.beginCreateOrUpdateAndWait(wan, 'basic-hub', group, net, soon),
    refusal('VnetConnectionNotSupportedForBasicVirtualHub'));
  const made = await quick(hubs.hubVirtualNetworkConnections.beginCreateOrUpdateAndWait(wan, 'corp-hub', group, net, soon), 180);
  assert.equal(made.provisioningState, 'Succeeded');
  assert.match(made.routingConfiguration.associatedRouteTable.id, /\/hubRouteTables\/defaultRouteTable$/);
  const table = await hubs.hubRouteTables.get(wan, 'corp-hub', 'defaultRouteTable');
  assert.ok(table.associatedConnections.includes(made.id));
  await assert.rejects(network.virtualNetworks.beginDeleteAndWait(group, 'net', soon),
    refusal('InUseVirtualNetworkCannotBeDeleted'));
  assert.ok((await all(hubs.hubVirtualNetworkConnections.list(wan, 'corp-hub'))).some(one => one.name === group));
  await quick(hubs.hubVirtualNetworkConnections.beginDeleteAndWait(wan, 'corp-hub', group, soon), 120);
});

test('a person signs in with a code', async () => {
  const credential = new DeviceCodeCredential({ tenantId: tenant, clientId: application, authorityHost: base,
    disableInstanceDiscovery: true,
    userPromptCallback: ({ userCode }) => control('POST', 'devicecode', { userCode, user: 'alice' }) });
  const client = new NetworkManagementClient(credential, customer, options);
  assert.ok((await all(client.virtualNetworks.listAll())).some(one => one.name === 'office'));
});

test('nothing stays', () => resources.resourceGroups.beginDeleteAndWait(group, soon));

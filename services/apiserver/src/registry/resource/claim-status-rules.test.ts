import type { resourceV1 } from '@kubernode/api';
import { claimStatusFaults, withoutDeallocated } from './claim-status-rules.ts';

type Status = resourceV1.ResourceClaimStatus;

const names = new Map([['r', new Set<string>()], ['q', new Set(['a'])]]);
const UID = '11111111-2222-3333-4444-555555555555';
const result = { request: 'r', driver: 'd.e', pool: 'p/q', device: 'dev' };
const allocation = { devices: { results: [result, { ...result, request: 'q/a', shareID: UID }] } };
const consumer = { resource: 'pods', name: 'p', uid: 'u' };
const device = { driver: 'd.e', pool: 'p/q', device: 'dev' };
const condition = { type: 'Ready', status: 'True', reason: 'R', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' };

function faultsOf(status: Status, { old = {}, isDeleted = false }: { old?: Status; isDeleted?: boolean } = {}): string[] {
  return claimStatusFaults({ status, old, isDeleted, names }).map(({ field, message }) => `${field.replace('status.', '')}: ${message.replace(/(Invalid value: "[^"]*"): .* must consist of .*/, '$1')}`);
}

test.each<[string, Status, string[]]>([
  ['nothing', {}, []],
  ['all there is', { allocation, reservedFor: [consumer], devices: [{ ...device, conditions: [condition], data: { a: 1 }, networkData: { interfaceName: 'eth0', ips: ['10.0.0.1/24', '2001:db8::1/64'] } }, { ...device, shareID: UID }] }, []],
  ['consumers', { reservedFor: [consumer, { ...consumer, name: '' }] }, ['reservedFor[1].name: Required value', 'reservedFor[1]: Duplicate value: "u"', 'reservedFor: Forbidden: may not be specified when `allocated` is not set']],
  ['results', { allocation: { devices: { results: [{ request: 'x', driver: '', pool: '', device: 'D' }, { ...result, shareID: 'x' }, { ...result, shareID: UID.toUpperCase().replaceAll('1', 'A') }, { ...result, shareID: `{${UID}}` }] } } }, [
    "allocation.devices.results[0].request: Invalid value: \"x\": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'", 'allocation.devices.results[0].driver: Required value',
    'allocation.devices.results[0].pool: Required value', 'allocation.devices.results[0].device: Invalid value: "D"', 'allocation.devices.results[1].shareID: Invalid value: "x": error validating uid: invalid UUID length: 1',
    ...['AAAAAAAA-2222-3333-4444-555555555555', `{${UID}}`].map((id, index) => `allocation.devices.results[${index + 2}].shareID: Invalid value: ${JSON.stringify(id)}: uid must be in RFC 4122 normalized form, \`xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx\` with lowercase hexadecimal characters`)]],
  ['binding conditions', { allocation: { devices: { results: [{ ...result, bindingConditions: ['a', 'b', 'a'], bindingFailureConditions: ['b'] }, { ...result, bindingFailureConditions: ['b'] }] } } }, [
    'allocation.devices.results[0].bindingConditions[2]: Duplicate value: "a"', 'allocation.devices.results[0].bindingFailureConditions[0]: Invalid value: "b": bindingFailureConditions must not overlap with bindingConditions',
    'allocation.devices.results[1].bindingConditions: Invalid value: null: bindingConditions are required to use bindingFailureConditions']],
  ['configuration', { allocation: { devices: { config: [{ source: '' }, { source: 'FromPod', opaque: { driver: 'd', parameters: {} } }] } } }, [
    'allocation.devices.config[0].source: Required value', 'allocation.devices.config[0].opaque: Required value', 'allocation.devices.config[1].source: Unsupported value: "FromPod": supported values: "FromClaim", "FromClass"']],
  ['devices', { allocation, devices: [device, device, { ...device, pool: 'z' }] }, [
    'devices[2]: Invalid value: {"Driver":"d.e","Pool":"z","Device":"dev","ShareID":""}: must be an allocated device in the claim', 'devices[1]: Duplicate value: {"Driver":"d.e","Pool":"p/q","Device":"dev","ShareID":""}']],
  ['what devices report', { allocation, devices: [{ ...device, data: [] as unknown as Record<string, unknown>, conditions: [condition, { ...condition, status: 'Maybe', reason: '' }], networkData: { hardwareAddress: 'x'.repeat(129), ips: ['10.0.0.1', '2001:DB8::1/64', '::ffff:1.2.3.4/120'] } }] }, [
    'devices[0].conditions[1].type: Duplicate value: "Ready"', 'devices[0].conditions[1].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"', 'devices[0].conditions[1].reason: Required value',
    'devices[0].data: Invalid value: "<value omitted>": must be a valid JSON object', 'devices[0].networkData.hardwareAddress: Too long: may not be more than 128 bytes',
    'devices[0].networkData.ips[0]: Invalid value: "10.0.0.1": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)', 'devices[0].networkData.ips[1]: Invalid value: "2001:DB8::1/64": must be in canonical form ("2001:db8::1/64")',
    'devices[0].networkData.ips[2]: Invalid value: "::ffff:1.2.3.4/120": must be in canonical form ("1.2.3.4/24")']],
])('a new status is judged by %s', (_, status, faults) => {
  expect(faultsOf(status)).toEqual(faults);
});

test('an allocation is made and taken back, never changed', () => {
  expect(faultsOf({}, { old: { allocation } })).toEqual([]);
  expect(faultsOf({ allocation }, { old: { allocation: structuredClone(allocation) } })).toEqual([]);
  expect(faultsOf({ allocation: { devices: { results: [result] } } }, { old: { allocation } })).toEqual([expect.stringMatching(/^allocation: Invalid value: \{"Devices":\{"Results":\[\{"Request":"r".*field is immutable$/)]);
});

test('a claim that is being deleted takes no new consumers', () => {
  const more = { allocation, reservedFor: [consumer, { ...consumer, uid: 'v' }] };
  expect(faultsOf(more, { old: more, isDeleted: true })).toEqual([]);
  expect(faultsOf(more, { old: { allocation, reservedFor: [consumer] }, isDeleted: true })).toEqual(['reservedFor: Forbidden: new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set']);
});

test('statuses of devices that are given back go', () => {
  const devices = [device, { ...device, shareID: UID }];
  expect(withoutDeallocated(devices, { allocation: { devices: { results: [result] } } }, { allocation })).toEqual([device]);
  expect(withoutDeallocated(devices, {}, { allocation })).toEqual([]);
});

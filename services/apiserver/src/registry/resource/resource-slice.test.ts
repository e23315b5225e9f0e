import type { resourceV1 } from '@kubernode/api';
import type { StrategyContext } from '../strategy.ts';
import { resourceSliceStrategy } from './resource-slice.ts';

type Slice = Parameters<NonNullable<typeof resourceSliceStrategy.validate>>[0];
type Spec = Partial<resourceV1.ResourceSliceSpec>;

const context: StrategyContext = { user: { name: '', uid: '', groups: [], extra: {} }, subresource: '', now: 0 };

function sliceOf(spec: Spec): Slice {
  return { kind: 'ResourceSlice', apiVersion: 'resource.k8s.io/v1', metadata: { name: 's', generation: 1 }, spec: { driver: 'gpu.example.com', pool: { name: 'n1', generation: 1, resourceSliceCount: 1 }, ...spec } };
}

function faultsOf(spec: Spec, old?: Spec): string[] {
  const faults = old === undefined ? resourceSliceStrategy.validate?.(sliceOf(spec)) : resourceSliceStrategy.validateUpdate?.(sliceOf(spec), sliceOf(old), context);
  return (faults ?? []).map(({ field, message }) => `${field.replace('spec.devices[0]', 'D')}: ${message.replace(/(Invalid value: "[^"]*"): a .*/, '$1')}`);
}

const device = (more: Partial<resourceV1.Device>): Spec => ({ allNodes: true, devices: [{ name: 'a', ...more }] });
const ONE_CHOICE = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
const counters = { mem: { value: '1Gi' } };

test.each<[string, Spec, string[]]>([
  ['one way to choose nodes', { devices: [] }, [`spec: Required value: ${ONE_CHOICE}`]],
  ['not several', { nodeName: 'n', allNodes: true }, [`spec: Invalid value: "{\`nodeName\`, \`allNodes\`}": ${ONE_CHOICE}, but multiple fields are set`]],
  ['choices that say nothing', { nodeName: '', allNodes: false, perDeviceNodeSelection: true }, ['spec.nodeName: Invalid value: "": must be either unset or set to a non-empty string', 'spec.allNodes: Invalid value: false: must be either unset or set to true']],
  ['the pool', { allNodes: true, driver: '', pool: { name: 'a//B', generation: -1, resourceSliceCount: 0 } }, [
    'spec.driver: Required value', 'spec.pool.name: Invalid value: ""', 'spec.pool.name: Invalid value: "B"', 'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero', 'spec.pool.generation: Invalid value: -1: must be greater than or equal to zero']],
  ['devices or counters', { allNodes: true, devices: [], sharedCounters: [{ name: 'c', counters }] }, ['spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed']],
  ['counters', { allNodes: true, sharedCounters: [{ name: 'c', counters }, { name: 'c', counters: { M: { value: '1' } } }, { name: '', counters: {} }] }, [
    'spec.sharedCounters[1].counters: Invalid value: "M"', 'spec.sharedCounters[2].name: Required value', 'spec.sharedCounters[2].counters: Required value', 'spec.sharedCounters[1]: Duplicate value: "c"']],
  ['names of devices', { allNodes: true, devices: [{ name: 'A' }, { name: 'b' }, { name: 'b' }] }, ['D.name: Invalid value: "A"', 'spec.devices[2]: Duplicate value: "b"']],
  ['how many devices', { allNodes: true, devices: Array.from({ length: 129 }, (_, index) => ({ name: `d${index}` })) }, ['spec.devices: Too many: 129: must have at most 128 items']],
  ['how many elaborate ones', { allNodes: true, devices: Array.from({ length: 65 }, (_, index) => ({ name: `d${index}`, taints: [{ key: 'k', effect: 'NoSchedule' }] })) }, ['spec.devices: Too many: 65: must have at most 64 items']],
  ['good attributes', device({ attributes: { model: { string: 'x' }, 'other.example.com/size': { int: 5 }, v: { version: '1.2.3-rc.1+b' } } }), []],
  ['bad attributes', device({ attributes: { 'a b': { version: '01.2.3' }, y: { int: 1, bool: true }, z: {}, '/q': { string: 'x'.repeat(65) } } }), [
    'D.attributes: Invalid value: "": the domain must not be empty', 'D.attributes[/q].string: Too long: may not be more than 64 bytes', 'D.attributes: Invalid value: "a b"',
    'D.attributes[a b].version: Invalid value: "01.2.3": must be a string compatible with semver.org spec 2.0.0', 'D.attributes[y]: Invalid value: {"IntValue":1,"BoolValue":true,"StringValue":null,"VersionValue":null,"IntValues":null,"BoolValues":null,"StringValues":null,"VersionValues":null}: exactly one value must be specified',
    'D.attributes[z]: Invalid value: "": exactly one value must be specified']],
  ['how many attributes', device({ attributes: Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`a${index}`, { int: 1 }])) }), ['D: Invalid value: 33: the total number of attributes and capacities must not exceed 32']],
  ['policies of what is not shared', device({ capacity: { mem: { value: '1Gi', requestPolicy: {} } } }), ['D.capacity[mem].requestPolicy: Forbidden: allowMultipleAllocations must be true']],
  ['taints', device({ taints: [{ key: '', value: '-', effect: '' }, { key: 'k', effect: 'PreferNoSchedule' }] }), [
    'D.taints[0].key: Invalid value: "": name part must be non-empty', "D.taints[0].key: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    'D.taints[0].value: Invalid value: "-"', 'D.taints[0].effect: Required value', 'D.taints[1].effect: Unsupported value: "PreferNoSchedule": supported values: "NoExecute", "NoSchedule", "None"']],
  ['nodes of devices', { perDeviceNodeSelection: true, devices: [{ name: 'a' }, { name: 'b', nodeName: 'n', allNodes: true }] }, [
    'D: Required value: exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
    'spec.devices[1]: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec']],
  ['stray nodes of devices', device({ nodeName: 'n' }), ['D: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec']],
  ['counters that are taken', device({ consumesCounters: [{ counterSet: 'c', counters }, { counterSet: 'c', counters }] }), ['D.consumesCounters[1]: Duplicate value: "c"']],
])('a slice is judged by %s', (_, spec, faults) => {
  expect(faultsOf(spec)).toEqual(faults);
});

test('a slice stays with its pool, driver and node', () => {
  expect(faultsOf({ nodeName: 'n', devices: [] }, { nodeName: 'm', driver: 'x', pool: { name: 'o', generation: 1, resourceSliceCount: 1 } })).toEqual(
    ['spec.pool.name: Invalid value: "n1": field is immutable', 'spec.driver: Invalid value: "gpu.example.com": field is immutable', 'spec.nodeName: Invalid value: "n": field is immutable']);
});

test('stored taints are not judged again', () => {
  const old = device({ taints: [{ key: 'k', effect: 'Old' }] });
  expect(faultsOf(old, old)).toEqual([]);
  expect(faultsOf(device({ taints: [{ key: 'l', effect: 'Old' }] }), old)).toEqual(['D.taints[0].effect: Unsupported value: "Old": supported values: "NoExecute", "NoSchedule", "None"']);
});

test('a taint has a time, and fields of features that are off are dropped', () => {
  const slice = sliceOf(device({ taints: [{ key: 'k', effect: 'NoSchedule' }], attributes: { a: { ints: [1] } }, nodeAllocatableResourceMappings: { cpu: {} } }));
  resourceSliceStrategy.prepareForCreate?.(slice, context);
  expect(slice.spec.devices).toEqual([{ name: 'a', taints: [{ key: 'k', effect: 'NoSchedule', timeAdded: '1970-01-01T00:00:00Z' }], attributes: { a: {} } }]);
});

test.each<[string, resourceV1.CapacityRequestPolicy, string[]]>([
  ['a range', { default: '2Gi', validRange: { min: '1Gi', max: '8Gi', step: '1Gi' } }, []],
  ['values', { default: '2', validValues: ['1', '2'] }, []],
  ['both', { default: '1', validValues: ['1'], validRange: { min: '1' } }, [': Forbidden: exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time']],
  ['no default', { validValues: ['1'] }, ['.default: Required value: required when validValues is defined']],
  ['values out of order', { default: '3', validValues: ['2', '1', '2', '20Gi'] }, [
    '.validValues[1]: Invalid value: "1": values must be sorted in ascending order', '.validValues[3]: Invalid value: "20Gi": option is larger than capacity value: 10Gi', '.validValues[2]: Duplicate value: "2"',
    '.validValues: Invalid value: "3": default value is not valid according to the requestPolicy']],
  ['a range beyond the capacity', { default: '1', validRange: { min: '2', max: '11Gi', step: '10Gi' } }, [
    '.validRange.min: Invalid value: "1": default is less than min: 2', '.validRange.max: Invalid value: "11Gi": max is larger than capacity value: 10Gi', '.validRange.step: Invalid value: "10Gi": one step 10737418242 is larger than capacity value: 10Gi',
    '.validRange.step: Invalid value: "1": value is not a multiple of a given step (10Gi) from (2)', '.validRange.step: Invalid value: "11Gi": value is not a multiple of a given step (10Gi) from (2)']],
])('a shared capacity is judged by %s', (_, requestPolicy, faults) => {
  expect(faultsOf(device({ allowMultipleAllocations: true, capacity: { mem: { value: '10Gi', requestPolicy } } })).map((text) => text.replace('D.capacity[mem].requestPolicy', ''))).toEqual(faults);
});

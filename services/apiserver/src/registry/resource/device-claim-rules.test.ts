import type { resourceV1 } from '@kubernode/api';
import { deviceClaimFaults } from './device-claim-rules.ts';

const exactly = { deviceClassName: 'c', allocationMode: 'ExactCount', count: 1 };
const first = { name: 'r', exactly };
const NO_REQUEST = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
const several = [first, { name: 'q', firstAvailable: [{ name: 'a', ...exactly }, { name: 'b', ...exactly }] }];

test.each<[string, resourceV1.DeviceClaim, string[]]>([
  ['nothing asked for', {}, []],
  ['all there is', { requests: several, constraints: [{ requests: ['r', 'q/a', 'q'], matchAttribute: 'd.e/model' }, { distinctAttribute: 'd.e/port' }], config: [{ requests: ['q/b'], opaque: { driver: 'D.e', parameters: { a: 1 } } }] }, []],
  ['names', { requests: [{ ...first, name: 'R' }, first, first] }, ['requests[0].name: Invalid value', 'requests[2]: Duplicate value: "r"']],
  ['neither or both ways of asking', { requests: [{ name: 'n' }, { name: 'b', exactly, firstAvailable: [{ name: 'a', ...exactly }] }] }, [
    'requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required', 'requests[1]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set']],
  ['counts', { requests: [{ name: 'a', exactly: { ...exactly, allocationMode: 'All' } }, { name: 'b', exactly: { ...exactly, count: -1 } }, { name: 'c', exactly: { ...exactly, allocationMode: 'Some' } }] }, [
    "requests[0].exactly.count: Invalid value: 1: must not be specified when allocationMode is 'All'", 'requests[1].exactly.count: Invalid value: -1: must be greater than zero',
    'requests[2].exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"']],
  ['a class', { requests: [{ name: 'a', exactly: { ...exactly, deviceClassName: '' } }, { name: 'b', firstAvailable: [{ name: 'x', ...exactly, deviceClassName: 'X' }] }] }, ['requests[0].exactly.deviceClassName: Required value', 'requests[1].firstAvailable[0].deviceClassName: Invalid value']],
  ['tolerations', { requests: [{ name: 'a', exactly: { ...exactly, tolerations: [{ key: 'k', operator: 'Exists', value: 'v' }, { key: '-', operator: '' }, { operator: 'Like', effect: 'Never' }] } }] }, [
    'requests[0].exactly.tolerations[0].value: Invalid value: "v": must be empty for operator `Exists`', 'requests[0].exactly.tolerations[1].key: Invalid value', 'requests[0].exactly.tolerations[1].operator: Required value',
    'requests[0].exactly.tolerations[2].operator: Unsupported value: "Like": supported values: "Equal", "Exists"', 'requests[0].exactly.tolerations[2].effect: Unsupported value: "Never": supported values: "NoExecute", "NoSchedule", "None"']],
  ['references to requests', { requests: several, constraints: [{ requests: ['r', 'r', 'x', 'q/c', 'r/a', 'q/a/b'], matchAttribute: 'd.e/a' }] }, [
    `constraints[0].requests[2]: Invalid value: "x": ${NO_REQUEST}`, `constraints[0].requests[3]: Invalid value: "q/c": ${NO_REQUEST}`, `constraints[0].requests[4]: Invalid value: "r/a": ${NO_REQUEST}`,
    `constraints[0].requests[5]: Invalid value: "q/a/b": ${NO_REQUEST}`, 'constraints[0].requests[1]: Duplicate value: "r"']],
  ['attributes of constraints', { constraints: [{}, { matchAttribute: 'a' }, { distinctAttribute: '/2' }] }, [
    'constraints[0]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
    'constraints[1].matchAttribute: Invalid value: "a": a fully qualified name must be a domain and a name separated by a slash', 'constraints[2].distinctAttribute: Invalid value: "": the domain must not be empty', 'constraints[2].distinctAttribute: Invalid value']],
  ['configuration', { config: [{}, { opaque: { driver: '', parameters: null as unknown as Record<string, unknown> } }, { opaque: { driver: 'd', parameters: [] as unknown as Record<string, unknown> } }, { opaque: { driver: 'd', parameters: { a: 'x'.repeat(10 * 1024) } } }] }, [
    'config[0].opaque: Required value', 'config[1].opaque.driver: Required value', 'config[1].opaque.parameters: Required value',
    'config[2].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object', 'config[3].opaque.parameters: Too long: may not be more than 10240 bytes']],
  ['too many', { requests: Array.from({ length: 33 }, (_, index) => ({ name: `-${index}`, exactly })), constraints: Array.from({ length: 33 }, () => ({})), config: Array.from({ length: 33 }, () => ({})) }, [
    'requests: Too many: 33: must have at most 32 items', 'constraints: Too many: 33: must have at most 32 items', 'config: Too many: 33: must have at most 32 items']],
])('a claim is judged by %s', (_, devices, faults) => {
  expect(deviceClaimFaults({ devices }, 'spec').map(({ field, message }) => `${field.replace('spec.devices.', '')}: ${message.replace(/^(Invalid value): "[^"]*": a (lowercase|valid) .*/, '$1').replace(/^(Invalid value): "-": name part .*/, '$1')}`)).toEqual(faults);
});

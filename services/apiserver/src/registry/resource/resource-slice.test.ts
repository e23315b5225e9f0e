import { resourceSliceStrategy } from './resource-slice.ts';

type Slice = Parameters<NonNullable<typeof resourceSliceStrategy.validate>>[0];

function fields(attributes: object): string[] {
  const spec = { driver: 'gpu.example.com', pool: { name: 'n1', generation: 1, resourceSliceCount: 1 }, allNodes: true, devices: [{ name: 'a', attributes }] };
  const slice = { kind: 'ResourceSlice', apiVersion: 'resource.k8s.io/v1', metadata: { name: 's' }, spec } as Slice; // attributes by the cases below
  return (resourceSliceStrategy.validate?.(slice) ?? []).map(({ field }) => field);
}

test.each<[object, string[]]>([
  [{ model: { string: 'x' }, 'other.example.com/size': { int: 5 }, v: { version: '1.2.3-rc.1+b' } }, []],
  [{ 'a b': { version: 'x' } }, ['spec.devices[0].attributes', 'spec.devices[0].attributes[a b].version']],
  [{ y: { int: 1, bool: true } }, ['spec.devices[0].attributes[y]']],
  [{ y: {} }, ['spec.devices[0].attributes[y]']],
  [{ 'Bad_/y': { bool: false } }, ['spec.devices[0].attributes']],
])('a device with %j has faults in %j', (attributes, wanted) => {
  expect(fields(attributes)).toEqual(wanted);
});

import { keyUsages } from './key-usages.ts';

test.each<[string[], object]>([
  [['client auth', 'digital signature', 'key encipherment'], { basic: ['digitalSignature', 'keyEncipherment'], extended: ['1.3.6.1.5.5.7.3.2'] }],
  [['signing', 'digital signature', 'crl sign'], { basic: ['digitalSignature', 'cRLSign'], extended: [] }],
  [['s/mime', 'email protection', 'any', 'server auth'], { basic: [], extended: ['2.5.29.37.0', '1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.4'] }],
])('keyUsages of %j', (usages, want) => { expect(keyUsages(usages)).toEqual(want); });

test('a usage that nobody knows is refused', () => {
  expect(() => keyUsages(['client auth', 'cooking'])).toThrow('unrecognized usage values: ["cooking"]');
});

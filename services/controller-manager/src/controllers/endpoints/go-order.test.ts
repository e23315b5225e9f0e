import { byGoHash, fnv128a, printEndpointPort, printSlicePort, printSubset } from './go-order.ts';

/** The hashes are Go's, of the same values printed by spew's `%#v`. */
test.each<[string, string, string]>([
  ['a port of Endpoints', printEndpointPort({ name: 'http', port: 8080, protocol: 'TCP' }), '25304a33da9e6ece350a4142a45f5b75'],
  ['one with an application protocol', printEndpointPort({ name: 'raw', port: 9, protocol: 'TCP', appProtocol: 'h2c' }), '2309d17e7d285dc915b3259e38a62afc'],
  ['a port of a slice', printSlicePort({ name: 'http', port: 8080, protocol: 'TCP' }), '0e874d5677090ee5c32afa85f637c347'],
  ['one without a name', printSlicePort({ name: '', port: 9, protocol: 'UDP', appProtocol: 'h2c' }), '24a519dda9a5f36968cd0c65970f9410'],
  ['one without anything', printSlicePort({}), 'ad866eb7cd5162a9e20434ebd9deeacd'],
  ['a subset of ready addresses', printSubset({
    addresses: [{ ip: '10.0.0.1', nodeName: 'node-1', targetRef: { kind: 'Pod', namespace: 'ns', name: 'a', uid: 'u1' } }, { ip: '10.0.0.2', hostname: 'one' }],
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  }), '9c004848932056eb5481446a330392de'],
  ['a subset without ports', printSubset({ notReadyAddresses: [{ ip: '10.0.0.1' }] }), '4d4f4604c1a51c97597e6c7a75c104c9'],
])('the hash of %s is Go\'s', (_name, printed, want) => { expect(fnv128a(printed)).toBe(want); });

test('byGoHash sorts by the hash, whatever the order was', () => {
  const [http, raw] = [{ name: 'http', port: 8080, protocol: 'TCP' }, { name: 'raw', port: 9, protocol: 'TCP', appProtocol: 'h2c' }];
  expect(byGoHash([http, raw], printEndpointPort)).toEqual([raw, http]);
  expect(byGoHash([raw, http], printEndpointPort)).toEqual([raw, http]);
});

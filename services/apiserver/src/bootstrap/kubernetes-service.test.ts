import { endpointsFor, sliceFor } from './kubernetes-service.ts';

const ports = [{ name: 'https', port: 6443, protocol: 'TCP' }];

test.each<[string, string[], string, string[]]>([['IPv4', ['10.0.0.1', '10.0.0.2'], 'IPv4', ['10.0.0.1', '10.0.0.2']], ['IPv6', ['fd00::1'], 'IPv6', ['fd00::1']], ['mixed addresses', ['10.0.0.1', 'fd00::1'], 'IPv4', ['10.0.0.1']]])('the slice says what the endpoints do: %s', (_name, addresses, addressType, listed) => {
  const endpoints = endpointsFor(addresses, ports);
  const slice = sliceFor(endpoints);
  expect([endpoints.subsets, slice.addressType, slice.endpoints?.map((one) => one.addresses[0]), slice.ports, slice.metadata.labels]).toEqual([
    [{ addresses: addresses.map((ip) => ({ ip })), ports }], addressType, listed, ports, { 'kubernetes.io/service-name': 'kubernetes' },
  ]);
});

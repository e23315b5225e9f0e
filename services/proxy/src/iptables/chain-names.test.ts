import { endpointChain, serviceChain } from './chain-names.ts';

test.each([
  ['default/kubernetes:https', 'tcp', 'KUBE-SVC-NPX46M4PTMTKRN6Y'],
  ['kube-system/kube-dns:dns', 'udp', 'KUBE-SVC-TCOU7JCQXEZGVUNU'],
  ['kube-system/kube-dns:dns-tcp', 'tcp', 'KUBE-SVC-ERIFXISQEP7F7OF4'],
] as const)('serviceChain names %s (%s) as kube-proxy does', (name, protocol, chain) => {
  expect(serviceChain('KUBE-SVC-', { name, protocol })).toBe(chain);
});

test('endpointChain tells endpoints of one port apart', () => {
  const port = { name: 'default/web', protocol: 'tcp' } as const;
  expect(endpointChain(port, '10.0.0.1:80')).toMatch(/^KUBE-SEP-[A-Z2-7]{16}$/);
  expect(endpointChain(port, '10.0.0.1:80')).not.toBe(endpointChain(port, '10.0.0.2:80'));
});

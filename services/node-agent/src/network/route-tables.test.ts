import { stableRoutes } from './route-tables.ts';

const HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';
const v4 = (device: string, { destination = '0001F40A', uses = 0 } = {}): string => `${device}\t${destination}\t0200000A\t0003\t0\t${uses}\t0\t00FFFFFF\t0\t0\t0   \n`;
const v6 = (device: string, { references = 1, destination = 'fd000000000000000000000000000000' } = {}): string => `${destination} 40 ${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00000100 0000000${references} 00000000 00000001     ${device}\n`;

test.each([
  ['a route was used', HEAD + v4('eth0'), v6('eth0'), HEAD + v4('eth0', { uses: 7 }), v6('eth0', { references: 2 }), true],
  ['a pod came', HEAD + v4('eth0'), v6('eth0'), HEAD + v4('eth0') + v4('veth1234abcd'), v6('eth0') + v6('veth1234abcd'), true],
  ['an IPv4 route went', HEAD + v4('eth0') + v4('eth0', { destination: '0002F40A' }), '', HEAD + v4('eth0'), '', false],
  ['an IPv6 route went', HEAD, v6('eth0') + v6('vx0', { destination: 'fe80'.padEnd(32, '0') }), HEAD, v6('eth0'), false],
  ['a route leads elsewhere', HEAD + v4('eth0'), '', HEAD + v4('eth1'), '', false],
])('stableRoutes: %s', (_what, before4, before6, after4, after6, same) => {
  expect(stableRoutes(before4, before6) === stableRoutes(after4, after6)).toBe(same);
});

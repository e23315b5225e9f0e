import { containsCidr, formatCidr, overlapsCidr, parseCidr, type Cidr } from './cidr.ts';
import { formatIp, parseIp, readIp } from './ip-address.ts';

test.each<[string, string | undefined]>([
  ['10.0.0.1', '10.0.0.1'],
  ['010.000.000.001', '10.0.0.1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1'],
  ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
  ['::', '::'],
  ['::1', '::1'],
  ['fd00::', 'fd00::'],
  ['1:2:3:4:5:6:7:0', '1:2:3:4:5:6:7:0'],
  ['10.0.0.256', undefined],
  ['10.0.0', undefined],
  ['a.example', undefined],
  ['1::2::3', undefined],
  ['1:2:3:4:5:6:7:8:9', undefined],
  ['', undefined],
])('the address %j reads as %j', (text, want) => {
  const ip = parseIp(text);
  expect(ip && formatIp(ip)).toBe(want);
  expect(readIp(text)).toEqual(want === undefined ? undefined : { text: want, family: want.includes(':') ? 'IPv6' : 'IPv4' });
});

test.each<[string, string | undefined]>([
  ['10.1.2.3/16', '10.1.0.0/16'],
  ['fd00:1::5/64', 'fd00:1::/64'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['10.0.0.0', undefined],
  ['10.0.0.0/33', undefined],
  ['10.0.0.0/8/9', undefined],
])('the range %j reads as %j', (text, want) => {
  const cidr = parseCidr(text);
  expect(cidr && formatCidr(cidr)).toBe(want);
});

test.each<[string, string, { contains: boolean; overlaps: boolean }]>([
  ['10.0.0.0/8', '10.1.0.0/16', { contains: true, overlaps: true }],
  ['10.1.0.0/16', '10.0.0.0/8', { contains: false, overlaps: true }],
  ['10.0.0.0/9', '10.128.0.0/9', { contains: false, overlaps: false }],
  ['::/0', '10.0.0.0/8', { contains: false, overlaps: false }],
])('of ranges: %s and %s', (a, b, want) => {
  const [outer, inner] = [a, b].map(parseCidr) as [Cidr, Cidr]; // both are ranges
  expect({ contains: containsCidr(outer, inner), overlaps: overlapsCidr(outer, inner) }).toEqual(want);
});

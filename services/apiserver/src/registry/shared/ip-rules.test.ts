import { canonicalCidrFaults, canonicalIpFaults, cidrContains, cidrFaults, endpointIpFaults, ipFaults, parseCidr } from './ip-rules.ts';

const cidr = (text: string): NonNullable<ReturnType<typeof parseCidr>> => {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(`not a network: ${text}`);
  return parsed;
};

describe('addresses', () => {
  it.each(['10.0.0.1', '2001:db8::1', '::'])('accepts %s', (ip) => expect(ipFaults(ip, 'ip')).toEqual([]));

  it('names the field and the value of a bad one', () => {
    expect(ipFaults('10.0.0', 'spec.ip').map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'spec.ip: Invalid value: "10.0.0": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ]);
  });

  it.each([['2001:DB8::1', '2001:db8::1'], ['2001:db8:0:0::1', '2001:db8::1']])('wants %s in its one form', (ip, form) => {
    expect(canonicalIpFaults(ip)).toEqual([`must be in canonical form ("${form}")`]);
  });

  it.each(['127.0.0.1', '0.0.0.0', '169.254.1.1', '224.0.0.1', '::1'])('refuses %s as an endpoint', (ip) => expect(endpointIpFaults(ip, 'ip')).toHaveLength(1));
});

describe('networks', () => {
  it.each(['10.0.0.0/8', 'fd00::/64'])('accepts %s', (text) => expect(canonicalCidrFaults(text, 'cidr')).toEqual([]));

  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/8/9', 'x/8', 'fd00::/129'])('refuses %s', (text) => expect(cidrFaults(text, 'cidr')).toHaveLength(1));

  it('refuses bits behind the prefix where the one form is asked for', () => expect(canonicalCidrFaults('10.1.0.0/8', 'cidr')).toHaveLength(1));

  it.each([['10.0.0.0/8', '10.1.0.0/16', true], ['10.1.0.0/16', '10.0.0.0/8', false], ['10.0.0.0/8', 'fd00::/64', false]])('%s contains %s: %s', (outer, inner, expected) => {
    expect(cidrContains(cidr(outer), cidr(inner))).toBe(expected);
  });
});

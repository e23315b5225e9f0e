import { planIpSets, type IpSet } from './ip-set.ts';

const set = (...members: string[]): IpSet => ({ kind: 'hash:ip', family: 'IPv4', members: new Set(members) });
const sets = (of: Record<string, IpSet>): ReadonlyMap<string, IpSet> => new Map(Object.entries(of));

test('planIpSets names only what differs, and destroys at the end', () => {
  expect(planIpSets(sets({ A: set('10.0.0.1', '10.0.0.2'), B: set('10.0.0.1'), C: set('10.0.0.1') }), sets({ A: set('10.0.0.2', '10.0.0.3'), B: set('10.0.0.1'), D: { ...set(), family: 'IPv6' } }))).toEqual({
    fill: 'del A 10.0.0.1 -exist\nadd A 10.0.0.3 -exist\ncreate D hash:ip family inet6 maxelem 1048576 -exist\n', destroy: 'destroy C\n',
  });
});

test('planIpSets believes a set that says how it came from the one that was applied, and compares with any other', () => {
  const before = set('10.0.0.1');
  const after: IpSet = { ...set('10.0.0.2'), since: { members: before.members, added: ['10.0.0.2'], removed: ['10.0.0.1'] } };
  const fill = 'del A 10.0.0.1 -exist\nadd A 10.0.0.2 -exist\n';
  expect(planIpSets(sets({ A: before }), sets({ A: after })).fill).toBe(fill);
  expect(planIpSets(sets({ A: set('10.0.0.3') }), sets({ A: after })).fill).toBe('del A 10.0.0.3 -exist\nadd A 10.0.0.2 -exist\n');
});

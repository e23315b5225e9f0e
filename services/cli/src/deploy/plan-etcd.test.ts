import { nextEtcdStep, parseMembers, type EtcdHost, type EtcdMember, type EtcdStep } from './plan-etcd.ts';

const host = (name: string, hasData = true): EtcdHost => ({ name, peerUrl: `https://${name}:2380`, hasData });
const member = (name: string, more: Partial<EtcdMember> = {}): EtcdMember => ({ id: `id-${name}`, name, peerUrl: `https://${name}:2380`, isLearner: false, ...more });
const [a, b, c, d] = [host('a'), host('b'), host('c'), host('d')];
const all = [member('a'), member('b'), member('c')];

test.each<[string, Parameters<typeof nextEtcdStep>[0], EtcdStep | undefined]>([
  ['begins a new cluster with all members', { hosts: [host('a', false), host('b', false)], members: undefined }, { kind: 'bootstrap', hosts: ['a', 'b'] }],
  ['never begins one anew where there is data', { hosts: [a, host('b', false)], members: undefined }, undefined],
  ['leaves alone what is right', { hosts: [a, b, c], members: all }, undefined],
  ['adds one that is missing', { hosts: [a, b, c], members: [member('a'), member('b')] }, { kind: 'add', host: 'c', peerUrl: 'https://c:2380' }],
  ['starts one that was added', { hosts: [a, b, host('c', false)], members: [member('a'), member('b'), member('', { id: 'x', peerUrl: 'https://c:2380', isLearner: true })] }, { kind: 'join', host: 'c' }],
  ['promotes one that learns', { hosts: [a, b, c], members: [member('a'), member('b'), member('c', { isLearner: true })] }, { kind: 'promote', id: 'id-c', name: 'c' }],
  ['removes a learner that is no longer wanted', { hosts: [a, b], members: [member('a'), member('b'), member('c', { isLearner: true })] }, { kind: 'remove', id: 'id-c', name: 'c', why: 'no machine has it' }],
  ['removes a member before another takes its place', { hosts: [a, b, host('d', false)], members: all }, { kind: 'remove', id: 'id-c', name: 'c', why: 'no machine has it' }],
  ['removes a member whose disk was lost', { hosts: [a, b, host('c', false)], members: all }, { kind: 'remove', id: 'id-c', name: 'c', why: 'its data is gone' }],
  ['grows before it shrinks', { hosts: [a, b, c], members: [member('a'), member('d')] }, { kind: 'add', host: 'b', peerUrl: 'https://b:2380' }],
  ['shrinks', { hosts: [a], members: [member('a'), member('d')] }, { kind: 'remove', id: 'id-d', name: 'd', why: 'no machine has it' }],
])('nextEtcdStep %s', (_, input, expected) => {
  expect(nextEtcdStep(input)).toEqual(expected);
});

test('nextEtcdStep comes to an end from any members to any hosts', () => {
  let members: EtcdMember[] = [member('a'), member('b', { isLearner: true }), member('x')];
  const hosts = [a, c, d].map((one) => ({ ...one, hasData: one.name === 'a' }));
  for (let steps = 0; steps < 20; steps++) {
    const step = nextEtcdStep({ hosts, members });
    if (step === undefined) break;
    if (step.kind === 'remove') members = members.filter(({ id }) => id !== step.id);
    if (step.kind === 'add') members.push({ id: `new-${step.host}`, name: '', peerUrl: step.peerUrl, isLearner: true });
    if (step.kind === 'join') { for (const one of members) if (one.peerUrl === `https://${step.host}:2380`) one.name = step.host; for (const one of hosts) if (one.name === step.host) one.hasData = true; }
    if (step.kind === 'promote') for (const one of members) if (one.id === step.id) one.isLearner = false;
  }
  expect(members.map(({ name, isLearner }) => [name, isLearner]).sort()).toEqual([['a', false], ['c', false], ['d', false]]);
});

test('parseMembers reads what etcdctl prints', () => {
  expect(parseMembers('8e9e05c52164694d, started, m1, https://10.0.0.1:2380, https://10.0.0.1:2379, false\n91bc3c398fb3c146, unstarted, , https://10.0.0.2:2380, , true\n')).toEqual([
    { id: '8e9e05c52164694d', name: 'm1', peerUrl: 'https://10.0.0.1:2380', isLearner: false }, { id: '91bc3c398fb3c146', name: '', peerUrl: 'https://10.0.0.2:2380', isLearner: true },
  ]);
});

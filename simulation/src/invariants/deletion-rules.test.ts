import { deletionRules, type Deletion } from './deletion-rules.ts';
import { object } from './judged.fixture.ts';
import { nodeFacts, type Nodes } from './node-facts.ts';
import type { PodFacts, Pods } from './pod-facts.ts';

const pod = (name: string, facts: Partial<PodFacts> = {}): PodFacts => ({ uid: name, name, node: 'n', revision: 'old', isReady: true, isGoing: false, isEnded: false, isDisrupted: false, ...facts });
const moment = (...all: PodFacts[]): Pods => new Map(all.map((one) => [one.uid, one]));
const wish = (facts: Partial<Deletion['wishes'][number]> = {}): Deletion['wishes'][number] => ({ replicas: 3, isOrdered: true, maxUnavailable: 1, surges: false, ...facts });
const judge = (kind: string, of: PodFacts, seen: Pods[], { wishes = [wish()], deleted = [], nodes = [], revisions = [] }: { wishes?: Deletion['wishes']; deleted?: string[]; nodes?: Nodes[]; revisions?: string[] } = {}): boolean => deletionRules[kind]?.({ pod: of, seen, nodes, revisions, wishes, deleted: new Set(deleted) }) === undefined;

describe('ReplicaSet', () => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => pod(name)) as [PodFacts, PodFacts, PodFacts, PodFacts]; // as many as named
  it.each<[string, boolean, Pods[], string[]]>([
    ['one too many', true, [moment(a, b, c, d)], []],
    ['one too many, as a late cache has it', true, [moment(a, b, c, d), moment(a, b, c)], []],
    ['as many as wanted', false, [moment(a, b, c)], []],
    ['one too many, which it has deleted already', false, [moment(a, b, c, d)], ['d']],
    ['those that go do not count', false, [moment(a, b, c, pod('d', { isGoing: true }))], []],
  ])('%s: %s', (_title, isFine, seen, deleted) => { expect(judge('ReplicaSet', a, seen, { deleted })).toBe(isFine); });
});

describe('StatefulSet', () => {
  const fresh = (name: string, facts: Partial<PodFacts> = {}): PodFacts => pod(name, { revision: 'new', ...facts });
  const [zero, one, two] = [pod('s-0'), pod('s-1'), pod('s-2')];
  it.each<[string, boolean, PodFacts, Pods[], Deletion['wishes']]>([
    ['the highest goes first', true, two, [moment(zero, one, two)], [wish()]],
    ['another before the highest', false, one, [moment(zero, one, two)], [wish()]],
    ['the next when the highest is new and well', true, one, [moment(zero, one, fresh('s-2'))], [wish()]],
    ['the next while the highest is not well', false, one, [moment(zero, one, fresh('s-2', { isReady: false }))], [wish()]],
    ['the next while the highest is not there', false, one, [moment(zero, one)], [wish()]],
    ['in order, while a lower one is not well', false, two, [moment(pod('s-0', { isReady: false }), one, two)], [wish()]],
    ['in parallel, while a lower one is not well', true, two, [moment(pod('s-0', { isReady: false }), one, two)], [wish({ isOrdered: false })]],
    ['when the set became smaller', true, two, [moment(two)], [wish(), wish({ replicas: 2 })]],
    ['when it has ended', true, one, [moment(zero, pod('s-1', { isEnded: true }), two)], [wish()]],
  ])('%s: %s', (_title, isFine, of, seen, wishes) => { expect(judge('StatefulSet', of, seen, { wishes })).toBe(isFine); });
});

describe('DaemonSet', () => {
  const [a, b, c] = ['1', '2', '3'].map((node, i) => pod('abc'.charAt(i), { node })) as [PodFacts, PodFacts, PodFacts]; // as many as named
  const broken = (one: PodFacts): PodFacts => ({ ...one, isReady: false });
  const beside = (facts: Partial<PodFacts> = {}): PodFacts => pod('beside', { node: '1', revision: 'new', ...facts });
  const surging = [wish({ surges: true, maxUnavailable: 0 })];
  /** Nodes 1, 2 and 3, of which some are out of reach and some want all gone; `gone` ones are not there. */
  const nodes = ({ lost = [], closed = [], gone = [] }: Partial<Record<'lost' | 'closed' | 'gone', string[]>> = {}): Nodes =>
    new Map(['1', '2', '3'].filter((name) => !gone.includes(name)).map((name) => [name, { wantsDaemon: !lost.includes(name) && !closed.includes(name), keepsDaemon: !closed.includes(name) }]));
  const [all, without] = [nodes(), nodes({ lost: ['1'] })];

  it.each<[string, boolean, Pods[], Nodes[], string[]]>([
    ['none is missing', true, [moment(a, b, c)], [all], []],
    ['one is missing', false, [moment(a, broken(b), c)], [all], []],
    ['one is missing on a node that has none', false, [moment(a, b)], [all], []],
    ['a node has none, and needs none', true, [moment(a, b)], [nodes({ lost: ['3'] })], []],
    ['a node has one that does not work, and needs none', false, [moment(a, b, broken(c))], [nodes({ lost: ['3'] })], []],
    ['one that has ended goes where none is needed', true, [moment(a, b, pod('c', { node: '3', isReady: false, isEnded: true, isGoing: true }))], [nodes({ gone: ['3'] })], []],
    ['one was deleted before', false, [moment(a, b, c)], [all], ['b']],
    ['it does not work anyway', true, [moment(broken(a), broken(b), c)], [all], []],
    ['beside another, where one is missing', true, [moment(a, beside({ isReady: false }), broken(b), c)], [all], []],
    ['none may stay on its node', true, [moment(a, broken(b), c)], [nodes({ closed: ['1'] })], []],
    ['none might stay on its node a moment ago', true, [moment(a, broken(b), c)], [nodes({ closed: ['1'] }), all], []],
    ['none belongs on its node, and one is missing', false, [moment(a, broken(b), c)], [without], []],
  ])('%s: %s', (_title, isFine, seen, at, deleted) => { expect(judge('DaemonSet', a, seen, { nodes: at, deleted })).toBe(isFine); });

  it.each<[string, boolean, Pods[], Nodes[], string[]]>([
    ['alone', false, [moment(a, b, c)], [all], []],
    ['beside one that is not ready', false, [moment(a, b, c, beside({ isReady: false }))], [all], []],
    ['beside one that is', true, [moment(a, b, c, beside())], [all], []],
    ['beside one that is, which it has deleted', false, [moment(a, b, c, beside())], [all], ['beside']],
    ['beside another old one that is not ready', true, [moment(a, b, c, beside({ isReady: false, revision: 'older' }))], [all], []],
    ['on a node that is out of reach', true, [moment(a, b, c)], [without], []],
    ['on a node that was out of reach a moment ago', true, [moment(a, b, c)], [without, all], []],
    ['on a node that is gone', true, [moment(a, b, c)], [nodes({ gone: ['1'] })], []],
    ['on a node that is out of reach, where another is missing', false, [moment(a, b, broken(c))], [without], []],
    ['on a node that is out of reach, like another one', true, [moment(a, b, c)], [nodes({ lost: ['1', '2'] })], []],
    ['on a node that is out of reach, after all others', false, [moment(a, b, c)], [without], ['b']],
    ['where another node is out of reach', false, [moment(a, b, c)], [nodes({ lost: ['2'] })], []],
  ])('with surge, %s: %s', (_title, isFine, seen, at, deleted) => { expect(judge('DaemonSet', a, seen, { wishes: surging, nodes: at, revisions: ['new'], deleted })).toBe(isFine); });

  it('with surge, one too many of the new ones may go', () => {
    const [first, second] = [beside({ isReady: false }), pod('second', { node: '1', revision: 'new' })];
    expect(judge('DaemonSet', second, [moment(broken(a), first, second)], { wishes: surging, nodes: [all], revisions: ['new'] })).toBe(true);
    expect(judge('DaemonSet', second, [moment(broken(a), second)], { wishes: surging, nodes: [all], revisions: ['new'] })).toBe(false);
  });
});

test('nodeFacts knows what daemons tolerate', () => {
  const facts = (...taints: string[]): unknown => Object.values(nodeFacts(object('n', { spec: { taints: taints.map((taint) => { const [key, effect] = taint.split(':'); return { key, effect }; }) } })));
  expect(facts()).toEqual([true, true]);
  expect(facts('node.kubernetes.io/unreachable:NoExecute', 'node.kubernetes.io/unschedulable:NoSchedule', 'own:PreferNoSchedule')).toEqual([true, true]);
  expect(facts('node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute')).toEqual([false, true]);
  expect(facts('own:NoExecute')).toEqual([false, false]);
});

import { deletionRules, type Deletion } from './deletion-rules.ts';
import type { PodFacts, Pods } from './pod-facts.ts';

const pod = (name: string, facts: Partial<PodFacts> = {}): PodFacts => ({ uid: name, name, node: 'n', revision: 'old', isReady: true, isGoing: false, isEnded: false, isDisrupted: false, ...facts });
const moment = (...all: PodFacts[]): Pods => new Map(all.map((one) => [one.uid, one]));
const wish = (facts: Partial<Deletion['wishes'][number]> = {}): Deletion['wishes'][number] => ({ replicas: 3, isOrdered: true, maxUnavailable: 1, surges: false, ...facts });
const judge = (kind: string, of: PodFacts, seen: Pods[], { wishes = [wish()], deleted = [] }: { wishes?: Deletion['wishes']; deleted?: string[] } = {}): boolean => deletionRules[kind]?.({ pod: of, seen, wishes, deleted: new Set(deleted) }) === undefined;

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
  const [a, b] = [pod('a', { node: '1' }), pod('b', { node: '2' })];
  const surging = [wish({ surges: true, maxUnavailable: 0 })];
  it.each<[string, boolean, Pods[], Deletion['wishes'], string[]]>([
    ['none is missing', true, [moment(a, b)], [wish()], []],
    ['one is missing', false, [moment(a, pod('b', { node: '2', isReady: false }))], [wish()], []],
    ['one was deleted before', false, [moment(a, b)], [wish()], ['b']],
    ['it does not work anyway', true, [moment(pod('a', { node: '1', isReady: false }), pod('b', { node: '2', isReady: false }))], [wish()], []],
    ['with surge, alone', false, [moment(a, b)], surging, []],
    ['with surge, beside one that is not ready', false, [moment(a, b, pod('c', { node: '1', isReady: false }))], surging, []],
    ['with surge, beside one that is', true, [moment(a, b, pod('c', { node: '1' }))], surging, []],
  ])('%s: %s', (_title, isFine, seen, wishes, deleted) => { expect(judge('DaemonSet', a, seen, { wishes, deleted })).toBe(isFine); });
});

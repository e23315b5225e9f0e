import type { History, Stored } from '../history/history.ts';
import { deliberateDeletions } from './deliberate-deletions.ts';
import { judged, LONG, object, type Write } from './judged.fixture.ts';

const node = (name: string, ...taints: object[]): Write => ['minions', object(name, { spec: { taints } })];
const UNREACHABLE = { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' };
const set: Write = ['daemonsets', object('agent', { spec: { updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } } })];
const revision = (hash: string, number: number): Write => ['controllerrevisions', object(hash, { revision: number, metadata: { name: hash, uid: hash, namespace: 'n', labels: { 'controller-revision-hash': hash } } }, ['DaemonSet', 'agent'])];
const pod = (name: string, on: string, { hash = 'old', status = 'True' } = {}): Write => [
  'pods', object(name, { spec: { nodeName: on }, status: { conditions: [{ type: 'Ready', status }] }, metadata: { name, uid: name, namespace: 'n', labels: { 'controller-revision-hash': hash } } }, ['DaemonSet', 'agent']),
];
const gone = ([resource, one]: Write): Write => [resource, one, 'gone'];

/** What it says when a controller deletes a pod after all that. */
function deleted([, one]: Write, writes: readonly Write[]): string | undefined {
  const invariant = deliberateDeletions();
  judged(invariant, writes);
  const all = (resource: string): Stored[] => ({ daemonsets: [set[1]], namespaces: [object('n')] } as Record<string, Stored[]>)[resource] ?? []; // by resource
  return invariant.taken?.({ process: 'controller-manager-0', atMs: writes.length * 1000, request: { method: 'DELETE', path: `/api/v1/namespaces/n/pods/${one.metadata.name}` }, response: { status: 200, contentType: '', warnings: [], body: Buffer.from(JSON.stringify(one)) } }, { all } as unknown as History); // what is asked of it
}

describe('deliberateDeletions', () => {
  const [a, b] = [pod('a', 'x'), pod('b', 'y')];
  const begun = [node('x'), node('y'), set, revision('old', 1), a, b];
  const wrong = 'controller-manager-0 deleted a of DaemonSet agent: a worked, and too many others never did';
  it.each<[string, string | undefined, Write[]]>([
    ['alone on its node', wrong, begun],
    ['on a node that is out of reach', undefined, [...begun, node('x', UNREACHABLE)]],
    ['on a node that was out of reach a moment ago', undefined, [...begun, node('x', UNREACHABLE), node('x')]],
    ['on a node that was out of reach long ago', wrong, [...begun, node('x', UNREACHABLE), node('x'), ...LONG]],
    ['on a node that is gone', undefined, [...begun, gone(node('x'))]],
    ['beside a new one that does not work', wrong, [...begun, revision('new', 2), pod('c', 'x', { hash: 'new', status: 'False' })]],
    ['beside one that does not work and is no longer new', undefined, [...begun, revision('new', 2), pod('c', 'x', { hash: 'new', status: 'False' }), revision('newer', 3)]],
    ['beside an old one that does not work, as a new one', wrong, [...begun, pod('c', 'x', { hash: 'new', status: 'False' }), revision('new', 2), revision('old', 3)]],
  ])('a daemon goes %s', (_title, said, writes) => { expect(deleted(a, writes)).toBe(said); });
});

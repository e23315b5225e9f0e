import type { coordinationV1, coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { monitorNodes, nothingKnown, type MonitorOptions, type MonitorState } from './monitor-nodes.ts';
import { readyConditionOf } from './node-taints.ts';

const T0 = Date.parse('2026-01-01T00:00:00Z');
const options: MonitorOptions = { periodMs: 5000, graceMs: 50_000, startupGraceMs: 60_000, evictionRate: 0.1, secondaryEvictionRate: 0.01, largeClusterSize: 5, unhealthyZoneShare: 0.55 };

/** Nodes, leases and pods in memory; each look is applied to them. */
class World {
  readonly nodes = new Map<string, coreV1.Node>();
  readonly pods = new Map<string, coreV1.Pod>();
  readonly leases = new Map<string, coordinationV1.Lease>();
  readonly told: string[] = [];
  state: MonitorState = nothingKnown;
  atMs = 0;
  /** Names of objects whose writes are refused. */
  refused = new Set<string>();

  node(name: string, status: 'True' | 'False' | 'Unknown' | undefined, { zone, taints, labels = {} }: { zone?: string; taints?: coreV1.Taint[]; labels?: Record<string, string> } = {}): void {
    this.nodes.set(name, {
      apiVersion: 'v1', kind: 'Node',
      metadata: { name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: new Date(T0).toISOString(), labels: { ...labels, ...(zone !== undefined && { 'topology.kubernetes.io/zone': zone }) } },
      spec: { ...(taints && { taints }) }, status: { conditions: status === undefined ? [] : [{ type: 'Ready', status, lastHeartbeatTime: new Date(T0 + this.atMs).toISOString() }] },
    });
  }

  pod(name: string, nodeName: string, ready = 'True'): void {
    this.pods.set(name, { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', uid: name }, spec: { nodeName, containers: [] }, status: { conditions: [{ type: 'Ready', status: ready, reason: 'Mine' }] } });
  }

  lease(name: string): void {
    this.leases.set(name, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace: 'kube-node-lease' }, spec: { renewTime: new Date(T0 + this.atMs).toISOString().replace('Z', '000Z') } });
  }

  /** Goes on in time and looks; what happened, and when the next look is due. */
  look(ms = 0): { did: string[]; againAfterMs: number } {
    this.atMs += ms;
    const { state, actions, againAfterMs } = monitorNodes(this.state, {
      nodes: [...this.nodes.values()], leaseOf: (name) => this.leases.get(name), podsOn: (name) => [...this.pods.values()].filter(({ spec }) => spec?.nodeName === name),
    }, { nowMs: T0 + this.atMs, monotonicMs: 7_000_000 + this.atMs }, options);
    this.state = state;
    const did: string[] = [];
    this.#apply(actions, did);
    return { did, againAfterMs };
  }

  taints(name: string): string[] { return (this.nodes.get(name)?.spec?.taints ?? []).map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`); }

  #apply(actions: readonly Action[], did: string[]): void {
    for (const action of actions) {
      switch (action.do) {
        case 'event': did.push(`${action.about.kind} ${action.about.metadata.name}: ${action.message}`); break;
        case 'all': this.#apply(action.actions, did); break;
        case 'update': {
          const node = action.object as coreV1.Node; // only nodes are updated
          if (this.refused.has(node.metadata.name)) { this.#apply(action.otherwise?.({} as never)?.actions ?? [], did); break; } // nobody reads the error
          const written = { ...node, metadata: { ...node.metadata, resourceVersion: `${node.metadata.resourceVersion ?? ''}1` } };
          this.nodes.set(node.metadata.name, written);
          did.push(`${node.metadata.name} ${readyConditionOf(node)?.status ?? ''}`);
          this.#apply(action.then?.(written) ?? [], did);
          break;
        }
        case 'patch': this.#patch(action, did); break;
        default: throw new Error(`unexpected ${action.do}`);
      }
    }
  }

  #patch(action: Extract<Action, { do: 'patch' }>, did: string[]): void {
    const { name } = action.target;
    if (this.refused.has(name)) { this.#apply(action.otherwise?.({ reason: 'Conflict' } as never)?.actions ?? [], did); return; } // all that is read of the error
    const body = action.patch.body as { metadata?: { resourceVersion?: string }; spec?: { taints: coreV1.Taint[] | null }; status?: coreV1.PodStatus }; // what the monitor writes
    const [node, pod] = [this.nodes.get(name), this.pods.get(name)];
    if (pod !== undefined) {
      const [condition] = body.status?.conditions ?? [];
      this.pods.set(name, { ...pod, status: { conditions: pod.status?.conditions?.map((one) => ({ ...one, ...condition })) ?? [] } });
      did.push(`${name} not ready`);
      this.#apply(action.then?.(pod) ?? [], did);
    } else if (node !== undefined) {
      expect(body.metadata?.resourceVersion).toBe(node.metadata.resourceVersion); // else somebody's taint might be lost
      const { taints: _old, ...spec } = node.spec ?? {};
      this.nodes.set(name, { ...node, spec: { ...spec, ...(body.spec?.taints && { taints: body.spec.taints }) } });
      did.push(`${name} [${this.taints(name).join()}]`);
    }
  }
}

const registered = (...names: string[]): string[] => names.map((name) => `Node ${name}: Node ${name} event: Registered Node ${name} in Controller`);

test('nodes that come and go are told of, once', () => {
  const world = new World();
  world.node('a', 'True');
  expect(world.look().did).toEqual(registered('a'));
  expect(world.look(5000).did).toEqual([]);
  world.nodes.clear();
  expect(world.look(5000).did).toEqual(['Node a: Node a event: Removing Node a from Controller']);
});

test('a node that falls silent is Unknown, tainted, and its pods are not ready', () => {
  const world = new World();
  world.node('a', 'True');
  world.node('b', 'True');
  world.pod('p', 'a');
  world.pod('q', 'b');
  world.look();
  world.lease('b');
  expect(world.look(50_000).did).toEqual([]);
  expect(world.look(1).did).toEqual(['a Unknown', 'Node a: Node a status is now: NodeNotReady', 'a [unreachable:NoSchedule,unreachable:NoExecute]', 'p not ready', 'Pod p: Node is not ready']
    .sort((x, y) => Number(y === 'a Unknown') - Number(x === 'a Unknown') || Number(y.startsWith('Node')) - Number(x.startsWith('Node'))));
  expect(world.nodes.get('a')?.status?.conditions).toMatchObject([
    { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' },
    ...['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({ type, status: 'Unknown', reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.', lastHeartbeatTime: '2026-01-01T00:00:00.000Z' })),
  ]);
  expect(world.pods.get('p')?.status?.conditions).toMatchObject([{ status: 'False', reason: 'Mine' }]);
  expect(world.look(5000).did).toEqual([]);
});

test.each<[string, (world: World) => void]>([
  ['a renewed lease', (world) => { world.lease('a'); }],
  ['a heartbeat', (world) => { world.node('a', 'True'); }],
])('%s keeps a node alive', (_name, sign) => {
  const world = new World();
  world.node('a', 'True');
  world.node('b', 'True');
  world.look();
  world.look(30_000);
  sign(world);
  world.look(10_000);
  world.look(45_000);
  expect(readyConditionOf(world.nodes.get('a') as coreV1.Node)?.status).toBe('True'); // it is there
  world.look(10_000);
  expect(readyConditionOf(world.nodes.get('a') as coreV1.Node)?.status).toBe('Unknown'); // as before
});

test('a node that never reported has its own time, from its creation, and was not ready before', () => {
  const world = new World();
  world.node('well', 'True');
  world.look(30_000);
  world.node('well', 'True');
  world.node('mute', undefined);
  world.pod('p', 'mute');
  expect(world.look(30_000).did).toEqual(registered('mute'));
  expect(world.look(1).did).toEqual(['mute Unknown', 'mute [unreachable:NoSchedule,unreachable:NoExecute]']);
  expect(world.nodes.get('mute')?.status?.conditions?.[0]).toMatchObject({ type: 'Ready', reason: 'NodeStatusNeverUpdated' });
});

test('a node that says itself that it is not ready is tainted; its pods are its own affair', () => {
  const world = new World();
  world.node('a', 'False');
  world.node('b', 'True');
  world.pod('p', 'a');
  expect(world.look().did).toEqual([...registered('a', 'b'), 'a [not-ready:NoSchedule,not-ready:NoExecute]']);
});

test('a node swaps its taint at once, and loses it when it is ready', () => {
  const world = new World();
  world.node('a', 'False');
  world.node('b', 'True');
  world.look();
  world.node('a', 'Unknown', { taints: world.nodes.get('a')?.spec?.taints ?? [] });
  expect(world.look().did).toEqual(['a [unreachable:NoSchedule,unreachable:NoExecute]']);
  world.node('a', 'True', { taints: [{ key: 'mine', effect: 'NoExecute' }, ...world.nodes.get('a')?.spec?.taints ?? []] });
  expect(world.look().did).toEqual(['a [mine:NoExecute,unreachable:NoSchedule]']);
});

test('a zone loses one node every ten seconds', () => {
  const world = new World();
  for (const name of ['a', 'b', 'c']) world.node(name, 'False');
  for (const name of ['d', 'e', 'f', 'g']) world.node(name, 'True');
  world.node('z', 'False', { zone: 'other' });
  world.node('y', 'True', { zone: 'other' });
  const first = world.look();
  expect(first.did.slice(9)).toEqual(['a [not-ready:NoSchedule,not-ready:NoExecute]', 'z [not-ready:NoSchedule,not-ready:NoExecute]']);
  expect(world.look(5000).did).toEqual([]);
  const waiting = world.look(4000);
  expect(waiting).toEqual({ did: [], againAfterMs: 1000 });
  expect(world.look(1000).did).toEqual(['b [not-ready:NoSchedule,not-ready:NoExecute]']);
  expect(world.look(20_000).did).toEqual(['c [not-ready:NoSchedule,not-ready:NoExecute]']); // tokens do not pile up
});

test('a refused taint is tried with the next look, soon, and costs no other turn', () => {
  const world = new World();
  for (const name of ['a', 'b']) world.node(name, 'False');
  for (const name of ['c', 'd']) world.node(name, 'True');
  world.refused.add('a');
  expect(world.look()).toEqual({ did: registered('a', 'b', 'c', 'd'), againAfterMs: 500 });
  world.refused.clear();
  expect(world.look(500)).toEqual({ did: ['a [not-ready:NoSchedule,not-ready:NoExecute]'], againAfterMs: 500 });
  expect(world.look(500)).toEqual({ did: [], againAfterMs: 5000 });
});

test('refused pods are tried with the next look', () => {
  const world = new World();
  world.node('a', 'True');
  world.node('b', 'True');
  world.pod('p', 'a');
  world.look();
  world.lease('b');
  world.look(5000);
  world.refused.add('p');
  expect(world.look(46_000).did).toContain('Pod p: Node is not ready');
  expect(world.pods.get('p')?.status?.conditions?.[0]?.status).toBe('True');
  world.refused.clear();
  expect(world.look(2000).did).toEqual(['p not ready', 'Pod p: Node is not ready']);
  expect(world.look(1).did).toEqual([]);
});

test('a refused status is tried again as if nothing had been', () => {
  const world = new World();
  world.node('a', 'True');
  world.node('b', 'True');
  world.look();
  world.lease('b');
  world.refused.add('a');
  expect(world.look(51_000).did).toEqual([]);
  world.refused.clear();
  expect(world.look(1000).did).toContain('Node a: Node a status is now: NodeNotReady');
});

describe('when the cluster fails as a whole', () => {
  const failed = (): World => {
    const world = new World();
    for (const name of ['a', 'b', 'c']) world.node(name, 'True');
    world.look();
    world.look(51_000);
    return world;
  };

  test('it is the controller that is cut off, and no node is given up', () => {
    const world = failed();
    expect(['a', 'b', 'c'].map((name) => readyConditionOf(world.nodes.get(name) as coreV1.Node)?.status)).toEqual(['Unknown', 'Unknown', 'Unknown']); // they are there
    for (let i = 0; i < 10; i++) world.look(30_000);
    expect(['a', 'b', 'c'].map((name) => world.taints(name))).toEqual([[], [], []]);
  });

  test('nodes that had been given up before are taken back', () => {
    const world = new World();
    world.node('a', 'False');
    world.node('b', 'True');
    world.look();
    expect(world.taints('a')).toContain('not-ready:NoExecute');
    world.node('b', 'False');
    world.look(5000);
    expect(world.taints('a')).toEqual(['not-ready:NoSchedule']);
  });

  test('when one comes back, the others get a new grace, and are given up after it', () => {
    const world = failed();
    world.look(5000);
    world.node('a', 'True');
    world.look(5000);
    expect(['b', 'c'].map((name) => world.taints(name))).toEqual([[], []]);
    world.lease('a');
    world.look(10_000);
    expect(['b', 'c'].map((name) => world.taints(name).length)).toEqual([2, 0]);
  });
});

test.each<[string, number, number, number]>([
  ['a small zone loses no more nodes', 3, 2, 0],
  ['a large one a few', 6, 2, 1],
])('where most have failed, %s', (_name, bad, good, want) => {
  const world = new World();
  for (let i = 0; i < bad + good; i++) world.node(`n${i}`, 'True', { zone: 'one' });
  world.node('far', 'True', { zone: 'two' });
  world.look();
  for (let i = 0; i < bad; i++) world.node(`n${i}`, 'False', { zone: 'one' });
  world.look(5000); // the token of before may be spent
  const spent = [...world.nodes.keys()].filter((name) => world.taints(name).length > 0).length;
  for (const name of world.nodes.keys()) world.lease(name);
  world.look(100_000);
  expect([...world.nodes.keys()].filter((name) => world.taints(name).length > 0).length - spent).toBe(want);
});

test('a node that is excluded from disruptions does not count for its zone', () => {
  const world = new World();
  world.node('a', 'False');
  world.node('b', 'True', { labels: { 'node.kubernetes.io/exclude-disruption': '' } });
  world.look();
  expect(world.taints('a')).toEqual([]); // all that count have failed
});

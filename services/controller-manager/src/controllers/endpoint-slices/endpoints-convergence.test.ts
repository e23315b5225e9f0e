import fc from 'fast-check';
import { coreV1Resources, discoveryV1Resources, type coreV1 } from '@kubernode/api';
import { startControllers, type ControllerWorld } from '@kubernode/testing';
import { endpointSliceMirroringController } from '../endpoint-slice-mirroring/endpoint-slice-mirroring-controller.ts';
import { endpointsController } from '../endpoints/endpoints-controller.ts';
import { endpointSliceController } from './endpoint-slice-controller.ts';

const { services, pods, endpoints, nodes } = coreV1Resources;
const { endpointslices } = discoveryV1Resources;
const LATE_MS = 5000; // longer than any watch is late, twice over

function start(seed: number, faults: boolean): ControllerWorld {
  const world = startControllers([endpointsController({ batchMs: 0 }), endpointSliceController({ endpointsMax: 3, batchMs: 0 }), endpointSliceMirroringController({ addressesMax: 1000, batchMs: 0 })], { seed, faults });
  world.client.put({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', labels: { 'topology.kubernetes.io/zone': 'z' } } });
  return world;
}

function service(spec: Partial<coreV1.ServiceSpec>): coreV1.Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'ns' }, spec: { clusterIP: '10.96.0.1', ipFamilies: ['IPv4'], ports: [{ port: 80, protocol: 'TCP' }], ...spec } };
}

function pod(name: string, app: string, ready: boolean): coreV1.Pod {
  const ip = `10.0.0.${Number(name.slice(1)) + 1}`;
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', uid: name, labels: { app } }, spec: { nodeName: 'n', containers: [] }, status: { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] } };
}

/** Ready and other addresses, as slices have them and as Endpoints do. */
function shown({ client }: ControllerWorld): { slices: string[]; endpoints: string[]; sizes: number[] } {
  const slices = client.all(endpointslices);
  return {
    slices: slices.flatMap(({ endpoints: list }) => (list ?? []).map(({ addresses, conditions }) => `${addresses.join()} ${conditions?.ready === true ? 'ready' : 'not'}`)).sort(),
    endpoints: (client.stored(endpoints, 'ns/web')?.subsets ?? []).flatMap(({ addresses = [], notReadyAddresses = [] }) => [...addresses.map(({ ip }) => `${ip} ready`), ...notReadyAddresses.map(({ ip }) => `${ip} not`)]).sort(),
    sizes: slices.map(({ endpoints: list }) => (list ?? []).length),
  };
}

test('a Service that gets a selector loses its mirror, and gets slices of pods', async () => {
  const world = start(1, false);
  world.client.put(service({}));
  world.client.put({ apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'web', namespace: 'ns' }, subsets: [{ addresses: [{ ip: '192.0.2.9' }], ports: [{ port: 80 }] }] });
  await world.clock.advance(LATE_MS);
  expect(shown(world)).toMatchObject({ slices: ['192.0.2.9 ready'], endpoints: ['192.0.2.9 ready'] });
  world.client.put(pod('p1', 'web', true));
  world.client.put({ ...world.client.stored(services, 'ns/web'), ...service({ selector: { app: 'web' } }) });
  await world.clock.advance(LATE_MS);
  expect(shown(world)).toEqual({ slices: ['10.0.0.2 ready'], endpoints: ['10.0.0.2 ready'], sizes: [1] });
  await world.client.delete(services, { name: 'web', namespace: 'ns' });
  await world.clock.advance(LATE_MS);
  expect(world.client.all(endpoints)).toEqual([]);
  await world.stop();
});

test('Endpoints that stood without a Service when the leader began are removed, a leader\'s lock is not; later ones stay', async () => {
  const world = start(1, false);
  const put = (name: string, annotations: Record<string, string> = {}): void => { world.client.put({ apiVersion: 'v1', kind: 'Endpoints', metadata: { name, namespace: 'ns', annotations } }); };
  put('left');
  put('lock', { 'control-plane.alpha.kubernetes.io/leader': '{}' });
  world.client.put(service({ selector: { app: 'web' } }));
  await world.clock.advance(LATE_MS);
  put('later');
  await world.clock.advance(LATE_MS);
  expect(world.client.all(endpoints).map(({ metadata }) => metadata.name).sort()).toEqual(['later', 'lock', 'web']);
  await world.stop();
});

test('a slice that others spoil is put right', async () => {
  const world = start(1, false);
  world.client.put(service({ selector: { app: 'web' } }));
  world.client.put(pod('p1', 'web', true));
  await world.clock.advance(LATE_MS);
  const [slice] = world.client.all(endpointslices);
  world.client.put({ ...slice, endpoints: [] });
  await world.clock.advance(LATE_MS);
  expect(shown(world).slices).toEqual(['10.0.0.2 ready']);
  await world.client.delete(endpointslices, { name: slice?.metadata.name ?? '', namespace: 'ns' });
  await world.clock.advance(LATE_MS);
  expect(shown(world).slices).toEqual(['10.0.0.2 ready']);
  await world.stop();
});

test('a pod whose node is heard of late is there in the end', async () => {
  const world = start(1, false);
  await world.client.delete(nodes, { name: 'n' });
  world.client.put(service({ selector: { app: 'web' } }));
  world.client.put(pod('p1', 'web', true));
  await world.clock.advance(LATE_MS);
  expect(shown(world).slices).toEqual([]);
  world.client.put({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } });
  await world.clock.advance(20_000);
  expect(shown(world).slices).toEqual(['10.0.0.2 ready']);
  await world.stop();
});

test('whatever happens to pods and the Service, however late it is heard of, both lists end as the pods are', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('pod' as const), i: fc.nat(11), app: fc.constantFrom('web', 'other'), ready: fc.boolean() }),
    fc.record({ do: fc.constant('gone' as const), i: fc.nat(11) }),
    fc.record({ do: fc.constant('select' as const), app: fc.constantFrom('web', 'other') }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.nat(3000) }),
  );
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(1000), async (steps, seed) => {
    const world = start(seed, true);
    world.client.put(service({ selector: { app: 'web' } }));
    let selected = 'web';
    for (const one of steps) {
      if (one.do === 'pod') world.client.put(pod(`p${one.i}`, one.app, one.ready));
      if (one.do === 'gone' && world.client.stored(pods, `ns/p${one.i}`) !== undefined) await world.client.delete(pods, { name: `p${one.i}`, namespace: 'ns' });
      if (one.do === 'select') { selected = one.app; world.client.put(service({ selector: { app: one.app } })); }
      if (one.do === 'wait') await world.clock.advance(one.ms);
    }
    await world.clock.advance(4 * LATE_MS);
    const want = world.client.all(pods).filter(({ metadata }) => metadata.labels?.['app'] === selected).map(({ status }) => `${status?.podIP ?? ''} ${status?.conditions?.[0]?.status === 'True' ? 'ready' : 'not'}`).sort();
    const { slices, endpoints: list, sizes } = shown(world);
    expect({ slices, endpoints: list }).toEqual({ slices: want, endpoints: want });
    expect(Math.max(...sizes)).toBeLessThanOrEqual(3);
    expect(want.length === 0 ? sizes : sizes.filter((size) => size === 0)).toEqual(want.length === 0 ? [0] : []);
    const before = world.client.writes.length;
    await world.clock.advance(LATE_MS);
    expect(world.client.writes.length).toBe(before); // it rests
    await world.stop();
  }), { numRuns: 15, seed: 5 });
});

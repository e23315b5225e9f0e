import { coreV1Resources, discoveryV1Resources, networkingV1Resources, type coreV1, type discoveryV1 } from '@kubernode/api';
import type { IpFamily } from '@kubernode/apimachinery';
import { linkSignals, TaskGroup, WakeUp, type Clock } from '@kubernode/base';
import type { Informer, InformerFactory } from '@kubernode/client';
import type { Logger } from '@kubernode/component-base';
import type { ProxyHealth } from '../health/proxy-health.ts';
import type { ProxyMetrics } from '../metrics.ts';
import type { NodePlace } from '../topology/route-port.ts';
import { RoutedPorts, type ServiceSource } from '../topology/routed-ports.ts';
import { nodeView, triggerTime, type NodeView } from './node-view.ts';
import type { ProxySettings } from './proxy-options.ts';

export interface ProxyDependencies {
  informers: InformerFactory;
  settings: ProxySettings;
  nodeName: string;
  /** Those that the host has. */
  families: readonly IpFamily[];
  metrics: ProxyMetrics;
  proxyHealth: ProxyHealth;
  clock: Clock;
  logger: Logger;
  /** Keeps one family until aborted. */
  runFamily: (state: FamilyState, signal: AbortSignal) => Promise<void>;
  /** Told of the own Node as it changes. */
  onNode: (node: Readonly<coreV1.Node> | undefined) => void;
}

/** What one family's loop works with. */
export interface FamilyState { family: IpFamily; ports: RoutedPorts; change: WakeUp; view: NodeView; place: () => NodePlace; takeTriggerTimes: () => readonly number[] }

const BY_SERVICE = 'proxy-by-service';
const SERVICE_OF_SLICE = 'kubernetes.io/service-name';
const ZONE = 'topology.kubernetes.io/zone';

/** Watches services, slices and the own node, and keeps both families' rules as they ask for it, until aborted. The caller runs the informers. */
export async function runProxy(dependencies: ProxyDependencies, signal: AbortSignal): Promise<void> {
  const { informers, settings, nodeName, families } = dependencies;
  const services = informers.informer(coreV1Resources.services);
  const slices = informers.informer(discoveryV1Resources.endpointslices, { indexes: { [BY_SERVICE]: (slice) => [serviceKey(slice)] } });
  const nodes = informers.informer(coreV1Resources.nodes, { fieldSelector: `metadata.name=${nodeName}` });
  const ranges = settings.mode === 'nftables' ? informers.informer(networkingV1Resources.servicecidrs) : undefined;
  const source: ServiceSource = { service: (key) => services.lister.get(key), slices: (key) => slices.lister.byIndex(BY_SERVICE, key), serviceKeys: () => services.lister.list().map((one) => `${one.metadata.namespace ?? ''}/${one.metadata.name ?? ''}`) };
  const node = (): Readonly<coreV1.Node> | undefined => nodes.lister.get(nodeName);
  const view = (): NodeView => nodeView(node(), (ranges?.lister.list() ?? []).flatMap((one) => one.spec?.cidrs ?? []));
  const states = families.map((family) => ({ family, ports: new RoutedPorts(source, family), change: new WakeUp(), triggerTimes: [] as number[] }));
  const viewChanged = new WakeUp();
  using _watching = watch({ dependencies, states, services, slices, nodes, onView: () => viewChanged.ring() });
  using _ranges = ranges?.onChange(() => viewChanged.ring());
  await Promise.all([services, slices, nodes, ...(ranges ? [ranges] : [])].map((one) => one.synced(signal)));
  for (;;) {
    const current = view();
    using stop = linkSignals(signal);
    const group = new TaskGroup(stop.signal);
    for (const { family, ports, change, triggerTimes } of states) {
      const place = (): NodePlace => ({ name: nodeName, zone: node()?.metadata.labels?.[ZONE] ?? '' });
      group.spawn((inner) => dependencies.runFamily({ family, ports, change, view: current, place, takeTriggerTimes: () => triggerTimes.splice(0) }, inner));
    }
    group.spawn(async (inner) => {
      do await viewChanged.heard(inner); while (!inner.aborted && JSON.stringify(view()) === JSON.stringify(current));
      group.stop();
    });
    await group.done();
    signal.throwIfAborted();
    dependencies.logger.info('the node changed; writing all rules again', { node: nodeName });
  }
}

interface Watching {
  dependencies: ProxyDependencies;
  states: readonly { family: IpFamily; ports: RoutedPorts; change: WakeUp; triggerTimes: number[] }[];
  services: Informer<coreV1.Service>;
  slices: Informer<discoveryV1.EndpointSlice>;
  nodes: Informer<coreV1.Node>;
  onView: () => void;
}

/** Notes what changes where it matters, and wakes the loops. */
function watch({ dependencies: { metrics, proxyHealth, clock, onNode }, states, services, slices, nodes, onView }: Watching): Disposable {
  const startedAt = clock.now();
  const ring = ({ family, change, ports }: Watching['states'][number]): void => {
    proxyHealth.queue(family);
    metrics.family(family).queued(clock.now() / 1000);
    metrics.family(family).pending(ports.pending);
    change.ring();
  };
  const listeners = [
    services.onChange(({ key }) => {
      metrics.serviceChanges.inc();
      for (const state of states) { state.ports.note(key); ring(state); }
    }),
    slices.onChange(({ object, previous }) => {
      const slice = object ?? previous;
      const state = states.find(({ family }) => family === slice?.addressType);
      if (slice === undefined || state === undefined) return;
      metrics.endpointChanges.inc();
      for (const one of [object, previous]) if (one) state.ports.note(serviceKey(one));
      const at = object && triggerTime(object);
      if (at !== undefined && at > startedAt) state.triggerTimes.push(at);
      ring(state);
    }),
    nodes.onChange(({ object, previous }) => {
      onNode(object);
      onView();
      if (object?.metadata.labels?.[ZONE] === previous?.metadata.labels?.[ZONE]) return;
      for (const state of states) { state.ports.noteAll(); ring(state); }
    }),
  ];
  return { [Symbol.dispose]: () => { for (const listener of listeners) listener[Symbol.dispose](); } };
}

function serviceKey({ metadata }: { metadata: { namespace?: string | undefined; labels?: Readonly<Record<string, string>> | undefined } }): string {
  return `${metadata.namespace ?? ''}/${metadata.labels?.[SERVICE_OF_SLICE] ?? ''}`;
}

import { coreV1Resources } from '@kubernode/api';
import { seededRng, systemClock, systemRng } from '@kubernode/base';
import { createInformerFactory, type InformerFactory } from '@kubernode/client';
import { silentLogger } from '@kubernode/component-base';
import { eventually } from '../../framework/run.ts';
import type { Evidence } from '../checkers/check-evidence.ts';
import type { Tries } from '../checkers/availability.ts';
import type { AcknowledgedWrite, Seen, WatchLog } from '../checkers/watch-log.ts';
import type { ChaosCluster } from '../cluster/chaos-cluster.ts';
import { ports } from '../cluster/machine-plan.ts';
import { ApiConnection } from './api-connection.ts';
import { NODE_PORT, rollOn, untilConverged, workloadObjects } from './deployments.ts';
import { LeaderActions } from './leader-actions.ts';
import { PulseWriter } from './pulse-writer.ts';
import { RegisterClients } from './registers.ts';
import { ServiceClient } from './service-client.ts';
import { parseValue, valueObject } from './value-object.ts';
import { WatchRecorder, type WatchedObject } from './watch-recorder.ts';

export interface WorkloadOptions { readonly cluster: ChaosCluster; readonly seed: number; readonly pulses?: number; readonly pulseEveryMs?: number; readonly registers?: number; readonly clientsPerRegister?: number }

const NAMESPACE = 'chaos';
const COLLECTION = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const COMPONENTS = ['kube-scheduler', 'kube-controller-manager'] as const;
/** How long watchers have to catch up after a fault ended. */
const CATCH_UP_MS = 60_000;

type Value = WatchedObject & { data?: { v?: string } };
const valueOf = (object: Value): string => object.data?.v ?? '';

/** Everything that uses the cluster while faults happen, and what it saw. */
export class Workload {
  readonly pulses: readonly PulseWriter[];
  readonly service: ServiceClient | undefined;
  readonly #cluster: ChaosCluster;
  readonly #registers: readonly RegisterClients[];
  readonly #watchers: readonly WatchRecorder<Value>[];
  readonly #pods: WatchRecorder<WatchedObject & { spec?: { nodeName?: string } }>;
  readonly #leases: WatchRecorder<WatchedObject & { spec?: { holderIdentity?: string } }>;
  readonly #leaders: LeaderActions;
  readonly #informers: InformerFactory;
  readonly #connections: ApiConnection[] = [];
  readonly #stop: AbortController = new AbortController();
  readonly #tasks: Promise<void>[] = [];
  #sentinel = 0;

  constructor({ cluster, seed, pulses = 8, pulseEveryMs = 20, registers = 4, clientsPerRegister = 3 }: WorkloadOptions) {
    this.#cluster = cluster;
    const rng = seededRng(seed);
    this.pulses = Array.from({ length: pulses }, (_, i) => new PulseWriter({ collection: COLLECTION, name: `pulse-${i}`, connection: this.#connect(), everyMs: pulseEveryMs }));
    this.#registers = Array.from({ length: registers }, (_, i) => new RegisterClients({ collection: COLLECTION, name: `register-${i}`, connections: Array.from({ length: clientsPerRegister }, () => this.#connect()), rng }));
    const directly = cluster.machines('apiserver').map((machine) => ({ name: `watcher of ${machine.name}`, connection: this.#connect(machine.address) }));
    this.#watchers = [...directly, { name: 'watcher behind the load balancer', connection: this.#connect() }].map((given) => new WatchRecorder<Value>({ ...given, path: COLLECTION, valueOf }));
    this.#pods = new WatchRecorder({ name: 'watcher of pods', connection: this.#connect(), path: `/api/v1/namespaces/${NAMESPACE}/pods`, valueOf: (pod) => pod.spec?.nodeName ?? '' });
    this.#leases = new WatchRecorder({ name: 'watcher of leases', connection: this.#connect(), path: '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases', valueOf: (lease) => lease.spec?.holderIdentity ?? '' });
    this.#leaders = new LeaderActions(cluster.machines('apiserver').map((machine) => cluster.places.machine(machine, 'audit.log')));
    this.#informers = createInformerFactory({ client: cluster.client, clock: systemClock, rng: systemRng, logger: silentLogger });
    const node = cluster.machines('node')[0];
    if (node !== undefined) this.service = new ServiceClient(`http://${node.address}:${NODE_PORT}/`);
  }

  /** Makes what it needs, waits until all of it works, and goes on until `stop`. */
  async start(): Promise<void> {
    const { signal } = this.#stop;
    await this.#cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    await Promise.all(this.pulses.map((pulse) => pulse.begin()));
    if (this.service !== undefined) await this.#startPods(signal);
    const informer = this.#informers.informer(coreV1Resources.configmaps, {});
    const runs = [this.#pods, this.#leases, ...this.#watchers, ...this.#registers, ...this.pulses].map((one) => one.run(signal));
    this.#tasks.push(...runs, this.#informers.run(signal).catch((error: unknown) => { if (!signal.aborted) throw error; }));
    await informer.synced(signal);
    await eventually('the watchers', () => Promise.resolve(this.#watchers.every(({ revision }) => revision > 0)));
  }

  async #startPods(signal: AbortSignal): Promise<void> {
    const { client } = this.#cluster;
    await eventually('a default service account', async () => (await client.list(coreV1Resources.serviceaccounts, { namespace: NAMESPACE })).items.length > 0);
    await this.#cluster.apply(...workloadObjects(NAMESPACE));
    await this.converged(120_000);
    this.#tasks.push(rollOn(client, NAMESPACE, signal));
    if (this.service !== undefined) this.#tasks.push(this.service.run(signal));
  }

  converged(timeoutMs: number): Promise<void> { return this.service === undefined ? Promise.resolve() : untilConverged(this.#cluster.client, NAMESPACE, timeoutMs); }

  get tries(): readonly Tries[] { return this.pulses.map(({ tries }) => tries); }
  get serviceTries(): Tries | undefined { return this.service?.tries; }

  /** Lets writers rest, waits until all watchers have seen everything, and hands out what happened since the last time. */
  async checkpoint(): Promise<Evidence> {
    const writers = [...this.pulses, ...this.#registers];
    for (const writer of writers) writer.pause();
    await eventually('writers to rest', () => Promise.resolve(this.pulses.every(({ isIdle }) => isIdle)), CATCH_UP_MS);
    await eventually('the last unanswered calls', () => Promise.resolve(this.#registers.every(({ isIdle }) => isIdle)), CATCH_UP_MS);
    const behind = await this.#letWatchersCatchUp();
    const evidence = { ...await this.#collect(), behind };
    for (const recorder of [...this.#watchers, this.#pods, this.#leases]) recorder.compact();
    for (const writer of writers) writer.resume();
    return evidence;
  }

  /** Writes something last of all; names watchers that never saw it. */
  async #letWatchersCatchUp(): Promise<readonly string[]> {
    const revision = await eventually('a last write', () => this.#writeSentinel(), CATCH_UP_MS);
    const informer = this.#informers.informer(coreV1Resources.configmaps, {});
    const waitFor = (name: string, seen: () => number): Promise<string | undefined> => eventually(name, () => Promise.resolve(seen() >= revision), CATCH_UP_MS).then(() => undefined, () => `${name} saw revision ${seen()} and not ${revision}`);
    const late = await Promise.all([...this.#watchers.map((one) => waitFor(one.name, () => one.revision)), waitFor('the informer', () => Number(informer.resourceVersion))]);
    return late.filter((one) => one !== undefined);
  }

  async #writeSentinel(): Promise<number> {
    const connection = this.#connect();
    try {
      const value = `sentinel:${++this.#sentinel}`;
      const made = parseValue(await connection.send('POST', COLLECTION, valueObject('sentinel', value)));
      const { status, revision } = made.status === 409 ? parseValue(await connection.send('PATCH', `${COLLECTION}/sentinel`, { data: { v: value } }, 'application/merge-patch+json')) : made;
      if (status >= 300 || revision === undefined) throw new Error(`status ${status}`);
      return revision;
    } finally { connection.close(); }
  }

  async #collect(): Promise<Omit<Evidence, 'behind'>> {
    const list = await eventually('a list', () => this.#cluster.client.list(coreV1Resources.configmaps, { namespace: NAMESPACE }));
    const listed = new Map(list.items.map(({ metadata, data }) => [metadata.name, { revision: Number(metadata.resourceVersion), value: data?.['v'] ?? '' }]));
    const actions = this.#leaders.take(this.#pods.log);
    return {
      operations: this.#registers.flatMap((one) => one.take()), writes: this.#takeWrites(), soleWriters: this.pulses.map(({ soleWriter }) => soleWriter), errors: this.pulses.flatMap((pulse) => pulse.takeErrors()), listed,
      logs: [...this.#watchers.map(({ log }) => log), this.#informerLog(listed)], leaders: COMPONENTS.map((component) => ({ component, actions: actions.get(component) ?? [], tenures: this.#leaders.tenures(component, this.#leases.log) })),
    };
  }

  #takeWrites(): readonly AcknowledgedWrite[] { return this.pulses.flatMap((pulse) => pulse.take()); }

  /** What the informer holds, as a log that begins and ends with it: its events are not kept. */
  #informerLog(listed: ReadonlyMap<string, Seen>): WatchLog {
    const items = this.#informers.informer(coreV1Resources.configmaps, {}).lister.inNamespace(NAMESPACE).map(({ metadata, data }) => [metadata.name, { revision: Number(metadata.resourceVersion), value: data?.['v'] ?? '' }] as const);
    return { watcher: 'the informer', entries: [{ kind: 'list', revision: Math.max(0, ...[...listed.values()].map(({ revision }) => revision)), items: new Map(items) }] };
  }

  #connect(host: string = this.#cluster.machines('load-balancer')[0]?.address ?? ''): ApiConnection {
    const connection = new ApiConnection({ host, port: ports.https, credentials: this.#cluster.credentials });
    this.#connections.push(connection);
    return connection;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    for (const connection of this.#connections) connection.close();
    await Promise.allSettled(this.#tasks);
  }
}

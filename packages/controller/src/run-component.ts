import { hostname } from 'node:os';
import { newUid } from '@kubernode/apimachinery';
import { TaskGroup, whenAborted, type Clock, type Rng } from '@kubernode/base';
import { connectFollowing, createClient, createEventRecorder, createInformerFactory, createSeriesRecorder, LeaderElector, loggedTransport, meteredTransport, serverAuthority, WorkQueueMetrics, type Client, type EventRecorder, type InformerFactory, type SeriesRecorder, type Transport } from '@kubernode/client';
import { createCertificateGauges, createLogger, createRegistry, FileFollower, loggingSettings, observabilityApp, serveApp, version, type CommandContext, type Logger, type MetricsPage, type ReadText } from '@kubernode/component-base';
import type { Tracer } from '@kubernode/tracing';
import { Gauge, type Registry } from 'prom-client';
import type { ComponentOptions } from './component-options.ts';
import { openComponentTracing } from './component-tracing.ts';
import { createDebugDoor, type DebugDoor } from './debug-door.ts';

/** What a component works with; one of each per process. */
export interface Runtime {
  client: Client;
  informers: InformerFactory;
  clock: Clock;
  rng: Rng;
  logger: Logger;
  registry: Registry;
  metrics: WorkQueueMetrics;
  /** Undefined where nothing is traced. */
  tracer?: Tracer | undefined;
  /** What the process's door shows beside its registry, by path. */
  pages: Map<string, MetricsPage>;
  /** Files that may change while the process runs. */
  follower: FileFollower;
  /** The authority (PEM) by which this process knows the API servers; '' for none. */
  serverAuthority: (read: ReadText) => string;
  recorder(component: string): EventRecorder;
  /** The same for events of events.k8s.io, which have an action. */
  seriesRecorder(component: string): SeriesRecorder;
}

export interface Component {
  /** `kube-scheduler`: in logs and as user agent. */
  name: string;
  /** Asks for the informers it needs, so that they fill while this process is a candidate; returns what the leader does. */
  prepare(runtime: Runtime): (signal: AbortSignal) => Promise<void>;
}

/** Runs a component until its context is aborted: connects, serves metrics and health, waits for the lead, leads. */
export async function runComponent(component: Component, options: ComponentOptions, { clock, rng, signal, env }: CommandContext): Promise<void> {
  const logger = createLogger({ component: component.name, ...loggingSettings(options) });
  const registry = createRegistry();
  const host = options['server-grpc'][0] ?? options.master ?? 'kubeconfig';
  const follower = new FileFollower({ clock, logger });
  createCertificateGauges(registry, follower);
  const transport = loggedTransport(meteredTransport(connectFollowing(options, env, { follower }), { registry, host, clock }), { logger, clock, verbosity: () => logger.verbosity });
  const tracing = await openComponentTracing(options['tracing-config-file'], { service: component.name, clock, rng, logger });
  const pages = new Map<string, MetricsPage>();
  const debug = createDebugDoor({ client: createClient({ transport, userAgent: userAgentOf(component), clock, rng }), clock, logger, profiling: options.profiling });
  const group = new TaskGroup(signal);
  group.spawn((inner) => serve(options, { registry, pages, follower, debug }, inner));
  group.spawn((inner) => runConnected(component, options, { transport, clock, rng, logger, registry, pages, follower, tracer: tracing?.tracer, serverAuthority: (read) => serverAuthority(options, env, read), watchList: true }, inner));
  group.spawn(async (inner) => tracing?.run(inner));
  group.spawn((inner) => follower.run(inner)); // what is followed is followed by now
  try { await group.done(); } finally { transport.close(); }
}

/** What a component stands on. */
export interface Connected { tracer?: Tracer | undefined; transport: Transport; clock: Clock; rng: Rng; logger: Logger; registry: Registry; pages?: Map<string, MetricsPage>; follower?: FileFollower; serverAuthority?: Runtime['serverAuthority']; watchList?: boolean }

/** The same over a transport that is there already, without doors of its own: waits for the lead, leads, until aborted. */
export async function runConnected(component: Component, options: ComponentOptions, { transport, clock, rng, logger, registry, pages = new Map(), follower = new FileFollower({ clock, logger }), tracer, serverAuthority: authority = () => '', watchList = false }: Connected, signal: AbortSignal): Promise<void> {
  const group = new TaskGroup(signal);
  const userAgent = userAgentOf(component);
  const plain = createClient({ transport, userAgent, clock, rng }); // the lease itself is not written under the lease
  const elector = options['leader-elect'] ? createElector(plain, { clock, rng, logger, registry }, options) : undefined;
  const client = createClient({ transport, userAgent, clock, rng, fence: () => elector?.fence() });
  const runtime: Runtime = {
    client, clock, rng, logger, registry, pages, follower, tracer, metrics: new WorkQueueMetrics(registry), serverAuthority: authority,
    informers: createInformerFactory({ client, clock, rng, logger, watchList }),
    recorder: onePerComponent(group, (component) => createEventRecorder({ client: plain, clock, rng, logger, component })),
    seriesRecorder: onePerComponent(group, (component) => createSeriesRecorder({ client: plain, clock, rng, logger, component })),
  };
  const lead = component.prepare(runtime);
  group.spawn((inner) => runtime.informers.run(inner));
  group.spawn((inner) => (elector === undefined ? lead(inner) : elector.run(inner, lead)));
  await group.done();
}

function userAgentOf({ name }: Component): string { return `${name}/${version.gitVersion} (kubernode)`; }

function onePerComponent<R extends { run(signal: AbortSignal): Promise<void> }>(group: TaskGroup, create: (component: string) => R): (component: string) => R {
  const known = new Map<string, R>();
  return (component) => {
    let recorder = known.get(component);
    if (recorder === undefined) {
      const created = create(component);
      known.set(component, created);
      group.spawn((inner) => created.run(inner));
      recorder = created;
    }
    return recorder;
  };
}

function createElector(client: Client, { clock, rng, logger, registry }: Pick<Runtime, 'clock' | 'rng' | 'logger' | 'registry'>, options: ComponentOptions): LeaderElector {
  const name = options['leader-elect-resource-name'];
  const leading = new Gauge({ name: 'leader_election_master_status', help: 'Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master.', labelNames: ['name'], registers: [registry] });
  leading.set({ name }, 0);
  return new LeaderElector({
    client, clock, rng, logger, name,
    namespace: options['leader-elect-resource-namespace'],
    identity: `${hostname()}_${newUid(rng)}`,
    times: { leaseDurationMs: options['leader-elect-lease-duration'], renewDeadlineMs: options['leader-elect-renew-deadline'], retryPeriodMs: options['leader-elect-retry-period'] },
    onChange: (now) => { leading.set({ name }, Number(now)); },
  });
}

async function serve(options: ComponentOptions, { registry, pages, follower, debug }: Pick<Runtime, 'registry' | 'pages' | 'follower'> & { debug: DebugDoor }, signal: AbortSignal): Promise<void> {
  const port = options['secure-port'];
  if (port === 0) { await whenAborted(signal); return; }
  const ok = { ping: () => true as const };
  const certFile = options['tls-cert-file'];
  const tls = certFile === undefined ? undefined : { certFile, keyFile: options['tls-private-key-file'] ?? certFile, follower };
  const app = observabilityApp({ registry, pages, livez: ok, readyz: ok });
  app.use(async (request, response, next) => { if (!await debug(request, response)) next(); });
  await serveApp({ app, host: options['bind-address'], port, signal, ...(tls !== undefined && { tls }) });
}

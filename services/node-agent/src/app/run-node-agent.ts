import { mkdir } from 'node:fs/promises';
import type { Registry } from 'prom-client';
import { type coreV1, coreV1Resources } from '@kubernode/api';
import { type Clock, type Rng, TaskGroup, whenAborted } from '@kubernode/base';
import { type Client, createEventRecorder, createInformerFactory, type EventRecorder, type Informer, type InformerFactory } from '@kubernode/client';
import type { FileFollower, Logger } from '@kubernode/component-base';
import type { Tracing } from '@kubernode/tracing';
import type { PodAllocations } from '../allocation/pod-allocations.ts';
import { overlayDevice, setUpPodNetwork, type PodNetworkHost } from '../cni/set-up-pod-network.ts';
import { foreignPlugin } from '../cni/write-conflist.ts';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import { createPodEvents } from '../events/pod-events.ts';
import type { SignalSource } from '../eviction/signals.ts';
import { ensureVolumeImage } from '../images/volume-image.ts';
import { systemCgroups } from '../cgroups/cgroup-files.ts';
import { rotateLogs } from '../logs/rotate-logs.ts';
import { createNodeMetrics, type NodeMetrics } from '../metrics.ts';
import type { NodeFacts } from '../node/compute-node.ts';
import { runPodRoutes } from '../network/run-pod-routes.ts';
import { enforceAllocatable } from '../node/enforce-allocatable.ts';
import { runNodeLease } from '../node/node-lease.ts';
import { NodeRegistrar } from '../node/node-registrar.ts';
import { allocatable } from '../node/node-resources.ts';
import { Pleg } from '../pleg/pleg.ts';
import { bytes } from '../pod/amounts.ts';
import { apiPodSource } from '../pod-workers/pod-source.ts';
import type { PodWorkers } from '../pod-workers/pod-workers.ts';
import type { ProbeManager } from '../probes/probe-manager.ts';
import { ManifestSource } from '../static-pods/manifest-source.ts';
import { MirrorPods, routeStatuses } from '../static-pods/mirror-pods.ts';
import type { NodeStats } from '../stats/node-stats.ts';
import type { StatsReports } from '../stats/stats-reports.ts';
import { StatusWriter } from '../status/status-writer.ts';
import type { RouteDeps } from '../streaming/node-routes.ts';
import { runNodeServer } from '../streaming/node-server.ts';
import { createVolumes, type Volumes } from '../volumes/create-volumes.ts';
import type { Mounter } from '../volumes/mounter.ts';
import { assembleImages } from './assemble-images.ts';
import { assemblePods } from './assemble-pods.ts';
import { assembleNodeCare, type NodeCare, startNodeCare } from './assemble-node-care.ts';
import { assembleStats } from './assemble-stats.ts';
import type { Companion } from './companion.ts';
import { CurrentCertificate } from '../certificates/current-certificate.ts';
import { startCertificates } from './assemble-certificates.ts';
import type { NodeConnection } from './node-connection.ts';
import type { NodeConfig } from './node-config.ts';
import { readNodeFacts } from './node-facts.ts';

export interface NodeAgentDeps {
  /** The component's own. */
  registry: Registry;
  /** Certificates that may change while the agent runs. */
  follower: FileFollower;
  client: Client;
  /** Made from the registry-bound metrics, so that calls are counted. */
  openRuntime: (metrics: NodeMetrics) => CriRuntime;
  mounter: Mounter;
  podNetwork: PodNetworkHost;
  /** May read all nodes, for the routes to their pods; absent: `client` may. */
  networkClient?: Client;
  clock: Clock;
  rng: Rng;
  logger: Logger;
  /** Undefined where nothing is traced. */
  tracing?: Tracing | undefined;
  /** What /debug of the node's server shows and changes. */
  debugging: RouteDeps['debugging'];
  companions: readonly Companion[];
  companionArgs: (name: string) => readonly string[];
  /** Aborted when the host is about to shut down: pods then end, and after them the agent. */
  hostShutdown?: AbortSignal;
  /** Where the client certificate is kept when the agent renews it. */
  rotation?: NodeConnection['rotation'];
  /** By what pressure is seen; the host's own figures without. */
  signals?: SignalSource;
  /** Told the port that is served on, once it is. */
  onListening?: (port: number) => void;
}

/** Runs a node until aborted. Containers run on after that, and the next run adopts them. */
export async function runNodeAgent(config: NodeConfig, deps: NodeAgentDeps, signal: AbortSignal): Promise<void> {
  const { client, clock, rng, logger, registry } = deps;
  await mkdir(config.rootDir, { recursive: true, mode: 0o750 });
  const metrics = createNodeMetrics(registry);
  const runtime = deps.openRuntime(metrics);
  const group = new TaskGroup(signal);
  try {
    const facts = await readNodeFacts(config, { runtime, clock, logger, signal });
    metrics.nodeName.set({ node: facts.name }, 1);
    const recorder = createEventRecorder({ client, clock, rng, logger, component: 'kubelet', host: facts.name });
    const informers = createInformerFactory({ client, clock, rng, logger });
    const agent = await assemble({ config, deps, facts, runtime, metrics, registry, recorder, informers });
    group.spawn((inner) => recorder.run(inner));
    group.spawn((inner) => deps.follower.run(inner));
    group.spawn((inner) => informers.run(inner));
    group.spawn((inner) => agent.stats.run(inner));
    group.spawn(async (inner) => deps.tracing?.run(inner));
    const certificate = new CurrentCertificate();
    startCertificates({ config, facts, client, rotation: deps.rotation, onServing: (pair) => { certificate.set(pair); }, registry, clock, rng, logger, group });
    group.spawn((inner) => runNodeServer({
      certificate, follower: deps.follower, config, facts, runtime, registry, probes: metrics.probes, client, clock, rng, logger, workers: agent.workers, reports: agent.reports, removeLocalPath: agent.volumes.removeLocalPath, debugging: deps.debugging, onListening: deps.onListening,
      checks: { ping: () => undefined, log: () => undefined, syncloop: () => (agent.pleg.isHealthy(clock.monotonicNow()) ? undefined : 'the container runtime does not answer') },
    }, inner));
    group.spawn((inner) => agent.pleg.run(inner));
    group.spawn((inner) => agent.probes.run(inner));
    group.spawn((inner) => agent.allocations.run(inner));
    group.spawn((inner) => rotateLogs({ runtime, clock, logger, ...config.logs }, inner));
    if (config.enforcePods) await enforceAllocatable({ cgroups: systemCgroups(), cgroupRoot: config.cgroupRoot, node: facts, resources: facts, recorder });
    startNodeCare({ care: agent.care, hostShutdown: deps.hostShutdown, group });
    const join = startPods(agent, group);
    await agent.volumes.manager.recover();
    const node = await agent.registrar.register(group.signal);
    group.spawn((inner) => runNodeLease({ client, clock, logger, nodeName: facts.name, durationSeconds: config.leaseSeconds }, inner));
    group.spawn((inner) => agent.registrar.run(inner));
    group.spawn((inner) => agent.volumes.run(inner));
    const network = await setUpNetwork({ config, deps, facts, node, registrar: agent.registrar }, group.signal);
    if (network.isOurs) startRoutes({ config, deps, facts, informers, group });
    startCompanions({ config, deps, facts, informers, podCidr: network.podCidrs.join(','), group });
    await agent.podsReady(group.signal);
    join();
    await group.done();
  } catch (error) {
    group.stop();
    await group.done().catch(() => undefined); // the first failure is the one to tell
    if (!signal.aborted) throw error;
  } finally {
    runtime.close();
  }
}

/** Static pods run at once, those of the API server once the node has joined it, which the result tells: an API server that is away keeps nothing else waiting. */
function startPods({ workers, manifests, mirrors, pods }: Agent, group: TaskGroup): () => void {
  let join = (): void => undefined;
  const joined = new Promise<void>((resolve) => { join = resolve; });
  const ofServer = apiPodSource(pods, (signal) => Promise.race([joined, whenAborted(signal)]));
  group.spawn((inner) => workers.run(manifests === undefined ? [ofServer] : [manifests, ofServer], inner));
  if (manifests !== undefined) group.spawn((inner) => manifests.run(inner));
  if (mirrors !== undefined) group.spawn((inner) => mirrors.run(inner));
  return join;
}

interface Assembly { config: NodeConfig; deps: NodeAgentDeps; facts: NodeFacts; runtime: CriRuntime; metrics: NodeMetrics; registry: Registry; recorder: EventRecorder; informers: InformerFactory }
interface Agent { workers: PodWorkers; probes: ProbeManager; allocations: PodAllocations; pleg: Pleg; registrar: NodeRegistrar; pods: Informer<coreV1.Pod>; podsReady: (signal: AbortSignal) => Promise<void>; volumes: Volumes; stats: NodeStats; reports: StatsReports; care: NodeCare; manifests: ManifestSource | undefined; mirrors: MirrorPods | undefined }

function podInformer(informers: InformerFactory, nodeName: string): Informer<coreV1.Pod> {
  return informers.informer(coreV1Resources.pods, { fieldSelector: `spec.nodeName=${nodeName}` });
}

/** The parts and who knows whom; nothing runs yet. */
async function assemble({ config, deps, facts, runtime, metrics, registry, recorder, informers }: Assembly): Promise<Agent> {
  const { client, clock, rng, logger } = deps;
  const events = createPodEvents(recorder);
  const pods = podInformer(informers, facts.name);
  const images = await assembleImages({ config, runtime, registry, events, clock, logger });
  const statuses = new StatusWriter({ client, clock, rng, logger });
  const manifests = config.staticPods.path === '' ? undefined : new ManifestSource({ ...config.staticPods, nodeName: facts.name, clock, logger });
  const mirrors = manifests && new MirrorPods({ client, clock, logger, nodeName: facts.name, manifests, pods, statuses });
  const volumes = createVolumes({
    client, clock, rng, logger, events, informers, registry, runtime, mounter: deps.mounter, rootDir: config.rootDir, localPathDir: config.localPathDir, nodeName: facts.name, nodeMemoryBytes: bytes(allocatable(facts)['memory']),
    ensureImage: (request) => ensureVolumeImage(images.puller, request),
  });
  const { workers, probes, allocations, ready } = await assemblePods({
    config, deps, facts, runtime, metrics, recorder, informers, volumes: volumes.manager, images: images.puller, statuses: routeStatuses(statuses, mirrors), admit: (pod, signal) => care.admit(pod, signal),
  });
  const pleg = new Pleg({ runtime, clock, logger, metrics, onChange: (uid) => { workers.wake(uid); } });
  const registrar = new NodeRegistrar({
    client, runtime, recorder, clock, rng, logger, facts, register: config.registerNode, updateEveryMs: config.statusUpdateMs, reportEveryMs: config.statusReportMs, imagesMax: config.imagesMax,
    nodes: informers.informer(coreV1Resources.nodes, { fieldSelector: `metadata.name=${facts.name}` }).lister,
    runtimeAnswers: () => pleg.isHealthy(clock.monotonicNow()), pressure: () => care.eviction.conditions, problems: () => (care.shutdown.inProgress ? ['node is shutting down'] : []), volumesInUse: () => volumes.manager.volumesInUse(),
  });
  const care = assembleNodeCare({ config, facts, runtime, registry, recorder, clock, logger, images, volumes: volumes.manager, workers: () => workers, onPressure: () => { registrar.wake(); }, signals: deps.signals });
  return { workers, probes, allocations, pleg, registrar, pods, care, manifests, mirrors, podsReady: ready, volumes, ...assembleStats({ config, facts, runtime, registry, workers, volumes: volumes.manager, clock }) };
}

interface Network { config: NodeConfig; deps: NodeAgentDeps; facts: NodeFacts; node: coreV1.Node; registrar: NodeRegistrar }

const POD_CIDR_POLL_MS = 500;

/** Writes the network's configuration as soon as the node's range is known: told by flag, or given by the control plane. */
async function setUpNetwork({ config, deps, facts, node, registrar }: Network, signal: AbortSignal): Promise<{ isOurs: boolean; podCidrs: readonly string[] }> {
  const other = config.cni.confDir === '' ? undefined : await foreignPlugin(config.cni.confDir);
  if (other !== undefined) deps.logger.info('the pod network is left to another plugin', { dir: config.cni.confDir, file: other });
  const isOurs = config.cni.confDir !== '' && other === undefined;
  let podCidrs = config.podCidr?.split(',') ?? node.spec?.podCIDRs ?? [];
  while (isOurs && podCidrs.length === 0) {
    await deps.clock.sleep(POD_CIDR_POLL_MS, { signal });
    podCidrs = (await deps.client.get(coreV1Resources.nodes, { name: facts.name }).catch(() => undefined))?.spec?.podCIDRs ?? []; // asked again
  }
  if (isOurs) await setUpPodNetwork(deps.podNetwork, { ...config.cni, nodeIp: facts.ip, podCidrs, clusterCidrs: config.clusterCidr?.split(',') ?? [], mode: config.podRoutes.mode });
  registrar.wake();
  return { isOurs, podCidrs };
}

function startRoutes({ config, deps, facts, informers, group }: Omit<CompanionStart, 'podCidr'>): void {
  const { networkClient, podNetwork, clock, rng } = deps;
  const { cni, podRoutes: { mode, vxlan } } = config;
  if (mode === 'none') return;
  const logger = deps.logger.child({ part: 'routes' });
  const all = networkClient === undefined ? informers : createInformerFactory({ client: networkClient, clock, rng, logger });
  if (all !== informers) group.spawn((signal) => all.run(signal));
  group.spawn((signal) => runPodRoutes({ informers: all, links: podNetwork.links, clock, logger, nodeName: facts.name, clusterCidrs: config.clusterCidr?.split(',') ?? [], mode, overlay: { device: overlayDevice(cni.bridge), ...vxlan } }, signal));
}

interface CompanionStart { config: NodeConfig; deps: NodeAgentDeps; facts: NodeFacts; informers: InformerFactory; podCidr: string; group: TaskGroup }

function startCompanions({ config, deps, facts, informers, podCidr, group }: CompanionStart): void {
  for (const companion of deps.companions) {
    group.spawn(async (signal) => {
      await companion.run({
        client: deps.client, informers, nodeName: facts.name, nodeIp: facts.ip, podCidr, clusterCidr: config.clusterCidr ?? '', clusterDns: config.clusterDns,
        logger: deps.logger.child({ companion: companion.name }), clock: deps.clock, rng: deps.rng, args: deps.companionArgs(companion.name), signal,
      });
      if (!signal.aborted) throw new Error(`the companion ${companion.name} ended by itself`);
    });
  }
}

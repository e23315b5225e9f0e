import path from 'node:path';
import { coreV1Resources } from '@kubernode/api';
import { Semaphore } from '@kubernode/base';
import type { EventRecorder, InformerFactory } from '@kubernode/client';
import { sysctlRefusal } from '../admission/allowed-sysctls.ts';
import { appArmorRefusal } from '../admission/app-armor.ts';
import { shortages, shortageText } from '../admission/fit-resources.ts';
import { withoutPod } from '../admission/node-admission.ts';
import { placeRefusal } from '../admission/node-place.ts';
import { PodAllocations } from '../allocation/pod-allocations.ts';
import { ResourceRecords } from '../allocation/resource-records.ts';
import { systemCgroups } from '../cgroups/cgroup-files.ts';
import { meteredCgroups } from '../cgroups/metered-cgroups.ts';
import { PodCgroups } from '../cgroups/pod-cgroups.ts';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import { createPodEvents } from '../events/pod-events.ts';
import type { ImagePuller } from '../images/image-puller.ts';
import type { NodeMetrics } from '../metrics.ts';
import type { NodeFacts } from '../node/compute-node.ts';
import { allocatable } from '../node/node-resources.ts';
import { hugepageSizes } from '../pod/hugepage-sizes.ts';
import type { Pod } from '../pod/pod-facts.ts';
import type { Admit, Refusal } from '../pod-workers/pod-end.ts';
import type { PodWorkerDeps } from '../pod-workers/pod-worker.ts';
import { PodWorkers } from '../pod-workers/pod-workers.ts';
import { ReferencedObjects } from '../pod-workers/referenced-objects.ts';
import { RuntimeClasses } from '../pod-workers/runtime-classes.ts';
import { UserNamespaces } from '../pod-workers/user-namespaces.ts';
import { createGrpcHealth } from '../probes/grpc-health.ts';
import { createHttpGet } from '../probes/http-target.ts';
import { ProbeManager } from '../probes/probe-manager.ts';
import { createProber, tcpCheck } from '../probes/run-probe.ts';
import { readTerminationMessage } from '../runtime/termination-message.ts';
import type { VolumeManager } from '../volumes/volume-manager.ts';
import type { NodeConfig } from './node-config.ts';
import type { NodeAgentDeps } from './run-node-agent.ts';

export interface PodsAssembly {
  config: NodeConfig;
  deps: NodeAgentDeps;
  facts: NodeFacts;
  runtime: CriRuntime;
  metrics: NodeMetrics;
  recorder: EventRecorder;
  informers: InformerFactory;
  volumes: VolumeManager;
  images: ImagePuller;
  statuses: PodWorkerDeps['statuses'];
  /** What the node has room for, and what state it is in. */
  admit: Admit;
}

export interface Pods { workers: PodWorkers; probes: ProbeManager; allocations: PodAllocations; /** Before any pod of the API server is looked at. */ ready: (signal: AbortSignal) => Promise<void> }

/** Sandboxes that are made at once: the kernel's locks make more of them slower. */
const SANDBOXES_AT_ONCE = 4;

/** Everything that runs pods, and who knows whom; nothing runs yet. */
export async function assemblePods(assembly: PodsAssembly): Promise<Pods> {
  const { config, deps: { client, clock, rng, logger, tracing }, facts, runtime, metrics, recorder, informers, volumes, images } = assembly;
  const events = createPodEvents(recorder);
  const services = informers.informer(coreV1Resources.services);
  const nodes = informers.informer(coreV1Resources.nodes, { fieldSelector: `metadata.name=${facts.name}` });
  const wake = (uid: string): void => { workers.wake(uid); };
  const http = createHttpGet(clock);
  const probes = new ProbeManager({ run: createProber({ runtime, http, tcp: tcpCheck, grpc: createGrpcHealth(clock) }), events, metrics, clock, rng, logger, hostIp: facts.ip, onChange: wake });
  const records = (name: string): ResourceRecords => new ResourceRecords({ file: path.join(config.rootDir, name), logger });
  const [allocated, actuated] = [records('allocated_pods_state'), records('actuated_pods_state')];
  const allocations = new PodAllocations({ allocated, actuated, events, clock, onChange: wake, admit: (pod, operation) => admit(pod, operation) });
  const activePods = (): readonly Pod[] => workers.list().filter(({ isActive }) => isActive).map(({ pod }) => allocations.podFor(pod));
  const admit = (pod: Pod, operation: 'add' | 'resize'): Refusal | undefined => {
    if (operation === 'add') {
      const node = nodes.lister.get(facts.name) ?? { apiVersion: 'v1', kind: 'Node', metadata: { name: facts.name, labels: { ...facts.labels } } };
      return sysctlRefusal(pod, config.allowedUnsafeSysctls) ?? placeRefusal(pod, activePods(), node) ?? appArmorRefusal(pod);
    }
    const [short] = shortages({ pod, others: withoutPod(activePods(), pod), allocatable: allocatable(facts) });
    return short === undefined ? undefined : { reason: `OutOf${short.resource}`, message: shortageText(short) };
  };
  const [{ handlers }] = await Promise.all([runtime.status(), allocated.load(), actuated.load()]);
  const runtimeClasses = new RuntimeClasses(informers);
  const workers: PodWorkers = new PodWorkers({
    client, clock, rng, logger, tracer: tracing?.tracer, runtime, metrics, events, probes, volumes, images, allocations, readMessage: readTerminationMessage,
    statuses: assembly.statuses, admit: assembly.admit,
    references: new ReferencedObjects({ factory: informers, onChange: wake }),
    services: () => services.lister.list(),
    hooks: { runtime, http, clock, events },
    sandboxPermits: new Semaphore(SANDBOXES_AT_ONCE),
    runtimeClasses,
    userNamespaces: new UserNamespaces({ rootDir: config.rootDir, runtime }),
    cgroups: new PodCgroups({ cgroups: meteredCgroups(systemCgroups(), { metrics, clock }), cgroupRoot: config.cgroupRoot, pidsMax: config.podPidsMax, pods: activePods }),
    actuated: { set: (uid, container, resources) => { allocations.setActuated(uid, container, resources); }, setPod: (uid, resources) => { allocations.setPodActuated(uid, resources); } },
    node: { memoryBytes: facts.host.memoryBytes, hugepageSizes: hugepageSizes() },
    networkProblem: networkProblem(runtime), runtimeName: facts.runtimeVersion.split(':')[0] ?? '',
    recursiveReadOnly: (pod) => handlers.find(({ name }) => name === runtimeClasses.knownHandlerOf(pod))?.recursiveReadOnlyMounts === true,
    seccompDefault: config.seccompDefault, seccompRoot: path.join(config.rootDir, 'seccomp'),
    rootDir: config.rootDir, podLogsDir: config.podLogsDir, containerLogsDir: config.containerLogsDir,
    config: { nodeName: facts.name, hostIp: facts.ip, hostIps: facts.ips, cgroupRoot: config.cgroupRoot, clusterDns: config.clusterDns, hostDns: config.hostDns, nodeAllocatable: allocatable(facts) },
  });
  return {
    workers, probes, allocations,
    async ready(signal) { await Promise.all([services.synced(signal), nodes.synced(signal)]); },
  };
}

/** Why no sandbox can get a network. One that was ready once is not asked for again: what goes wrong later shows where a sandbox is made. */
function networkProblem(runtime: CriRuntime): () => Promise<string | undefined> {
  let wasReady = false;
  return async () => {
    if (wasReady) return undefined;
    const found = (await runtime.status()).conditions.find(({ type }) => type === 'NetworkReady');
    wasReady = found?.status === true;
    return wasReady ? undefined : `container runtime network not ready: NetworkReady=false reason:${found?.reason ?? ''} message:${found?.message ?? ''}`;
  };
}

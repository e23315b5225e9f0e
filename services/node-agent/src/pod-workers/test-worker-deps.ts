import path from 'node:path';
import { Semaphore, seededRng, systemClock } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import type { Client } from '@kubernode/client';
import { Registry } from 'prom-client';
import { PodAllocations, type PodAllocationsDeps } from '../allocation/pod-allocations.ts';
import { ResourceRecords } from '../allocation/resource-records.ts';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import { createPodEvents } from '../events/pod-events.ts';
import { ImagePuller } from '../images/image-puller.ts';
import { createNodeMetrics } from '../metrics.ts';
import { StatusWriter } from '../status/status-writer.ts';
import type { PodWorkerDeps } from './pod-worker.ts';

export interface TestWorkerOptions {
  /** The node's files. */
  dir: string;
  client: Client;
  runtime: CriRuntime;
  /** Gets `REASON: message` of each event. */
  events: string[];
  /** Told what is written to control groups. */
  onCgroup?: (what: string) => void;
  admit?: PodAllocationsDeps['admit'];
  /** A pod's allocation has changed. */
  onChange?: (uid: string) => void;
}

/** What workers of pods need, for tests: around a given runtime and cluster, on the system's clock; volumes and probes are there at once. */
export function testWorkerDeps({ dir, client, runtime, events, onCgroup = () => undefined, admit = () => undefined, onChange = () => undefined }: TestWorkerOptions): PodWorkerDeps {
  const [clock, logger] = [systemClock, silentLogger];
  const podEvents = createPodEvents({ event: (_about, _type, reason, message) => { events.push(`${reason}: ${message}`); } });
  const records = (name: string): ResourceRecords => new ResourceRecords({ file: path.join(dir, name), logger });
  const allocations = new PodAllocations({ allocated: records('allocated'), actuated: records('actuated'), events: podEvents, clock, admit, onChange });
  return {
    client, clock, rng: seededRng(1), logger, runtime, metrics: createNodeMetrics(new Registry()), events: podEvents, readMessage: () => Promise.resolve(''),
    probes: { update: () => undefined, view: () => ({ started: true, ready: true, live: true, startupFailed: false }), forgetPod: () => undefined },
    statuses: new StatusWriter({ client, clock, rng: seededRng(1), logger }),
    volumes: { mount: () => Promise.resolve(new Map()), unmountAll: () => Promise.resolve() },
    references: { acquire: () => Promise.resolve(), view: () => ({ configMap: () => undefined, secret: () => undefined }), release: () => undefined },
    services: () => [], images: new ImagePuller({ runtime, events: podEvents, clock }), hooks: { runtime, http: () => Promise.reject(new Error('unused')), clock, events: podEvents },
    sandboxPermits: new Semaphore(1), node: { memoryBytes: 1e9, hugepageSizes: [] }, seccompDefault: false, seccompRoot: '/seccomp', rootDir: dir, podLogsDir: path.join(dir, 'logs'), containerLogsDir: '',
    runtimeClasses: { handlerOf: () => Promise.resolve('') }, userNamespaces: { of: () => Promise.resolve({ mode: 'NODE' }), release: () => Promise.resolve() },
    cgroups: {
      ensure: (one) => { onCgroup(`cgroup ${one.metadata.name}`); return Promise.resolve(true); }, remove: () => Promise.resolve(),
      set: (_pod, amounts) => { onCgroup(`cgroup ${JSON.stringify(amounts)}`); return Promise.resolve(); }, memoryUsage: () => Promise.resolve(0),
    },
    allocations, actuated: { set: (uid, container, resources) => { allocations.setActuated(uid, container, resources); }, setPod: (uid, resources) => { allocations.setPodActuated(uid, resources); } },
    networkProblem: () => Promise.resolve(undefined), runtimeName: 'containerd', recursiveReadOnly: () => false,
    config: { nodeName: 'n1', hostIp: '192.0.2.1', hostIps: ['192.0.2.1'], cgroupRoot: '/', clusterDns: { servers: ['10.0.0.1'], domain: 'cluster.local' }, hostDns: { servers: [], searches: [], options: [] }, nodeAllocatable: {} },
  };
}

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type coreV1, coreV1Resources } from '@kubernode/api';
import { seededRng, systemClock } from '@kubernode/base';
import { createInformerFactory } from '@kubernode/client';
import { silentLogger } from '@kubernode/component-base';
import { createFakeClient, type FakeClient } from '@kubernode/testing';
import { Registry } from 'prom-client';
import { createPodEvents } from '../src/events/pod-events.ts';
import { createVolumes, type Volumes } from '../src/volumes/create-volumes.ts';
import { systemMounter } from '../src/volumes/mounter.ts';
import { parseMountInfo } from '../src/volumes/mount-info.ts';
import type { MountedVolumes } from '../src/volumes/volume-manager.ts';

export interface TestVolumes extends AsyncDisposable {
  dir: string;
  client: FakeClient;
  registry: Registry;
  events: string[];
  manager: () => Volumes['manager'];
  removeLocalPath: (name: string) => Promise<void>;
  /** As a new process would: what is in memory is lost, what is on disk and mounted stays. */
  restart(): Promise<void>;
  mount(pod: coreV1.Pod): Promise<MountedVolumes>;
  /** The directory that a pod's volume has, with its rest. */
  podDir(uid: string): string;
  /** What is mounted below the test's directory. */
  mounts(): string[];
  until(what: string, holds: () => boolean): Promise<void>;
}

/** The volumes of a node with a directory of its own, real mounts, and a cluster in memory. */
export function startTestVolumes(): TestVolumes {
  const dir = mkdtempSync(path.join(tmpdir(), 'kn-volumes-'));
  const client = createFakeClient([{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', uid: 'node-uid', labels: { zone: 'a' } } }], { now: () => systemClock.now() });
  answerTokens(client);
  const events: string[] = [];
  let running = start();
  function start(): { volumes: Volumes; registry: Registry; stop: () => Promise<void> } {
    const stopping = new AbortController();
    const registry = new Registry();
    const shared = { client, clock: systemClock, rng: seededRng(1), logger: silentLogger };
    const informers = createInformerFactory(shared);
    const volumes = createVolumes({
      ...shared, informers, registry, mounter: systemMounter, rootDir: `${dir}/kubelet`, localPathDir: `${dir}/local`, nodeName: 'n1', nodeMemoryBytes: 1e9,
      events: createPodEvents({ event: (_about, type, reason, message) => { events.push(`${type} ${reason}: ${message}`); } }), ensureImage: () => Promise.resolve('sha256:1'), runtime: { viewImage: () => Promise.resolve(undefined), releaseImage: () => Promise.resolve() },
    });
    const ended = Promise.all([informers.run(stopping.signal), volumes.run(stopping.signal)]);
    return { volumes, registry, stop: async () => { stopping.abort(); await ended; } };
  }
  return {
    dir, client, events,
    get registry() { return running.registry; },
    manager: () => running.volumes.manager,
    removeLocalPath: (name) => running.volumes.removeLocalPath(name),
    async restart() { await running.stop(); running = start(); },
    mount: (pod) => running.volumes.manager.mount({
      pod, facts: { pod, hostIp: '192.0.2.1', podIps: ['10.0.0.1'], nodeAllocatable: { cpu: '2', memory: '1Gi' } },
      data: { configMap: (name) => client.all(coreV1Resources.configmaps).find(({ metadata }) => metadata.name === name), secret: (name) => client.all(coreV1Resources.secrets).find(({ metadata }) => metadata.name === name) },
    }),
    podDir: (uid) => `${dir}/kubelet/pods/${uid}`,
    mounts: () => parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8')).map(({ point }) => point).filter((point) => point.startsWith(`${dir}/`)).map((point) => path.relative(dir, point)),
    async until(what, holds) {
      for (let attempt = 0; !holds(); attempt++) {
        if (attempt > 1000) throw new Error(`waited in vain for ${what}: ${JSON.stringify(events)}`);
        await systemClock.sleep(10);
      }
    },
    async [Symbol.asyncDispose]() {
      await running.stop();
      const points = parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8')).map(({ point }) => point).filter((point) => point.startsWith(`${dir}/`));
      for (const point of points.reverse()) execFileSync('umount', ['-l', point]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The fake cluster signs no tokens: each request gets another one, good for its whole time. */
function answerTokens(client: FakeClient): void {
  const create = client.create.bind(client);
  let count = 0;
  client.create = ((resource: { resource: string }, object: { spec?: { expirationSeconds?: number; audiences?: string[] } }, options?: { target?: { subresource?: string } }) => {
    if (options?.target?.subresource !== 'token') return create(resource as never, object, options as never);
    const expirationTimestamp = new Date(systemClock.now() + (object.spec?.expirationSeconds ?? 0) * 1000).toISOString();
    return Promise.resolve({ ...object, status: { token: `token-${++count}-${object.spec?.audiences?.join() ?? ''}`, expirationTimestamp } });
  }) as typeof client.create; // the fake's own signature
}

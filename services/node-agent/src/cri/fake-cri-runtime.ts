import type { Clock } from '@kubernode/base';
import { type cri, CriError } from '@kubernode/rpc';
import type { ContainerDetail, CriRuntime, ExecResult, ImageInfo, SandboxDetail } from './cri-runtime.ts';
import { annotationKeys, labelKeys } from './labels.ts';

export interface FakeCriOptions { clock: Clock; images?: readonly string[] }

/** A runtime whose containers are entries in memory. */
export interface FakeCriRuntime extends CriRuntime {
  /** Ends a running container, as its process would. */
  exit(id: string, exitCode: number): void;
  /** What `exec` answers; success with no output by default. */
  onExec: (id: string, command: readonly string[]) => ExecResult;
  /** Called before each change with the method's name; throw to refuse it. */
  onCall: ((method: string, subject: string) => void) | undefined;
  /** Changes in the order they were asked for: `createContainer c`. */
  readonly calls: string[];
}

type MutableContainer = { -readonly [F in keyof ContainerDetail]: ContainerDetail[F] };
interface World { sandboxes: Map<string, SandboxDetail>; containers: Map<string, MutableContainer>; images: Map<string, ImageInfo>; listeners: Set<() => void> }

const KILLED_EXIT_CODE = 137;

/** For tests and for clusters without containers: keeps the runtime's promises, costs nothing. */
export function createFakeCriRuntime({ clock, images = [] }: FakeCriOptions): FakeCriRuntime {
  const world: World = { sandboxes: new Map(), containers: new Map(), images: new Map(images.map((name) => [name, fakeImage(name)])), listeners: new Set() };
  const calls: string[] = [];
  const fake: FakeCriRuntime = {
    calls, onCall: undefined, onExec: () => ({ exitCode: 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) }),
    exit(id, exitCode) { end(world, id, { exitCode, nowMs: clock.now() }); },
    version: () => Promise.resolve({ name: 'fake', version: '1' }),
    status: () => Promise.resolve({ conditions: ['RuntimeReady', 'NetworkReady'].map((type) => ({ type, status: true, reason: '', message: '' })), handlers: [], supplementalGroupsPolicy: false }),
    sandboxImage: () => Promise.resolve(undefined),
    ...sandboxes(world, { clock, note }), ...containers(world, { clock, note }), ...imageStore(world, note),
    usage: () => Promise.resolve([]),
    checkpointContainer: () => refuse('UNIMPLEMENTED', 'the fake runtime does not write checkpoints'),
    exec: async (id, command) => { running(world, id); return Promise.resolve(fake.onExec(id, command)); },
    execUrl: () => refuse('UNIMPLEMENTED', 'the fake runtime does not stream'),
    attachUrl: () => refuse('UNIMPLEMENTED', 'the fake runtime does not stream'),
    portForwardUrl: () => refuse('UNIMPLEMENTED', 'the fake runtime does not stream'),
    viewImage: () => Promise.resolve(undefined), releaseImage: () => Promise.resolve(),
    exits: (signal) => exits(world, signal),
    close: () => undefined,
  };
  function note(method: string, subject: string): void {
    calls.push(`${method} ${subject}`);
    fake.onCall?.(method, subject);
  }
  return fake;
}

interface Doing { clock: Clock; note: (method: string, subject: string) => void }

function sandboxes(world: World, { clock, note }: Doing): Pick<CriRuntime, 'listSandboxes' | 'sandboxStatus' | 'runSandbox' | 'stopSandbox' | 'removeSandbox'> {
  let count = 0;
  return {
    listSandboxes: async ({ podUid }) => Promise.resolve([...world.sandboxes.values()].filter((one) => podUid === undefined || one.podUid === podUid)),
    sandboxStatus: async (id) => Promise.resolve(world.sandboxes.get(id) ?? missing('sandbox', id)),
    async runSandbox({ metadata, linux }) {
      note('runSandbox', metadata?.name ?? '');
      const id = `sandbox-${++count}`;
      const hostNetwork = linux?.securityContext?.namespaceOptions?.network === 'NODE';
      world.sandboxes.set(id, {
        id, podUid: metadata?.uid ?? '', podName: metadata?.name ?? '', podNamespace: metadata?.namespace ?? '', attempt: metadata?.attempt ?? 0, ready: true,
        createdAtMs: clock.now(), ips: hostNetwork ? [] : [`10.0.${count >> 8}.${count & 255}`], hostNetwork,
      });
      changed(world);
      return Promise.resolve(id);
    },
    async stopSandbox(id) {
      const sandbox = world.sandboxes.get(id);
      if (sandbox === undefined) return;
      note('stopSandbox', sandbox.podName);
      for (const one of world.containers.values()) if (one.sandboxId === id && one.phase === 'running') end(world, one.id, { exitCode: KILLED_EXIT_CODE, nowMs: clock.now() });
      world.sandboxes.set(id, { ...sandbox, ready: false });
      await Promise.resolve(changed(world));
    },
    async removeSandbox(id) {
      const sandbox = world.sandboxes.get(id);
      if (sandbox === undefined) return;
      note('removeSandbox', sandbox.podName);
      for (const one of [...world.containers.values()]) if (one.sandboxId === id) world.containers.delete(one.id);
      world.sandboxes.delete(id);
      await Promise.resolve(changed(world));
    },
  };
}

function containers(world: World, { clock, note }: Doing): Pick<CriRuntime, 'listContainers' | 'containerStatus' | 'createContainer' | 'startContainer' | 'stopContainer' | 'removeContainer' | 'updateContainer' | 'reopenLog'> {
  let count = 0;
  return {
    listContainers: async ({ podUid }) => Promise.resolve([...world.containers.values()].filter((one) => podUid === undefined || one.podUid === podUid).map((one) => ({ ...one }))),
    containerStatus: async (id) => Promise.resolve({ ...found(world, id) }),
    async createContainer(sandboxId, config) {
      note('createContainer', config.metadata?.name ?? '');
      const sandbox = world.sandboxes.get(sandboxId) ?? missing('sandbox', sandboxId);
      const container = fakeContainer({ id: `container-${++count}`, sandbox, config, nowMs: clock.now() });
      world.containers.set(container.id, container);
      return Promise.resolve(container.id);
    },
    async startContainer(id) {
      const container = found(world, id);
      note('startContainer', container.name);
      if (container.phase !== 'created') await refuse('UNKNOWN', `container ${id} is in ${container.phase} state`);
      Object.assign(container, { phase: 'running', startedAtMs: clock.now() });
      changed(world);
    },
    async stopContainer(id, graceSeconds) {
      const container = world.containers.get(id);
      if (container?.phase !== 'running') return;
      note('stopContainer', `${container.name} ${graceSeconds}`);
      end(world, id, { exitCode: graceSeconds > 0 ? 0 : KILLED_EXIT_CODE, nowMs: clock.now() });
      await Promise.resolve();
    },
    async removeContainer(id) {
      if (world.containers.delete(id)) note('removeContainer', id);
      await Promise.resolve();
    },
    async updateContainer(id) {
      note('updateContainer', found(world, id).name);
      await Promise.resolve();
    },
    reopenLog: () => Promise.resolve(),
  };
}

function imageStore(world: World, note: Doing['note']): Pick<CriRuntime, 'image' | 'images' | 'pullImage' | 'removeImage' | 'imageStorage'> {
  return {
    image: (reference) => Promise.resolve(world.images.get(reference) ?? world.images.get(reference.replace(/:latest$/, '')) ?? [...world.images.values()].find(({ id }) => id === reference)),
    images: () => Promise.resolve([...world.images.values()]),
    async removeImage(id) {
      note('removeImage', id);
      for (const [name, image] of [...world.images]) if (image.id === id || name === id) world.images.delete(name);
      return Promise.resolve();
    },
    imageStorage: () => Promise.resolve({ images: [], containers: [] }),
    async pullImage(reference) {
      note('pullImage', reference);
      const image = fakeImage(reference);
      world.images.set(reference, image);
      return Promise.resolve(image.id);
    },
  };
}

async function* exits(world: World, signal: AbortSignal): AsyncGenerator<string> {
  while (!signal.aborted) {
    await new Promise<void>((resolve) => {
      const wake = (): void => { world.listeners.delete(wake); signal.removeEventListener('abort', wake); resolve(); };
      world.listeners.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
    if (!signal.aborted) yield ''; // some container or other
  }
}

function changed(world: World): void { for (const listener of [...world.listeners]) listener(); }

function end(world: World, id: string, { exitCode, nowMs }: { exitCode: number; nowMs: number }): void {
  Object.assign(found(world, id), { phase: 'exited', exitCode, finishedAtMs: nowMs, reason: exitCode === 0 ? 'Completed' : 'Error' });
  changed(world);
}

function found(world: World, id: string): MutableContainer { return world.containers.get(id) ?? missing('container', id); }

function running(world: World, id: string): void {
  const container = found(world, id);
  if (container.phase !== 'running') throw new CriError('UNKNOWN', `container ${id} is in ${container.phase} state`);
}

function missing(what: string, id: string): never { throw new CriError('NOT_FOUND', `an error occurred when try to find ${what} "${id}": not found`); }
function refuse(code: 'UNIMPLEMENTED' | 'UNKNOWN', message: string): Promise<never> { return Promise.reject(new CriError(code, message)); }

function fakeImage(name: string): ImageInfo { return { id: `sha256:${name}`, tags: [name], digests: [], sizeBytes: 1000, uid: undefined, username: '', pinned: false }; }

function fakeContainer({ id, sandbox, config, nowMs }: { id: string; sandbox: SandboxDetail; config: cri.ContainerConfig; nowMs: number }): MutableContainer {
  const { annotations, labels, metadata, image, mounts, logPath } = config;
  return {
    id, sandboxId: sandbox.id, podUid: sandbox.podUid, name: labels?.[labelKeys.containerName] ?? metadata?.name ?? '', phase: 'created', attempt: Number(annotations?.[annotationKeys.restartCount] ?? 0),
    createdAtMs: nowMs, hash: annotations?.[annotationKeys.containerHash] ?? '', startedAtMs: 0, finishedAtMs: 0, exitCode: 0, reason: '', message: '', image: image?.userSpecifiedImage ?? '', imageRef: image?.image ?? '',
    resources: undefined, user: undefined, stopSignal: undefined, logPath: logPath ?? '', labels: labels ?? {}, annotations: annotations ?? {}, mounts: new Map((mounts ?? []).map((mount) => [mount.containerPath ?? '', mount.hostPath ?? ''])),
  };
}

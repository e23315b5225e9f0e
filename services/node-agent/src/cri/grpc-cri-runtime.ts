import { errorMessage, type Clock } from '@kubernode/base';
import { type cri, type CriCallOptions, type CriChannel, CriError, type CriMethods, criService } from '@kubernode/rpc';
import type { Span } from '@kubernode/tracing';
import type { NodeMetrics } from '../metrics.ts';
import type { ContainerDetail, ContainerPhase, ContainerSummary, ContainerUsage, CriRuntime, ImageInfo, Sandbox, StorageUsage } from './cri-runtime.ts';
import { toAmounts } from './container-amounts.ts';
import { annotationKeys, labelKeys } from './labels.ts';
import { signalName } from './signals.ts';

/** Room for the runtime's own work around a stop, on top of the grace period. */
const STOP_MARGIN_MS = 30_000;
const SANDBOX_TIMEOUT_MS = 240_000;
const PULL_TIMEOUT_MS = 3_600_000;

export interface GrpcCriRuntimeDeps { channel: CriChannel; clock: Clock; metrics: NodeMetrics; /** What all calls belong to, where that is traced. */ span?: Span | undefined }

/** A runtime behind a CRI socket. */
export function createGrpcCriRuntime({ channel, clock, metrics, span: parent }: GrpcCriRuntimeDeps): CriRuntime {
  const call = async <M extends keyof CriMethods>(method: M, request: CriMethods[M][0], options?: CriCallOptions): Promise<CriMethods[M][1]> => {
    const startMs = clock.monotonicNow();
    const operation = operationName(method);
    metrics.runtimeOperations.inc({ operation_type: operation });
    const span = parent && callSpan(parent, method);
    try {
      return await channel.call(method, request, span === undefined ? options : { ...options, traceparent: span.traceparent });
    } catch (error) {
      span?.end({ error: errorMessage(error) });
      metrics.runtimeErrors.inc({ operation_type: operation });
      throw error;
    } finally {
      span?.end();
      metrics.runtimeDuration.observe({ operation_type: operation }, (clock.monotonicNow() - startMs) / 1000);
    }
  };
  return {
    ...sandboxCalls(call), ...containerCalls(call), ...streamCalls(call), ...imageCalls(call), ...imageViews(call, channel),
    exits: (signal) => channel.taskEvents(signal), traced: (span) => createGrpcCriRuntime({ channel, clock, metrics, span }), close: () => channel.close(),
  };
}

function callSpan(parent: Span, method: keyof CriMethods): Span {
  const service = criService(method);
  return parent.child(`${service}/${method}`, { kind: 'client', attributes: { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': method } });
}

type Call = <M extends keyof CriMethods>(method: M, request: CriMethods[M][0], options?: CriCallOptions) => Promise<CriMethods[M][1]>;

type SandboxCalls = Pick<CriRuntime, 'version' | 'status' | 'sandboxImage' | 'listSandboxes' | 'sandboxStatus' | 'runSandbox' | 'stopSandbox' | 'removeSandbox'>;

function sandboxCalls(call: Call): SandboxCalls {
  return {
    async version() {
      const { runtimeName, runtimeVersion } = await call('Version', {});
      return { name: runtimeName ?? '', version: runtimeVersion ?? '' };
    },
    async status() {
      const { status, runtimeHandlers, features } = await call('Status', {});
      return {
        conditions: (status?.conditions ?? []).map((c) => ({ type: c.type ?? '', status: c.status ?? false, reason: c.reason ?? '', message: c.message ?? '' })),
        handlers: (runtimeHandlers ?? []).map(({ name, features: of }) => ({ name: name ?? '', recursiveReadOnlyMounts: of?.recursiveReadOnlyMounts ?? false, userNamespaces: of?.userNamespaces ?? false })),
        supplementalGroupsPolicy: features?.supplementalGroupsPolicy ?? false,
      };
    },
    async sandboxImage() {
      const { info } = await call('Status', { verbose: true });
      return configuredSandboxImage(info?.['config']);
    },
    async listSandboxes({ podUid }) {
      const { items } = await call('ListPodSandbox', podUid === undefined ? {} : { filter: { labelSelector: { [labelKeys.podUid]: podUid } } });
      return (items ?? []).map(toSandbox).filter((sandbox) => sandbox.podUid !== '');
    },
    async sandboxStatus(id) {
      const { status } = await call('PodSandboxStatus', { podSandboxId: id });
      const { network, linux } = status ?? {};
      const ips = [network?.ip ?? '', ...(network?.additionalIps ?? []).map((ip) => ip.ip ?? '')].filter((ip) => ip !== '');
      return { ...toSandbox(status ?? {}), ips, hostNetwork: linux?.namespaces?.options?.network === 'NODE' };
    },
    async runSandbox(config, handler = '') {
      const { podSandboxId } = await call('RunPodSandbox', { config, runtimeHandler: handler }, { timeoutMs: SANDBOX_TIMEOUT_MS });
      return podSandboxId ?? '';
    },
    async stopSandbox(id) { await ignoreMissing(call('StopPodSandbox', { podSandboxId: id }, { timeoutMs: SANDBOX_TIMEOUT_MS })); },
    async removeSandbox(id) { await ignoreMissing(call('RemovePodSandbox', { podSandboxId: id })); },
  };
}

type ContainerCalls = Pick<CriRuntime, 'listContainers' | 'containerStatus' | 'createContainer' | 'startContainer' | 'stopContainer' | 'removeContainer' | 'updateContainer' | 'reopenLog' | 'usage' | 'checkpointContainer'>;

function containerCalls(call: Call): ContainerCalls {
  return {
    async listContainers({ podUid }) {
      const { containers } = await call('ListContainers', podUid === undefined ? {} : { filter: { labelSelector: { [labelKeys.podUid]: podUid } } });
      return (containers ?? []).map((one) => ({ ...toSummary(one), sandboxId: one.podSandboxId ?? '' })).filter((one) => one.podUid !== '');
    },
    async containerStatus(id) {
      const { status } = await call('ContainerStatus', { containerId: id });
      return toDetail(status ?? {});
    },
    async createContainer(sandboxId, config, sandboxConfig) {
      const { containerId } = await call('CreateContainer', { podSandboxId: sandboxId, config, sandboxConfig });
      return containerId ?? '';
    },
    async startContainer(id) { await call('StartContainer', { containerId: id }); },
    async stopContainer(id, graceSeconds) {
      await ignoreMissing(call('StopContainer', { containerId: id, timeout: graceSeconds }, { timeoutMs: graceSeconds * 1000 + STOP_MARGIN_MS }));
    },
    async removeContainer(id) { await ignoreMissing(call('RemoveContainer', { containerId: id })); },
    async updateContainer(id, resources) { await call('UpdateContainerResources', { containerId: id, linux: resources }); },
    async reopenLog(id) { await call('ReopenContainerLog', { containerId: id }); },
    async usage() {
      const { stats } = await call('ListContainerStats', {});
      return (stats ?? []).map(toUsage);
    },
    async checkpointContainer(id, { location, timeoutSeconds }) { await call('CheckpointContainer', { containerId: id, location, timeout: String(timeoutSeconds) }); },
  };
}

type StreamCalls = Pick<CriRuntime, 'exec' | 'execUrl' | 'attachUrl' | 'portForwardUrl'>;

function streamCalls(call: Call): StreamCalls {
  return {
    async exec(id, command, { timeoutMs, signal }) {
      const timeout = Math.max(1, Math.ceil(timeoutMs / 1000)); // seconds; 0 would mean forever
      const { exitCode, stdout, stderr } = await call('ExecSync', { containerId: id, cmd: command, timeout }, { timeoutMs: timeoutMs + STOP_MARGIN_MS, signal });
      return { exitCode: exitCode ?? 0, stdout: stdout ?? Buffer.alloc(0), stderr: stderr ?? Buffer.alloc(0) };
    },
    async execUrl(id, streams) { return (await call('Exec', { containerId: id, ...streams })).url ?? ''; },
    async attachUrl(id, streams) { return (await call('Attach', { containerId: id, ...streams })).url ?? ''; },
    async portForwardUrl(sandboxId, ports) { return (await call('PortForward', { podSandboxId: sandboxId, port: ports })).url ?? ''; },
  };
}

function imageCalls(call: Call): Pick<CriRuntime, 'image' | 'images' | 'pullImage' | 'removeImage' | 'imageStorage'> {
  return {
    async image(reference) {
      const { image } = await call('ImageStatus', { image: { image: reference } });
      return image ? toImage(image) : undefined;
    },
    async images() { return ((await call('ListImages', {})).images ?? []).map(toImage); },
    async removeImage(id) { await ignoreMissing(call('RemoveImage', { image: { image: id } })); },
    async imageStorage() {
      const { imageFilesystems, containerFilesystems } = await call('ImageFsInfo', {});
      return { images: (imageFilesystems ?? []).map(toStorage), containers: (containerFilesystems ?? []).map(toStorage) };
    },
    async pullImage(reference, { auth, signal }) {
      const { imageRef } = await call('PullImage', { image: { image: reference }, ...(auth && { auth }) }, { timeoutMs: PULL_TIMEOUT_MS, signal });
      return imageRef ?? reference;
    },
  };
}

/** From then on containerd mounts images into containers by itself. */
const IMAGE_VOLUMES_SINCE = [2, 1] as const;

function imageViews(call: Call, { snapshots }: Pick<CriChannel, 'snapshots'>): Pick<CriRuntime, 'viewImage' | 'releaseImage'> {
  const isOld = async (): Promise<boolean> => {
    const { runtimeName, runtimeVersion } = await call('Version', {});
    const [major = 0, minor = 0] = (runtimeVersion ?? '').replace(/^v/, '').split('.').map(Number);
    const [sinceMajor, sinceMinor] = IMAGE_VOLUMES_SINCE;
    return runtimeName === 'containerd' && (major < sinceMajor || (major === sinceMajor && minor < sinceMinor));
  };
  const snapshotter = async (): Promise<string> => {
    const { imageFilesystems } = await call('ImageFsInfo', {});
    return /io\.containerd\.snapshotter\.v1\.([^/]+)/.exec(imageFilesystems?.[0]?.fsId?.mountpoint ?? '')?.[1] ?? 'overlayfs';
  };
  return {
    async viewImage(reference, key) {
      if (!await isOld()) return undefined;
      const { info } = await call('ImageStatus', { image: { image: reference }, verbose: true });
      const { chainID = '' } = JSON.parse(info?.['info'] ?? '{}') as { chainID?: string }; // containerd's own addition
      return snapshots.view({ snapshotter: await snapshotter(), key, chainId: chainID });
    },
    async releaseImage(key) { if (await isOld()) await snapshots.remove({ snapshotter: await snapshotter(), key }); },
  };
}

/** The runtime answers NOT_FOUND for what is gone already. */
async function ignoreMissing(call: Promise<unknown>): Promise<void> {
  try { await call; } catch (error) {
    if (!(error instanceof CriError && error.code === 'NOT_FOUND')) throw error;
  }
}

const NS_PER_MS = 1_000_000n;
const toMs = (nanoseconds: string | number | null | undefined): number => Number(BigInt(nanoseconds ?? 0) / NS_PER_MS);

function toSandbox({ id, metadata, state, createdAt, labels }: cri.PodSandbox): Sandbox {
  return {
    id: id ?? '', podUid: labels?.[labelKeys.podUid] ?? '', podName: metadata?.name ?? '', podNamespace: metadata?.namespace ?? '',
    attempt: metadata?.attempt ?? 0, ready: state === 'SANDBOX_READY', createdAtMs: toMs(createdAt),
  };
}

const PHASES: Readonly<Record<cri.ContainerState, ContainerPhase>> = { CONTAINER_CREATED: 'created', CONTAINER_RUNNING: 'running', CONTAINER_EXITED: 'exited', CONTAINER_UNKNOWN: 'unknown' };

function toSummary({ id, metadata, state, createdAt, labels, annotations }: Pick<cri.Container, 'id' | 'metadata' | 'state' | 'createdAt' | 'labels' | 'annotations'>): ContainerSummary {
  return {
    id: id ?? '', sandboxId: '', podUid: labels?.[labelKeys.podUid] ?? '', name: labels?.[labelKeys.containerName] ?? metadata?.name ?? '', phase: PHASES[state ?? 'CONTAINER_UNKNOWN'],
    attempt: Number(annotations?.[annotationKeys.restartCount] ?? metadata?.attempt ?? 0), createdAtMs: toMs(createdAt), hash: annotations?.[annotationKeys.containerHash] ?? '',
  };
}

function toDetail(status: cri.ContainerStatus): ContainerDetail {
  return {
    ...toSummary(status),
    startedAtMs: toMs(status.startedAt), finishedAtMs: toMs(status.finishedAt), exitCode: status.exitCode ?? 0, reason: status.reason ?? '', message: status.message ?? '',
    image: status.image?.image ?? '', imageRef: status.imageRef ?? '', logPath: status.logPath ?? '', labels: status.labels ?? {}, annotations: status.annotations ?? {},
    mounts: new Map((status.mounts ?? []).map((mount) => [mount.containerPath ?? '', mount.hostPath ?? ''])),
    resources: toAmounts(status.resources?.linux), user: toUser(status.user?.linux), stopSignal: signalName(status.stopSignal),
  };
}

function toUser(user: cri.LinuxContainerUser | null | undefined): ContainerDetail['user'] {
  return user ? { uid: Number(user.uid ?? 0), gid: Number(user.gid ?? 0), supplementalGroups: (user.supplementalGroups ?? []).map(Number) } : undefined;
}

function toImage({ id, repoTags, repoDigests, size, uid, username, pinned }: cri.Image): ImageInfo {
  return { id: id ?? '', tags: repoTags ?? [], digests: repoDigests ?? [], sizeBytes: Number(size ?? 0), uid: uid ? Number(uid.value ?? 0) : undefined, username: username ?? '', pinned: pinned ?? false };
}

/** containerd 1.x has it at the top of its configuration, 2.x among the pinned images. */
function configuredSandboxImage(config: string | undefined): string | undefined {
  try {
    const { sandboxImage, images } = JSON.parse(config ?? '{}') as { sandboxImage?: string; images?: { pinned_images?: { sandbox?: string } } }; // whatever the runtime tells
    return sandboxImage ?? images?.pinned_images?.sandbox;
  } catch { return undefined; } // another runtime's own form
}

function toStorage({ fsId, usedBytes, inodesUsed }: cri.FilesystemUsage): StorageUsage {
  return { mountpoint: fsId?.mountpoint ?? '', usedBytes: Number(usedBytes?.value ?? 0), inodesUsed: Number(inodesUsed?.value ?? 0) };
}

function toUsage({ attributes, cpu, memory, writableLayer }: cri.ContainerStats): ContainerUsage {
  return {
    containerId: attributes?.id ?? '', podUid: attributes?.labels?.[labelKeys.podUid] ?? '', name: attributes?.labels?.[labelKeys.containerName] ?? '',
    cpuNanoseconds: Number(cpu?.usageCoreNanoSeconds?.value ?? 0), memoryBytes: Number(memory?.workingSetBytes?.value ?? 0),
    rootfsBytes: Number(writableLayer?.usedBytes?.value ?? 0), rootfsInodes: Number(writableLayer?.inodesUsed?.value ?? 0), atMs: toMs(cpu?.timestamp),
  };
}

/** `RunPodSandbox` → `run_podsandbox`: the names that the kubelet's dashboards group by. */
function operationName(method: string): string {
  return method.replace(/PodSandbox/, '_podsandbox').replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase().replace(/^_/, '');
}

import { type ClientReadableStream, credentials, loadPackageDefinition, Metadata, type ServiceError, type ServiceClientConstructor, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { type Clock, isAbortError, onAbort } from '@kubernode/base';
import { type ImageSnapshots, openImageSnapshots } from './image-snapshots.ts';
import type * as cri from './messages.ts';
import { protoFile } from './proto-file.ts';

/** Every unary method of the runtime's two services that the node agent uses, with its messages. */
export interface CriMethods {
  Version: [cri.VersionRequest, cri.VersionResponse];
  Status: [cri.StatusRequest, cri.StatusResponse];
  RunPodSandbox: [cri.RunPodSandboxRequest, cri.RunPodSandboxResponse];
  StopPodSandbox: [cri.StopPodSandboxRequest, cri.StopPodSandboxResponse];
  RemovePodSandbox: [cri.RemovePodSandboxRequest, cri.RemovePodSandboxResponse];
  PodSandboxStatus: [cri.PodSandboxStatusRequest, cri.PodSandboxStatusResponse];
  ListPodSandbox: [cri.ListPodSandboxRequest, cri.ListPodSandboxResponse];
  CreateContainer: [cri.CreateContainerRequest, cri.CreateContainerResponse];
  StartContainer: [cri.StartContainerRequest, cri.StartContainerResponse];
  StopContainer: [cri.StopContainerRequest, cri.StopContainerResponse];
  RemoveContainer: [cri.RemoveContainerRequest, cri.RemoveContainerResponse];
  ListContainers: [cri.ListContainersRequest, cri.ListContainersResponse];
  ContainerStatus: [cri.ContainerStatusRequest, cri.ContainerStatusResponse];
  UpdateContainerResources: [cri.UpdateContainerResourcesRequest, cri.UpdateContainerResourcesResponse];
  ReopenContainerLog: [cri.ReopenContainerLogRequest, cri.ReopenContainerLogResponse];
  ExecSync: [cri.ExecSyncRequest, cri.ExecSyncResponse];
  Exec: [cri.ExecRequest, cri.ExecResponse];
  Attach: [cri.AttachRequest, cri.AttachResponse];
  PortForward: [cri.PortForwardRequest, cri.PortForwardResponse];
  CheckpointContainer: [cri.CheckpointContainerRequest, cri.CheckpointContainerResponse];
  ListContainerStats: [cri.ListContainerStatsRequest, cri.ListContainerStatsResponse];
  ListImages: [cri.ListImagesRequest, cri.ListImagesResponse];
  ImageStatus: [cri.ImageStatusRequest, cri.ImageStatusResponse];
  PullImage: [cri.PullImageRequest, cri.PullImageResponse];
  RemoveImage: [cri.RemoveImageRequest, cri.RemoveImageResponse];
  ImageFsInfo: [cri.ImageFsInfoRequest, cri.ImageFsInfoResponse];
}

const IMAGE_METHODS: ReadonlySet<string> = new Set(['ListImages', 'ImageStatus', 'PullImage', 'RemoveImage', 'ImageFsInfo']);

/** gRPC status names, as logs and the node's metrics show them. */
export type CriErrorCode = keyof typeof status | 'UNKNOWN';

/** A refusal of the runtime. `message` is the runtime's own sentence, without gRPC's prefix. */
export class CriError extends Error {
  override readonly name = 'CriError';
  readonly code: CriErrorCode;

  constructor(code: CriErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export interface CriCallOptions { signal?: AbortSignal | undefined; timeoutMs?: number }

export interface CriChannel {
  call<M extends keyof CriMethods>(method: M, request: CriMethods[M][0], options?: CriCallOptions): Promise<CriMethods[M][1]>;
  /** The ids of Kubernetes' containers that end or run out of memory, as containerd tells it; rejects where there is no such service. */
  taskEvents(signal: AbortSignal): AsyncIterable<string>;
  /** Only containerd has them. */
  readonly snapshots: ImageSnapshots;
  close(): void;
}

/** Larger than any listing of a full node; the runtime's own limit is 16 MiB. */
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
const CALL_TIMEOUT_MS = 120_000;

type UnaryCall = (request: unknown, metadata: Metadata, options: object, done: (error: ServiceError | null, response: unknown) => void) => { cancel(): void };

/** Opens a channel to a runtime's socket (`unix:///run/containerd/containerd.sock`, or a bare path). Connects with the first call. */
export function openCriChannel(endpoint: string, { clock }: { clock: Clock }): CriChannel {
  const target = endpoint.startsWith('/') ? `unix://${endpoint}` : endpoint;
  const services = loadServices();
  const settings = { 'grpc.default_authority': 'localhost', 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX, 'grpc.max_reconnect_backoff_ms': 1000 };
  const [runtime, images, events] = services.map((Service) => new Service(target, credentials.createInsecure(), settings));
  const snapshots = openImageSnapshots(target, { clock });
  return {
    call: (method, request, options) => unary((IMAGE_METHODS.has(method) ? images : runtime) as unknown as Record<string, UnaryCall>, { method, request, clock }, options), // stubs have one function a method
    taskEvents: (signal) => subscribe(events as unknown as EventsStub, signal), // the stub of events.proto
    snapshots,
    close() { for (const client of [runtime, images, events, snapshots]) client?.close(); },
  };
}

function loadServices(): ServiceClientConstructor[] {
  const settings = { longs: String, enums: String, defaults: true, oneofs: false };
  const loaded = loadPackageDefinition({ ...loadSync(protoFile('cri/v1/api.proto'), settings), ...loadSync(protoFile('containerd/events.proto'), settings) });
  const { runtime, containerd } = loaded as unknown as { runtime: { v1: Record<string, ServiceClientConstructor> }; containerd: { services: { events: { v1: Record<string, ServiceClientConstructor> } } } }; // the packages of the two files
  return [runtime.v1['RuntimeService'], runtime.v1['ImageService'], containerd.services.events.v1['Events']].filter((service) => service !== undefined);
}

function unary<R>(stub: Record<string, UnaryCall>, { method, request, clock }: { method: string; request: unknown; clock: Clock }, { signal, timeoutMs = CALL_TIMEOUT_MS }: CriCallOptions = {}): Promise<R> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) { reject(new CriError('CANCELLED', 'cancelled before the call')); return; }
    const call = stub[method]?.(request, new Metadata(), { deadline: clock.now() + timeoutMs }, (error, response) => {
      link[Symbol.dispose]();
      if (error) reject(toCriError(error)); else resolve(response as R); // the method's own response
    });
    const link = onAbort(signal, () => call?.cancel());
  });
}

interface Envelope { event?: { value?: { containerId: string; id: string } | null } | null }
interface EventsStub { subscribe(request: { filters: string[] }): ClientReadableStream<Envelope> }

async function* subscribe(stub: EventsStub, signal: AbortSignal): AsyncGenerator<string> {
  const stream = stub.subscribe({ filters: ['namespace==k8s.io,topic~="^/tasks/(exit|oom)$"'] });
  using _link = onAbort(signal, () => stream.cancel());
  try {
    for await (const envelope of stream) {
      const { containerId = '', id = '' } = (envelope as Envelope).event?.value ?? {}; // the stream's message type
      if (id === '' || id === containerId) yield containerId; // commands that were executed inside end all the time
    }
  } catch (error) {
    if (signal.aborted || isAbortError(error)) return;
    throw toCriError(error as ServiceError); // grpc-js throws nothing else
  }
}

function toCriError(error: ServiceError): CriError {
  return new CriError((status[error.code] as CriErrorCode | undefined) ?? 'UNKNOWN', error.details === '' ? error.message : error.details, error);
}

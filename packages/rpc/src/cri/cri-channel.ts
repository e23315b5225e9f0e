import { type Clock, errorMessage, onAbort } from '@kubernode/base';
import { GrpcError } from '../grpc/grpc-error.ts';
import { SocketChannel } from '../grpc/socket-channel.ts';
import { MessageCodec, type MessageTable } from '../protobuf/message-codec.ts';
import { type ImageSnapshots, openImageSnapshots } from './image-snapshots.ts';
import { criTable } from './message-table.ts';
import type * as cri from './messages.ts';

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

/** gRPC's names of its statuses, by number, as logs and the node's metrics show them. */
const STATUS_NAMES = ['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS', 'PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'] as const;

export type CriErrorCode = typeof STATUS_NAMES[number];

/** A refusal of the runtime. `message` is the runtime's own sentence, without gRPC's prefix. */
export class CriError extends Error {
  override readonly name = 'CriError';
  readonly code: CriErrorCode;

  constructor(code: CriErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export interface CriCallOptions { signal?: AbortSignal | undefined; timeoutMs?: number; /** W3C's: what the runtime does stands below it. */ traceparent?: string | undefined }

export interface CriChannel {
  call<M extends keyof CriMethods>(method: M, request: CriMethods[M][0], options?: CriCallOptions): Promise<CriMethods[M][1]>;
  /** The ids of Kubernetes' containers that end or run out of memory, as containerd tells it; rejects where there is no such service. */
  taskEvents(signal: AbortSignal): AsyncIterable<string>;
  /** Only containerd has them. */
  readonly snapshots: ImageSnapshots;
  close(): void;
}

const CALL_TIMEOUT_MS = 120_000;

/** gRPC's name of the service that has a method. */
export function criService(method: keyof CriMethods): string { return IMAGE_METHODS.has(method) ? 'runtime.v1.ImageService' : 'runtime.v1.RuntimeService'; }

/** Opens a channel to a runtime's socket (`unix:///run/containerd/containerd.sock`, or a bare path). Connects with the first call. */
export function openCriChannel(endpoint: string, { clock }: { clock: Clock }): CriChannel {
  const channel = new SocketChannel({ path: endpoint.replace(/^unix:\/*(?=\/)/, ''), clock });
  const codec = new MessageCodec(criTable);
  const snapshots = openImageSnapshots(endpoint, { clock });
  return {
    async call<M extends keyof CriMethods>(method: M, request: CriMethods[M][0], { signal, timeoutMs = CALL_TIMEOUT_MS, traceparent }: CriCallOptions = {}) {
      try {
        const answer = await channel.unary({ path: `/${criService(method)}/${method}`, body: codec.encode(`${method}Request`, request), timeoutMs, signal, traceparent });
        return codec.decode(`${method}Response`, answer) as CriMethods[M][1]; // messages are named by their methods
      } catch (error) { throw toCriError(error); }
    },
    taskEvents: (signal) => subscribe(channel, signal),
    snapshots,
    close() { channel.close(); snapshots.close(); },
  };
}

/** As in proto/containerd/events.proto. */
const eventsTable: MessageTable = {
  messages: {
    SubscribeRequest: [[1, 'filters', 'string', 'repeated']],
    Envelope: [[4, 'event', 'TaskEnvelope']],
    TaskEnvelope: [[2, 'value', 'TaskEvent']],
    TaskEvent: [[1, 'containerId', 'string'], [2, 'id', 'string']],
  },
  enums: {},
};

interface Envelope { event: { value: { containerId: string; id: string } | null } | null }

async function* subscribe(channel: SocketChannel, signal: AbortSignal): AsyncGenerator<string> {
  const codec = new MessageCodec(eventsTable);
  const stream = channel.subscribe('/containerd.services.events.v1.Events/Subscribe', codec.encode('SubscribeRequest', { filters: ['namespace==k8s.io,topic~="^/tasks/(exit|oom)$"'] }));
  using _link = onAbort(signal, () => stream.destroy());
  try {
    for (let messages = await stream.next(); messages !== undefined; messages = await stream.next()) {
      for (const message of messages) {
        const { containerId = '', id = '' } = (codec.decode('Envelope', message) as Envelope).event?.value ?? {}; // by the table
        if (id === '' || id === containerId) yield containerId; // commands that were executed inside end all the time
      }
    }
  } finally { stream.destroy(); }
  if (stream.failure !== undefined && !signal.aborted) throw toCriError(stream.failure);
}

function toCriError(error: unknown): CriError {
  if (error instanceof GrpcError) return new CriError(STATUS_NAMES[error.code] ?? 'UNKNOWN', error.message, error);
  return new CriError('INTERNAL', errorMessage(error), error); // an answer that makes no sense
}

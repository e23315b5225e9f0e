import { connect } from 'node:net';
import { type Clock, errorMessage, onAbort } from '@kubernode/base';
import type { CallFailure } from '../grpc/call-failure.ts';
import { HostConnection } from '../grpc/host-connection.ts';
import { encodeFields } from '../http2/hpack/header-encoder.ts';
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
  /** Rejects with a CriError, also when aborted: CANCELLED. */
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
  const connection = connectionTo(endpoint.replace(/^unix:\/*(?=\/)/, ''), clock);
  const codec = new MessageCodec(criTable);
  const snapshots = openImageSnapshots(endpoint, { clock });
  return {
    async call<M extends keyof CriMethods>(method: M, request: CriMethods[M][0], { signal, timeoutMs = CALL_TIMEOUT_MS, traceparent }: CriCallOptions = {}) {
      const path = `/${criService(method)}/${method}`;
      try {
        const fields = traceparent === undefined ? [] : [encodeFields([['traceparent', traceparent]])];
        const answer = await connection.unary({ path, body: codec.encode(`${method}Request`, request), timeoutMs, signal, fields });
        return codec.decode(`${method}Response`, answer) as CriMethods[M][1]; // messages are named by their methods
      } catch (error) {
        if (error instanceof CriError) throw error;
        if (signal?.aborted === true) throw new CriError('CANCELLED', `the call of ${path} was cancelled`, error);
        throw new CriError('INTERNAL', errorMessage(error), error); // an answer that makes no sense
      }
    },
    taskEvents: (signal) => subscribe(connection, signal),
    snapshots,
    close() { connection.close(); snapshots.close(); },
  };
}

function connectionTo(path: string, clock: Clock): HostConnection<CriError> {
  return new HostConnection({
    scheme: 'http', authority: 'localhost', dial: () => ({ socket: connect(path), readyEvent: 'connect' }), clock,
    errors: { of: errorOf, unreachable: (cause) => new CriError('UNAVAILABLE', errorMessage(cause), cause), timedOut: (method) => new CriError('DEADLINE_EXCEEDED', `no answer to ${method} in time`) },
  });
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

const SUBSCRIBE = '/containerd.services.events.v1.Events/Subscribe';

async function* subscribe(connection: HostConnection<CriError>, signal: AbortSignal): AsyncGenerator<string> {
  const codec = new MessageCodec(eventsTable);
  const stream = connection.stream(SUBSCRIBE);
  stream.end(codec.encode('SubscribeRequest', { filters: ['namespace==k8s.io,topic~="^/tasks/(exit|oom)$"'] }));
  using _link = onAbort(signal, () => stream.destroy());
  try {
    for (let messages = await stream.next(); messages !== undefined; messages = await stream.next()) {
      for (const message of messages) {
        const { containerId = '', id = '' } = (codec.decode('Envelope', message) as Envelope).event?.value ?? {}; // by the table
        if (id === '' || id === containerId) yield containerId; // commands that were executed inside end all the time
      }
    }
  } finally { stream.destroy(); }
  if (stream.failure !== undefined && !signal.aborted) throw stream.failure;
}

function errorOf(failure: CallFailure): CriError {
  switch (failure.kind) {
    case 'refused': return new CriError(STATUS_NAMES[failure.code] ?? 'UNKNOWN', failure.message);
    case 'lost': return new CriError('UNAVAILABLE', failure.end.error?.message ?? 'the stream was closed', failure.end.error);
    case 'noMessage': return new CriError('INTERNAL', 'an answer without a message');
  }
}

import { credentials, loadPackageDefinition, Metadata, type ServiceClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Clock } from '@kubernode/base';
import { protoFile } from '../cri/proto-file.ts';
import { GRPC_CODES, KmsError } from './kms-error.ts';

export interface KmsStatus { version: string; healthz: string; keyId: string }
/** A secret under a key of the plugin, and what the plugin needs to open it again. */
export interface KmsCiphertext { ciphertext: Buffer; keyId: string; annotations: Readonly<Record<string, Buffer>> }

/** A key management plugin, version 2. All calls reject with a KmsError, at the latest when the service's timeout has passed. */
export interface KmsService {
  status(): Promise<KmsStatus>;
  /** `uid` names the request in the plugin's logs. */
  encrypt(plaintext: Buffer, uid: string): Promise<KmsCiphertext>;
  decrypt(sealed: KmsCiphertext, uid: string): Promise<Buffer>;
  close(): void;
}

export interface KmsServiceOptions {
  /** `unix:///run/plugin.sock`, or `unix:///@name` for Linux' sockets without a file. */
  endpoint: string;
  timeoutMs: number;
  clock: Clock;
  /** Told of every call that ended: `/v2.KeyManagementService/Status`, gRPC's code, how long it took. */
  observe?: ((method: string, code: string, seconds: number) => void) | undefined;
}

/** Encrypted seeds and their annotations are small; this is far above what is accepted of them. */
const MESSAGE_BYTES_MAX = 1024 * 1024;
const RECONNECT_DELAY_MAX_MS = 1_000;

/** Connects with the first call. A call waits for the plugin to come up, as long as its timeout lasts. */
export function openKmsService({ endpoint, timeoutMs, clock, observe }: KmsServiceOptions): KmsService {
  const stub = new (serviceConstructor())(grpcTarget(endpoint), credentials.createInsecure(), {
    'grpc.default_authority': 'localhost', 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX, 'grpc.max_reconnect_backoff_ms': RECONNECT_DELAY_MAX_MS,
  });
  const calls = stub as unknown as Record<string, UnaryCall>; // stubs have one function a method
  const call = async <R>(name: string, request: object): Promise<R> => {
    const startedMs = clock.monotonicNow();
    let code = 'OK';
    try { return await unary<R>(calls, name, request, clock.now() + timeoutMs); } catch (error) {
      code = error instanceof KmsError ? error.code : 'Unknown';
      throw error;
    } finally { observe?.(`/v2.KeyManagementService/${name}`, code, (clock.monotonicNow() - startedMs) / 1000); }
  };
  return {
    status: () => call<KmsStatus>('Status', {}),
    encrypt: (plaintext, uid) => call<KmsCiphertext>('Encrypt', { plaintext, uid }),
    decrypt: async (sealed, uid) => (await call<{ plaintext: Buffer }>('Decrypt', { ...sealed, uid })).plaintext,
    close: () => stub.close(),
  };
}

function serviceConstructor(): ServiceClientConstructor {
  const loaded = loadPackageDefinition(loadSync(protoFile('kms/v2/api.proto'), { longs: String, defaults: true }));
  return (loaded['v2'] as Record<'KeyManagementService', ServiceClientConstructor>).KeyManagementService; // the file's one service
}

function grpcTarget(endpoint: string): string {
  const socket = decodeURIComponent(new URL(endpoint).pathname);
  return socket.startsWith('/@') ? `unix:\0${socket.slice(2)}` : `unix://${socket}`; // the kernel knows sockets without a file by a zero byte
}

type UnaryCall = (request: object, metadata: Metadata, options: { deadline: number }, done: (error: ServiceError | null, response: unknown) => void) => unknown;

function unary<R>(calls: Record<string, UnaryCall>, name: string, request: object, deadline: number): Promise<R> {
  return new Promise((resolve, reject) => {
    calls[name]?.(request, new Metadata({ waitForReady: true }), { deadline }, (error, response) => {
      if (error === null) resolve(response as R); // the method's own response
      else reject(new KmsError(GRPC_CODES[error.code] ?? 'Unknown', error.details === '' ? error.message : error.details, error));
    });
  });
}

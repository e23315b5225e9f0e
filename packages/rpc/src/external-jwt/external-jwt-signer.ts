import { credentials, loadPackageDefinition, Metadata, type ServiceClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Clock } from '@kubernode/base';
import { protoFile } from '../cri/proto-file.ts';

/** A key whose signatures are to be believed; `key` is PKIX in DER. One that is left out of discovery only verifies older tokens. */
export interface ExternalKey { keyId: string; key: Buffer; excludeFromOidcDiscovery: boolean }
export interface ExternalKeys { keys: readonly ExternalKey[]; refreshHintSeconds: number }
/** Parts of a token in base64url. */
export interface ExternalSignature { header: string; signature: string }

/** A process that holds the keys of service account tokens. All calls reject with an Error, at the latest when the timeout has passed. */
export interface ExternalJwtSigner {
  /** `claims` is the payload in base64url. */
  sign(claims: string): Promise<ExternalSignature>;
  fetchKeys(): Promise<ExternalKeys>;
  metadata(): Promise<{ maxTokenExpirationSeconds: number }>;
  close(): void;
}

export interface ExternalJwtSignerOptions {
  /** A unix socket's path; one that begins with `@` has no file. */
  socket: string;
  timeoutMs: number;
  clock: Pick<Clock, 'now'>;
}

const RECONNECT_DELAY_MAX_MS = 1_000;

/** Connects with the first call. A call waits for the signer to come up, as long as its timeout lasts. */
export function openExternalJwtSigner({ socket, timeoutMs, clock }: ExternalJwtSignerOptions): ExternalJwtSigner {
  const target = socket.startsWith('@') ? `unix:\0${socket.slice(1)}` : `unix://${socket}`; // the kernel knows sockets without a file by a zero byte
  const stub = new (serviceConstructor())(target, credentials.createInsecure(), { 'grpc.default_authority': 'localhost', 'grpc.max_reconnect_backoff_ms': RECONNECT_DELAY_MAX_MS });
  const calls = stub as unknown as Record<string, UnaryCall>; // stubs have one function a method
  const call = <R>(name: string, request: object): Promise<R> => new Promise((resolve, reject) => {
    calls[name]?.(request, new Metadata({ waitForReady: true }), { deadline: clock.now() + timeoutMs }, (error, response) => {
      if (error === null) resolve(response as R); // the method's own response
      else reject(error);
    });
  });
  return {
    sign: (claims) => call<ExternalSignature>('Sign', { claims }),
    async fetchKeys() {
      const { keys, refreshHintSeconds } = await call<{ keys: ExternalKey[]; refreshHintSeconds: string }>('FetchKeys', {});
      return { keys, refreshHintSeconds: Number(refreshHintSeconds) };
    },
    metadata: async () => ({ maxTokenExpirationSeconds: Number((await call<{ maxTokenExpirationSeconds: string }>('Metadata', {})).maxTokenExpirationSeconds) }),
    close: () => { stub.close(); },
  };
}

/** The service by which a signer in a test answers. */
export function externalJwtService(): ServiceClientConstructor['service'] {
  return serviceConstructor().service;
}

function serviceConstructor(): ServiceClientConstructor {
  const loaded = loadPackageDefinition(loadSync(protoFile('externaljwt/v1/api.proto'), { longs: String, defaults: true }));
  return (loaded['v1'] as Record<'ExternalJWTSigner', ServiceClientConstructor>).ExternalJWTSigner; // the file's one service
}

type UnaryCall = (request: object, metadata: Metadata, options: { deadline: number }, done: (error: ServiceError | null, response: unknown) => void) => unknown;

import { credentials, loadPackageDefinition, Metadata, type ServiceClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Clock } from '@kubernode/base';
import { protoFile } from '../cri/proto-file.ts';
import { pluginErrorOf } from './plugin-error.ts';

/** Answers of plugins are small; this is far above what is accepted of them. */
const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;
const RECONNECT_DELAY_MAX_MS = 1_000;

export interface PluginSocket {
  /** Rejects with a PluginError, at the latest after `timeoutMs`. */
  call<R>(method: string, request: object, options: { timeoutMs: number }): Promise<R>;
  close(): void;
}

export interface PluginSocketOptions {
  /** A socket's path, or `unix://PATH`. */
  endpoint: string;
  /** The contract's file, and the service in it with its package. */
  contract: { file: string; service: string };
  clock: Clock;
  /** Sent with each call. */
  metadata?: Readonly<Record<string, string>>;
  observe?: ((method: string, code: string, seconds: number) => void) | undefined;
}

type UnaryCall = (request: object, metadata: Metadata, options: { deadline: number }, done: (error: ServiceError | null, response: unknown) => void) => unknown;

/** A service behind a socket of this host. Connects with the first call; a call fails at once when nobody listens. */
export function openPluginSocket({ endpoint, contract, clock, metadata = {}, observe }: PluginSocketOptions): PluginSocket {
  const Service = serviceConstructor(contract);
  const stub = new Service(`unix://${endpoint.replace(/^unix:\/*(?=\/)/, '')}`, credentials.createInsecure(), {
    'grpc.default_authority': 'localhost', 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX, 'grpc.max_reconnect_backoff_ms': RECONNECT_DELAY_MAX_MS,
  });
  const calls = stub as unknown as Record<string, UnaryCall>; // stubs have one function a method
  return {
    call: <R>(method: string, request: object, { timeoutMs }: { timeoutMs: number }) => new Promise<R>((resolve, reject) => {
      const startedMs = clock.monotonicNow();
      const sent = new Metadata();
      for (const [key, value] of Object.entries(metadata)) sent.set(key, value);
      calls[method]?.(request, sent, { deadline: clock.now() + timeoutMs }, (error, response) => {
        const fault = error === null ? undefined : pluginErrorOf(error.code, error.details === '' ? error.message : error.details, error);
        observe?.(`/${contract.service}/${method}`, fault?.code ?? 'OK', (clock.monotonicNow() - startedMs) / 1000);
        if (fault === undefined) resolve(response as R); else reject(fault); // the method's own response
      });
    }),
    close: () => stub.close(),
  };
}

const loadedServices = new Map<string, ServiceClientConstructor>();

function serviceConstructor({ file, service }: PluginSocketOptions['contract']): ServiceClientConstructor {
  let found = loadedServices.get(service);
  if (found === undefined) {
    const loaded = loadPackageDefinition(loadSync(protoFile(file), { longs: Number, enums: String, defaults: true })) as unknown;
    found = service.split('.').reduce((scope, name) => (scope as Record<string, unknown>)[name], loaded) as ServiceClientConstructor; // packages nest by name; the contract has the service
    loadedServices.set(service, found);
  }
  return found;
}

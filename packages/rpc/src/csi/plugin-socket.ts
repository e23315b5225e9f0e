import type { Metadata, ServiceClientConstructor, ServiceError } from '@grpc/grpc-js';
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

/**
 * A service behind a socket of this host. Connects with the first call, which also loads the library for it: most nodes have no plugins. A
 * call fails at once when nobody listens.
 */
export function openPluginSocket(options: PluginSocketOptions): PluginSocket {
  const { contract: { service }, clock, metadata = {}, observe } = options;
  let opened: Promise<OpenSocket> | undefined;
  return {
    async call<R>(method: string, request: object, { timeoutMs }: { timeoutMs: number }) {
      const { calls, newMetadata } = await (opened ??= openSocket(options));
      const startedMs = clock.monotonicNow();
      const sent = newMetadata();
      for (const [key, value] of Object.entries(metadata)) sent.set(key, value);
      return new Promise<R>((resolve, reject) => {
        calls[method]?.(request, sent, { deadline: clock.now() + timeoutMs }, (error, response) => {
          const fault = error === null ? undefined : pluginErrorOf(error.code, error.details === '' ? error.message : error.details, error);
          observe?.(`/${service}/${method}`, fault?.code ?? 'OK', (clock.monotonicNow() - startedMs) / 1000);
          if (fault === undefined) resolve(response as R); else reject(fault); // the method's own response
        });
      });
    },
    close: () => { void opened?.then(({ close }) => { close(); }); },
  };
}

interface OpenSocket { calls: Readonly<Record<string, UnaryCall>>; newMetadata: () => Metadata; close: () => void }

async function openSocket({ endpoint, contract }: PluginSocketOptions): Promise<OpenSocket> {
  const { credentials, Metadata: GrpcMetadata } = await import('./grpc-library.ts');
  const Service = await serviceConstructor(contract);
  const stub = new Service(`unix://${endpoint.replace(/^unix:\/*(?=\/)/, '')}`, credentials.createInsecure(), {
    'grpc.default_authority': 'localhost', 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX, 'grpc.max_reconnect_backoff_ms': RECONNECT_DELAY_MAX_MS,
  });
  return { calls: stub as unknown as Record<string, UnaryCall>, newMetadata: () => new GrpcMetadata(), close: () => stub.close() }; // stubs have one function a method
}

const loadedServices = new Map<string, ServiceClientConstructor>();

async function serviceConstructor({ file, service }: PluginSocketOptions['contract']): Promise<ServiceClientConstructor> {
  let found = loadedServices.get(service);
  if (found === undefined) {
    const { loadPackageDefinition, loadSync } = await import('./grpc-library.ts');
    const loaded = loadPackageDefinition(loadSync(protoFile(file), { longs: Number, enums: String, defaults: true })) as unknown;
    found = service.split('.').reduce((scope, name) => (scope as Record<string, unknown>)[name], loaded) as ServiceClientConstructor; // packages nest by name; the contract has the service
    loadedServices.set(service, found);
  }
  return found;
}

import { optionTable, readFlagFile, UsageError, type OptionSpec, type Options } from '@kubernode/component-base';
import type { Transport } from '../client.ts';
import { createGrpcTransport } from '../transport/grpc-transport.ts';
import { createHttpsTransport, type HttpsTransportOptions } from '../transport/https-transport.ts';
import { inClusterConnection } from './in-cluster.ts';
import { loadKubeconfig } from './kubeconfig.ts';

/** A kubeconfig whose server has this scheme means our own API servers over gRPC. */
const GRPC_SCHEME = 'grpcs://';

type ConnectionTable = {
  readonly [F in 'kubeconfig' | 'context' | 'master' | 'server-grpc' | 'server-ca-file' | 'client-certificate' | 'client-key' | 'token-file' | 'tls-server-name']:
  F extends 'server-grpc' ? OptionSpec<'list'> & { kind: 'list'; default: readonly string[] } : OptionSpec<'string'> & { kind: 'string' };
};

/** The flags by which a component says where its API servers are; spread them into its own table. */
export const connectionOptions: ConnectionTable = optionTable({
  kubeconfig: { kind: 'string', help: 'Kubeconfig file to reach the API server; over gRPC where its server is grpcs://HOST:PORT', placeholder: 'FILE' },
  context: { kind: 'string', help: 'Context of the kubeconfig; its current one without', placeholder: 'NAME' },
  master: { kind: 'string', help: 'Address of the API server; wins over the one in the kubeconfig', placeholder: 'URL' },
  'server-grpc': { kind: 'list', default: [], help: 'API servers to reach over gRPC', placeholder: 'HOST:PORT,…' },
  'server-ca-file': { kind: 'string', help: 'Authority that signed the certificates of the servers named by --server-grpc', placeholder: 'FILE' },
  'client-certificate': { kind: 'string', help: 'Certificate to show to the servers named by --server-grpc', placeholder: 'FILE' },
  'client-key': { kind: 'string', help: 'Key of --client-certificate', placeholder: 'FILE' },
  'token-file': { kind: 'string', help: 'Bearer token to show to the servers named by --server-grpc', placeholder: 'FILE' },
  'tls-server-name': { kind: 'string', help: 'Name to expect in the servers\' certificates', placeholder: 'NAME' },
});

export type ConnectionOptions = Options<ConnectionTable>;

/** A certificate with its key, PEM, in place of those that the flags name. */
export interface ClientIdentity { cert: string; key: string }

/** The transport that the flags mean: gRPC where named, else the kubeconfig, else the pod's own service account. */
export function connect(options: ConnectionOptions, env: Readonly<Record<string, string | undefined>>, identity?: ClientIdentity): Transport {
  if (options['server-grpc'].length > 0) {
    return createGrpcTransport({
      addresses: options['server-grpc'], ca: fileOf(options, 'server-ca-file'), cert: fileOf(options, 'client-certificate'), key: fileOf(options, 'client-key'),
      token: fileOf(options, 'token-file')?.trim(), tlsServerName: options['tls-server-name'], ...identity,
    });
  }
  const connection = configured(options, env);
  if (connection === undefined && options.master === undefined) throw new UsageError('where is the API server? Give --kubeconfig FILE or --server-grpc HOST:PORT');
  const target = { ...connection, ...(options.master !== undefined && { server: options.master }), ...identity } as HttpsTransportOptions; // one of the two gives the server
  if (!target.server.startsWith(GRPC_SCHEME)) return createHttpsTransport(target);
  return createGrpcTransport({ ...target, addresses: [target.server.slice(GRPC_SCHEME.length)] });
}

/** The authority (PEM) by which the flags let the API servers be known; '' for none. */
export function serverAuthority(options: ConnectionOptions, env: Readonly<Record<string, string | undefined>>): string {
  const ca = options['server-grpc'].length > 0 ? fileOf(options, 'server-ca-file') : configured(options, env)?.ca;
  return ca?.toString() ?? '';
}

function configured(options: ConnectionOptions, env: Readonly<Record<string, string | undefined>>): HttpsTransportOptions | undefined {
  const path = options.kubeconfig ?? '';
  return path === '' ? inClusterConnection(env) : loadKubeconfig(path, { context: options.context }).connection;
}

function fileOf(options: ConnectionOptions, flag: 'server-ca-file' | 'client-certificate' | 'client-key' | 'token-file'): string | undefined {
  const path = options[flag];
  return path === undefined || path === '' ? undefined : readFlagFile(flag, path);
}

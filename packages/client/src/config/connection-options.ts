import { checkAuthorities, checkKeyPair, type FileFollower, optionTable, readText, type ReadText, UsageError, UserError, type OptionSpec, type Options } from '@kubernode/component-base';
import { errorMessage } from '@kubernode/base';
import type { Transport } from '../client.ts';
import type { GrpcTransportOptions } from '../transport/grpc-transport.ts';
import { createHttpsTransport, type HttpsTransportOptions } from '../transport/https-transport.ts';
import { createGrpcTransport } from '../transport/lazy-grpc-transport.ts';
import { rotatingTransport, type RotatingTransport } from '../transport/rotating-transport.ts';
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

type Env = Readonly<Record<string, string | undefined>>;

/** Where the API servers are and as whom they are asked, over one of two transports. */
type Connection = { kind: 'grpc'; options: GrpcTransportOptions } | { kind: 'https'; options: HttpsTransportOptions };

/** The transport that the flags mean: gRPC where named, else the kubeconfig, else the pod's own service account. */
export function connect(options: ConnectionOptions, env: Env, identity?: ClientIdentity): Transport {
  return openTransport(connectionOf(options, env, { read: readText, identity }));
}

/**
 * The same, and by the files as they are from now on: when a kubeconfig, a certificate or an authority changes, calls and watches that begin go by
 * the new ones, and what is under way ends by the old. `identity` is asked each time.
 */
export function connectFollowing(options: ConnectionOptions, env: Env, { follower, identity }: { follower: FileFollower; identity?: () => ClientIdentity | undefined }): RotatingTransport {
  return follow(follower, (read) => connectionOf(options, env, { read, identity: identity?.() }));
}

/** The transport that a kubeconfig means, by that file and those it names as they are from now on. */
export function followKubeconfig(file: string, follower: FileFollower): Transport {
  return follow(follower, (read) => ({ kind: 'https', options: loadKubeconfig(file, { read }).connection }));
}

function follow(follower: FileFollower, load: (read: ReadText) => Connection): RotatingTransport {
  let transport: RotatingTransport | undefined;
  const link = follower.follow((read) => checked(load(read)), (connection) => {
    const next = openTransport(connection);
    if (transport === undefined) transport = rotatingTransport(next); else transport.replace(next);
  });
  const first: RotatingTransport | undefined = transport; // set by now
  if (first === undefined) throw new Error('broken invariant: the files were read, or an error thrown');
  return { ...first, close: () => { link[Symbol.dispose](); first.close(); } };
}

/** The authority (PEM) by which the flags let the API servers be known; '' for none. */
export function serverAuthority(options: ConnectionOptions, env: Env, read: ReadText = readText): string {
  const ca = options['server-grpc'].length > 0 ? fileOf(options, 'server-ca-file', read) : configured(options, env, read)?.ca;
  return ca?.toString() ?? '';
}

function openTransport({ kind, options }: Connection): Transport {
  return kind === 'grpc' ? createGrpcTransport(options) : createHttpsTransport(options);
}

function connectionOf(options: ConnectionOptions, env: Env, { read, identity }: { read: ReadText; identity: ClientIdentity | undefined }): Connection {
  if (options['server-grpc'].length > 0) {
    return { kind: 'grpc', options: {
      addresses: options['server-grpc'], ca: fileOf(options, 'server-ca-file', read), cert: fileOf(options, 'client-certificate', read), key: fileOf(options, 'client-key', read),
      token: fileOf(options, 'token-file', read)?.trim(), tlsServerName: options['tls-server-name'], ...identity,
    } };
  }
  const connection = configured(options, env, read);
  if (connection === undefined && options.master === undefined) throw new UsageError('where is the API server? Give --kubeconfig FILE or --server-grpc HOST:PORT');
  const target = { ...connection, ...(options.master !== undefined && { server: options.master }), ...identity } as HttpsTransportOptions; // one of the two gives the server
  if (!target.server.startsWith(GRPC_SCHEME)) return { kind: 'https', options: target };
  return { kind: 'grpc', options: { ...target, addresses: [target.server.slice(GRPC_SCHEME.length)] } };
}

/** Throws a UserError for half a bundle, or a certificate without its key. */
function checked(connection: Connection): Connection {
  const { ca, cert, key } = connection.options;
  try {
    if (ca !== undefined) checkAuthorities(ca.toString());
    if (cert !== undefined && key !== undefined) checkKeyPair({ certificate: cert.toString(), key: key.toString() });
  } catch (error) { throw new UserError(`the connection to the API server: ${errorMessage(error)}`); }
  return connection;
}

function configured(options: ConnectionOptions, env: Env, read: ReadText): HttpsTransportOptions | undefined {
  const path = options.kubeconfig ?? '';
  return path === '' ? inClusterConnection(env, { read }) : loadKubeconfig(path, { context: options.context, read }).connection;
}

function fileOf(options: ConnectionOptions, flag: 'server-ca-file' | 'client-certificate' | 'client-key' | 'token-file', read: ReadText): string | undefined {
  const path = options[flag];
  if (path === undefined || path === '') return undefined;
  try { return read(path); } catch (error) { throw new UserError(`--${flag}: ${errorMessage(error)}`); }
}

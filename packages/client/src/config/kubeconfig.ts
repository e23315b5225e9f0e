import { dirname, isAbsolute, join } from 'node:path';
import { readText, type ReadText, UserError } from '@kubernode/component-base';
import { errorMessage } from '@kubernode/base';
import { parse } from 'yaml';
import type { HttpsTransportOptions } from '../transport/https-transport.ts';

/** The parts of a kubeconfig file that say how to connect. */
export interface Kubeconfig {
  'current-context'?: string;
  clusters?: { name: string; cluster: KubeconfigCluster }[];
  users?: { name: string; user: KubeconfigUser }[];
  contexts?: { name: string; context: { cluster: string; user: string; namespace?: string } }[];
}

export interface KubeconfigCluster {
  server: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
}

export interface KubeconfigUser {
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
}

export interface LoadedKubeconfig {
  /** For createHttpsTransport. */
  connection: HttpsTransportOptions;
  /** The context's namespace, `default` without one. */
  namespace: string;
  context: string;
}

/** Reads a kubeconfig and picks a context, the current one by default. UserError with one sentence when it cannot be used. */
export function loadKubeconfig(file: string, { context, read = readText }: { context?: string | undefined; read?: ReadText | undefined } = {}): LoadedKubeconfig {
  return resolveKubeconfig(parseFile(file, read), { file, context, read });
}

/** The connection that a parsed kubeconfig means; paths in it are relative to its file. */
export function resolveKubeconfig(config: Kubeconfig, { file, context: wanted, read = readText }: { file: string; context?: string | undefined; read?: ReadText | undefined }): LoadedKubeconfig {
  const name = wanted ?? config['current-context'] ?? '';
  const context = config.contexts?.find((one) => one.name === name)?.context;
  if (context === undefined) throw new UserError(name === '' ? `${file}: no current-context is set` : `${file}: context "${name}" does not exist`);
  const cluster = config.clusters?.find((one) => one.name === context.cluster)?.cluster;
  if (cluster === undefined) throw new UserError(`${file}: cluster "${context.cluster}" does not exist`);
  const user = config.users?.find((one) => one.name === context.user)?.user ?? {};
  const at = (path: string): string => (isAbsolute(path) ? path : join(dirname(file), path));
  const pem = (data: string | undefined, path: string | undefined): Buffer | undefined => {
    if (data !== undefined && data !== '') return Buffer.from(data, 'base64');
    return path === undefined || path === '' ? undefined : readPem(file, at(path), read);
  };
  return {
    context: name,
    namespace: context.namespace ?? 'default',
    connection: {
      server: cluster.server,
      tlsServerName: cluster['tls-server-name'],
      insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'],
      ca: pem(cluster['certificate-authority-data'], cluster['certificate-authority']),
      cert: pem(user['client-certificate-data'], user['client-certificate']),
      key: pem(user['client-key-data'], user['client-key']),
      token: user.token, username: user.username, password: user.password,
      tokenFile: user.tokenFile === undefined ? undefined : at(user.tokenFile),
    },
  };
}

function parseFile(file: string, read: ReadText): Kubeconfig {
  try {
    return (parse(read(file)) ?? {}) as Kubeconfig; // fields are checked where they are used
  } catch (error) {
    throw new UserError(`cannot read kubeconfig ${file}: ${errorMessage(error)}`);
  }
}

function readPem(config: string, file: string, read: ReadText): Buffer {
  try { return Buffer.from(read(file)); } catch (error) { throw new UserError(`${config}: cannot read ${file}: ${errorMessage(error)}`); }
}

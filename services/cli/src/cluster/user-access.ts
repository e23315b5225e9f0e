import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createClient, createGrpcTransport, createHttpsTransport, inClusterConnection, inClusterNamespace, loadKubeconfig, type Client, type HttpsTransportOptions, type LoadedKubeconfig } from '@kubernode/client';
import type { Clock, Rng } from '@kubernode/base';
import { UserError, version } from '@kubernode/component-base';
import type { AccessOptions } from '../cmd/access-options.ts';
import { layoutOf } from './layout.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const GRPC_SCHEME = 'grpcs://';

/** `dir`: the state folder of the cluster on this host, for commands that are about it; then that cluster goes before the user's own. */
type UserOptions = AccessOptions & { readonly dir?: string };

/** A user's way to a cluster. */
export interface UserAccess { client: Client; namespace: string }

/** The cluster and namespace that a user's flags and environment mean, by kubectl's rules. UserError when they mean none. */
export function openUserAccess(options: UserOptions, { env, clock, rng, userAgent = 'kubernode' }: { env: Environment; clock: Clock; rng: Rng; userAgent?: string }): UserAccess {
  const { connection, namespace } = findCluster(options, env);
  const transport = connection.server.startsWith(GRPC_SCHEME) ? createGrpcTransport({ ...connection, addresses: [connection.server.slice(GRPC_SCHEME.length)] }) : createHttpsTransport(connection);
  return { client: createClient({ transport, userAgent: `${userAgent}/${version.kubernode}`, clock, rng }), namespace: options.n ?? options.namespace ?? namespace };
}

/** Where that cluster is, and as whom it is asked. */
export function findCluster(options: UserOptions, env: Environment): { connection: HttpsTransportOptions; namespace: string } {
  const context = options['kube-context'] ?? options.context;
  const files = kubeconfigFiles(options, env);
  if (files.length > 0) return firstWith(files, context);
  const connection = inClusterConnection(env);
  if (connection === undefined) throw new UserError('which cluster? Give --kubeconfig FILE, or set KUBECONFIG, or have a kubeconfig in ~/.kube/config');
  return { connection, namespace: inClusterNamespace(env) ?? 'default' };
}

/** A file that is named has to be there; those of the environment are those of them that are. */
function kubeconfigFiles({ kubeconfig: named, dir }: UserOptions, env: Environment): string[] {
  if (named !== undefined && named !== '') return [named];
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  return (listed.length > 0 ? listed : [...(dir === undefined ? [] : [layoutOf(dir).adminKubeconfig]), join(env['HOME'] ?? '/root', '.kube/config')]).filter((file) => existsSync(file));
}

/** Of several files the first that has the context. */
function firstWith(files: readonly string[], context: string | undefined): LoadedKubeconfig {
  let fault: unknown;
  for (const file of files) {
    try { return loadKubeconfig(file, { context }); } catch (error) {
      if (!(error instanceof UserError)) throw error;
      fault ??= error;
    }
  }
  throw fault;
}

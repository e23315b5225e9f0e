import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { ConnectionOptions } from '@kubernode/client';
import { layoutOf } from '../cluster/layout.ts';

/** The kubeconfig that a command goes by: the flag, $KUBECONFIG's first file, the user's own, that of the cluster on this host. */
export function kubeconfigFor({ kubeconfig, dir, 'server-grpc': grpc }: Pick<ConnectionOptions, 'kubeconfig' | 'server-grpc'> & { readonly dir: string }, env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (kubeconfig !== undefined || grpc.length > 0) return kubeconfig;
  const [named] = (env['KUBECONFIG'] ?? '').split(path.delimiter);
  if (named !== undefined && named !== '') return named;
  return [layoutOf(dir).adminKubeconfig, path.join(env['HOME'] ?? homedir(), '.kube', 'config')].find((file) => existsSync(file));
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '@kubernode/base';
import { readText, type ReadText, UserError } from '@kubernode/component-base';
import type { HttpsTransportOptions } from '../transport/https-transport.ts';

const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';

/** How a process in a pod reaches its cluster; undefined outside a pod. */
export function inClusterConnection(env: Readonly<Record<string, string | undefined>>, { directory = SERVICE_ACCOUNT_DIR, read = readText }: { directory?: string; read?: ReadText } = {}): HttpsTransportOptions | undefined {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'];
  if (host === undefined || host === '' || port === undefined || port === '') return undefined;
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  try {
    return { server, ca: read(join(directory, 'ca.crt')), tokenFile: join(directory, 'token') };
  } catch (error) {
    throw new UserError(`in-cluster configuration: ${errorMessage(error)}`);
  }
}

/** The namespace of the pod that this process runs in; undefined outside a pod. */
export function inClusterNamespace(env: Readonly<Record<string, string | undefined>>, directory: string = SERVICE_ACCOUNT_DIR): string | undefined {
  if (!env['KUBERNETES_SERVICE_HOST']) return undefined;
  try { return readFileSync(join(directory, 'namespace'), 'utf8').trim(); } catch (error) {
    throw new UserError(`in-cluster configuration: ${errorMessage(error)}`);
  }
}

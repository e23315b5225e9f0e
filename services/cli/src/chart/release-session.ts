import { StatusError } from '@kubernode/apimachinery';
import { errorMessage, isAbortError } from '@kubernode/base';
import { TransportError } from '@kubernode/client';
import { UserError, type CommandContext } from '@kubernode/component-base';
import { ChartError, createReleaseStore, ReleaseError, type ReleaseEnvironment } from '@kubernode/helm';
import { openUserAccess } from '../cluster/user-access.ts';
import type { AccessOptions } from '../cmd/access-options.ts';
import { createApiCluster } from './api-cluster.ts';

/** The user agent names Helm's form of releases; fields are Helm's by their manager. */
const USER_AGENT = 'kubernode-chart';

export interface SessionOptions {
  access: AccessOptions;
  /** Releases of all namespaces. */
  allNamespaces?: boolean;
  /** Before the reason, when an action fails: `INSTALLATION FAILED`. */
  failure?: string;
}

/** Opens the user's cluster, acts, closes it. What is refused or fails becomes one sentence for the user; progress and warnings go to stderr. */
export async function withReleases<T>(context: CommandContext, { access, allNamespaces = false, failure }: SessionOptions, act: (environment: ReleaseEnvironment) => Promise<T>): Promise<T> {
  const { clock, rng, env, signal, stderr } = context;
  const warn = (message: string): void => { stderr.write(`warning: ${message}\n`); };
  const { client, namespace } = openUserAccess(access, { env, clock, rng, userAgent: USER_AGENT });
  const cluster = createApiCluster({ client, warn });
  const store = createReleaseStore({ cluster, namespace: allNamespaces ? '' : namespace, clock, warn });
  try {
    return await act({ cluster, store, namespace, clock, rng, signal, warn, report: (what) => { stderr.write(`✓ ${what}\n`); }, hookOutput: (text) => { stderr.write(text); } });
  } catch (error) {
    throw userErrorOf(error, failure);
  } finally { client.close(); }
}

function userErrorOf(error: unknown, failure: string | undefined): unknown {
  const prefix = failure === undefined ? '' : `${failure}: `;
  if (error instanceof ReleaseError || error instanceof ChartError || error instanceof StatusError) return new UserError(`${prefix}${error.message}`, { cause: error });
  if (error instanceof TransportError) return new UserError(`${prefix}Kubernetes cluster unreachable: ${errorMessage(error)}`, { cause: error });
  return isAbortError(error) ? new UserError(`${prefix}interrupted`, { cause: error }) : error;
}

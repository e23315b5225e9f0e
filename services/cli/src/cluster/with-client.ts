import { StatusError } from '@kubernode/apimachinery';
import { TransportError, type Client } from '@kubernode/client';
import { type CommandContext, UserError } from '@kubernode/component-base';
import type { AccessOptions } from '../cmd/access-options.ts';
import { openUserAccess } from './user-access.ts';

/** Runs a task with a client of the user's cluster; what the cluster refuses, and that it cannot be reached, is one sentence. */
export async function withClient<T>(options: AccessOptions, { env, clock, rng }: Pick<CommandContext, 'env' | 'clock' | 'rng'>, task: (client: Client) => Promise<T>): Promise<T> {
  const { client } = openUserAccess(options, { env, clock, rng });
  try { return await task(client); } catch (error) {
    if (error instanceof StatusError) throw new UserError(`the cluster refuses: ${error.message}`);
    if (error instanceof TransportError) throw new UserError(`the cluster does not answer: ${error.message}; what was asked may have been done, and asking again does no harm`);
    throw error;
  } finally { client.close(); }
}

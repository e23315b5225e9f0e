import { isNotFound } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import type { Target } from '@kubernode/client';
import type { Reach } from '@kubernode/controller';

/** The object as the server has it now; undefined when there is none. */
export async function present<T>(resource: ResourceRef<T>, target: Target, { client, signal }: Reach): Promise<T | undefined> {
  try { return await client.get(resource, target, { signal }); } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

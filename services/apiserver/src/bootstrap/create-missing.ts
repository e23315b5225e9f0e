import { isAlreadyExists, type KubeObject } from '@kubernode/apimachinery';
import { Semaphore } from '@kubernode/base';
import type { ObjectWriter } from '../endpoints/endpoint.ts';

/** Objects that are worked on at a time. */
const PARALLEL_MAX = 16;

/** Creates those that are not there yet; by several replicas at once, too. */
export async function createMissing(writer: ObjectWriter, resource: { group: string; resource: string }, objects: readonly Readonly<KubeObject>[]): Promise<void> {
  const turns = new Semaphore(PARALLEL_MAX);
  await Promise.all(objects.map((object) => turns.run(() => createIfMissing(writer, resource, object))));
}

async function createIfMissing(writer: ObjectWriter, resource: { group: string; resource: string }, object: Readonly<KubeObject>): Promise<void> {
  const { namespace: ofNamespace = '', name } = object.metadata;
  if (await writer.get(resource, ofNamespace, name) !== undefined) return;
  try {
    await writer.create(resource, object);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error; // another replica was faster
  }
}

import { parseApiVersion, type KubeObject } from '@kubernode/apimachinery';
import { resourceOfKind } from '@kubernode/api';
import type { Client } from '@kubernode/client';

const FIELD_MANAGER = 'kubernode';

/** Server-side apply of one object of a built-in kind, as its only owner. */
export async function applyObject(client: Client, object: KubeObject): Promise<void> {
  const facts = resourceOfKind({ ...parseApiVersion(object.apiVersion), kind: object.kind });
  if (!facts) throw new Error(`broken invariant: ${object.kind} is no built-in kind`);
  const { name, namespace } = object.metadata;
  await client.patch(facts, { name, namespace }, { type: 'apply', body: object, fieldManager: FIELD_MANAGER, force: true });
}

import { copyJson, DecodeError, decodeYaml, isJsonObject } from '@kubernode/apimachinery';

/**
 * A patch as JSON text. Patches for server-side apply may be YAML, which is written as the JSON it stands for; what is neither is left out.
 * kube-apiserver loses the whole event of such a request.
 */
export function patchJson(patch: Buffer): string | undefined {
  const text = patch.toString('utf8');
  try { return JSON.stringify(JSON.parse(text)); } catch { /* YAML, or a patch that will be refused */ }
  try { return JSON.stringify(decodeYaml(text).value); } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** A copy of an object, of a list of objects or of a table without anybody's managedFields. */
export function withoutManagedFields(value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  const copy = copyJson(value);
  forget(copy);
  for (const item of listOf(copy['items'])) forget(item);
  for (const row of listOf(copy['rows'])) if (isJsonObject(row)) forget(row['object']);
  return copy;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function forget(object: unknown): void {
  if (isJsonObject(object) && isJsonObject(object['metadata'])) delete object['metadata']['managedFields'];
}

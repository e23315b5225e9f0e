import type { Answer } from './api-connection.ts';

/** Objects of the workload are ConfigMaps that hold one value. */
export function valueObject(name: string, value: string, resourceVersion?: number): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...(resourceVersion !== undefined && { resourceVersion: String(resourceVersion) }) }, data: { v: value } };
}

export interface ValueAnswer { readonly status: number; readonly reason: string | undefined; readonly revision: number | undefined; readonly value: string | undefined }

/** What an answer says of the object or of the refusal. */
export function parseValue({ status, body }: Answer): ValueAnswer {
  const object = JSON.parse(body) as { reason?: string; metadata?: { resourceVersion?: string }; data?: { v?: string } }; // a ConfigMap or a Status
  return { status, reason: object.reason, revision: object.metadata?.resourceVersion === undefined ? undefined : Number(object.metadata.resourceVersion), value: object.data?.v };
}

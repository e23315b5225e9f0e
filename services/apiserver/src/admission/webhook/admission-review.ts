import { decodeJson, DecodeError, isJsonObject, type JsonObject, type Status } from '@kubernode/apimachinery';
import type { ShownObjects } from '../request-objects.ts';

export type ReviewVersion = 'v1' | 'v1beta1';

/** What a webhook said, in the terms of v1. */
export interface AdmissionResponse {
  allowed: boolean;
  status: Readonly<Partial<Status>> | undefined;
  /** A JSON patch as the webhook wrote it; empty for none. */
  patch: Buffer;
  patchType: string;
  warnings: readonly string[];
  auditAnnotations: Readonly<Record<string, string>>;
}

/** The first version that the webhook speaks and this server, too. */
export function reviewVersion(versions: readonly string[]): ReviewVersion | undefined {
  return versions.find((version): version is ReviewVersion => version === 'v1' || version === 'v1beta1');
}

/** The body that is posted. */
export function encodeReview(version: ReviewVersion, request: JsonObject, { object, oldObject }: ShownObjects): Buffer {
  const { dryRun = false, options = null, ...head } = request;
  return Buffer.from(JSON.stringify({ kind: 'AdmissionReview', apiVersion: `admission.k8s.io/${version}`, request: { ...head, object: object ?? null, oldObject: oldObject ?? null, dryRun, options } }));
}

/** @throws Error that says what is wrong with the answer. */
export function readReview(body: Buffer): JsonObject {
  const value = parse(body);
  if (!isJsonObject(value)) throw new Error(`couldn't get version/kind; json parse error: json: cannot unmarshal ${goTypeOf(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`);
  return value;
}

function parse(body: Buffer): unknown {
  try { return decodeJson(body).value; } catch (error) {
    throw error instanceof DecodeError ? new Error(`couldn't get version/kind; json parse error: ${error.message}`, { cause: error }) : error;
  }
}

function goTypeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
}

/** @throws Error that says what is wrong with the response. */
export function verifyReview(review: JsonObject, { uid, version, mutating }: { uid: string; version: ReviewVersion; mutating: boolean }): AdmissionResponse {
  const { response, apiVersion = '', kind = '' } = review;
  if (!isJsonObject(response)) throw new Error('webhook response was absent');
  const answer = responseOf(response);
  if (version === 'v1beta1') return { ...answer, patch: mutating ? answer.patch : Buffer.alloc(0), patchType: mutating && answer.patch.length > 0 ? 'JSONPatch' : '' };
  const given = textOf(response['uid']);
  if (given !== uid) throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(given)}`);
  if (apiVersion !== 'admission.k8s.io/v1' || kind !== 'AdmissionReview') throw new Error(`expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${goKind(textOf(apiVersion), textOf(kind))}`);
  checkPatch(answer, response['patchType'], mutating);
  return answer;
}

function checkPatch({ patch }: AdmissionResponse, patchType: unknown, mutating: boolean): void {
  const typed = patchType !== undefined && patchType !== null;
  if (!mutating) {
    if (patch.length > 0) throw new Error('validating webhook may not return response.patch');
    if (typed) throw new Error('validating webhook may not return response.patchType');
    return;
  }
  if (patch.length > 0 && !typed) throw new Error('webhook returned response.patch but not response.patchType');
  if (patch.length === 0 && typed) throw new Error('webhook returned response.patchType but not response.patch');
  if (patchType === '') throw new Error('webhook returned invalid response.patchType of ""');
}

function responseOf({ allowed, status, patch, patchType, warnings, auditAnnotations }: JsonObject): AdmissionResponse {
  return {
    allowed: allowed === true, status: isJsonObject(status) ? status as Partial<Status> : undefined, // rendered field by field
    patch: Buffer.from(textOf(patch), 'base64'), patchType: textOf(patchType),
    warnings: Array.isArray(warnings) ? warnings.filter((one) => typeof one === 'string') : [],
    auditAnnotations: isJsonObject(auditAnnotations) ? Object.fromEntries(Object.entries(auditAnnotations).filter((entry): entry is [string, string] => typeof entry[1] === 'string')) : {},
  };
}

function goKind(apiVersion: string, kind: string): string {
  return `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

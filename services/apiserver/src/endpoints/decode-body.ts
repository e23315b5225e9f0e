import { resourceOfKind } from '@kubernode/api';
import { badRequest, formatApiVersion, isJsonObject, parseApiVersion, StatusError, type KubeObject } from '@kubernode/apimachinery';
import type { ApiRequest } from '../pipeline/api-request.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { decodeDocument } from './decode-document.ts';
import type { FieldValidation } from './request-options.ts';

export interface DecodeTarget {
  group: string;
  version: string;
  kind: string;
  /** Key into the schemas; nothing is known of the fields without one. */
  schema: string | undefined;
}

/** Bytes of a body that a message shows. */
const SUMMARY_BYTES_MAX = 30;

export function targetOf({ kind, facts }: ServedResource): DecodeTarget {
  return { ...kind, schema: facts.schema };
}

/** The object in a request's body, of the kind the path asks for, with schema defaults. Throws Kubernetes' 400 and 415. */
export function decodeBody(request: ApiRequest, target: DecodeTarget, { fieldValidation, warn }: { fieldValidation: FieldValidation; warn(text: string): void }): KubeObject {
  const value = decodeDocument(request.body, request.headers['content-type'], {
    target, fieldValidation, warn,
    checkKind: (kind, apiVersion) => checkKind(target, kind, apiVersion, request.body),
    refuse: (message) => unrecognized(target, message, request.body),
  });
  const object = value as Partial<KubeObject>; // decodeDocument answers objects that fit the schema
  return Object.assign(object, { kind: target.kind, apiVersion: formatApiVersion(target), metadata: isJsonObject(object.metadata) ? object.metadata : { name: '' } }) as KubeObject; // now it has all three
}

/** A body without kind or apiVersion is taken for what the path says. */
function checkKind(target: DecodeTarget, kind: string | undefined, apiVersion: string | undefined, body: Buffer): void {
  const wantKind = kind === undefined || kind === '' ? target.kind : kind;
  const given = apiVersion === undefined || apiVersion === '' ? formatApiVersion(target) : apiVersion;
  if (given.split('/').length > 2) throw unrecognized(target, `unexpected GroupVersion string: ${given}`, body);
  if (wantKind === target.kind && given === formatApiVersion(target)) return;
  const { group, version } = parseApiVersion(given);
  const known = resourceOfKind({ group, version, kind: wantKind }) !== undefined || isListOfKnown({ group, version, kind: wantKind });
  const cannot = (why: string): StatusError => badRequest(`${wantKind} in version ${JSON.stringify(version)} cannot be handled as a ${target.kind}: ${why}`);
  if (wantKind === target.kind && group === target.group && version !== target.version && isOldVersion(version)) throw badRequest(`the API version in the data (${given}) does not match the expected API version (${formatApiVersion(target)})`);
  if (!known) throw cannot(`no kind ${JSON.stringify(wantKind)} is registered for version ${JSON.stringify(given)} in scheme "pkg/api/legacyscheme/scheme.go:30"`);
  if (wantKind === target.kind && group === target.group) throw badRequest(`the API version in the data (${given}) does not match the expected API version (${formatApiVersion(target)})`);
  throw cannot(`converting (${version}.${wantKind}) to (${target.group === '' ? 'core' : target.group.split('.')[0] ?? ''}.${target.kind}): unknown conversion`);
}

function isListOfKnown({ group, version, kind }: { group: string; version: string; kind: string }): boolean {
  return kind.endsWith('List') && (kind === 'List' || resourceOfKind({ group, version, kind: kind.slice(0, -'List'.length) }) !== undefined);
}

function isOldVersion(version: string): boolean {
  return version === 'v1beta1' || version === 'v1beta2';
}

function unrecognized(target: DecodeTarget, message: string, body: Buffer): StatusError {
  return badRequest(`the object provided is unrecognized (must be of type ${target.kind}): ${message} (${summarize(body)})`);
}

function summarize(body: Buffer): string {
  if (body.length === 0) return '<empty>';
  const shown = body.subarray(0, SUMMARY_BYTES_MAX);
  return `${body[0] === 0x7b ? shown.toString() : shown.toString('hex')}${body.length > SUMMARY_BYTES_MAX ? ' ...' : ''}`;
}

import { DecodeError, jsonWord } from '../schema/decode-context.ts';

export interface TypeMeta { apiVersion: string; kind: string }

const GO_TYPE = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/**
 * What a decoded body says it is; empty where it says nothing.
 * @throws DecodeError for what cannot be an object of the API.
 */
export function readTypeMeta(value: unknown): TypeMeta {
  if (value === null) return { apiVersion: '', kind: '' };
  if (typeof value !== 'object' || Array.isArray(value)) throw new DecodeError(`couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonWord(value)} into Go value of type ${GO_TYPE}`);
  const { apiVersion, kind } = value as { apiVersion?: unknown; kind?: unknown }; // an object, see above
  return { apiVersion: textOf(apiVersion, 'apiVersion'), kind: textOf(kind, 'kind') };
}

function textOf(value: unknown, field: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw new DecodeError(`couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonWord(value)} into Go struct field .${field} of type string`);
}

import { abbreviateBody, badRequest, decodeJson, DecodeError, decodeYaml, readTypeMeta, StatusError, type KeyOccurrence } from '@kubernode/apimachinery';
import { decodeProtobuf } from '../registry/protobuf.ts';
import type { Encoding } from './negotiation.ts';

/** A body as it was read, before anything is known of its kind. */
export interface Document {
  value: unknown;
  kind: string;
  apiVersion: string;
  /** Keys in document order, when some stand twice (JSON). */
  occurrences?: readonly KeyOccurrence[] | undefined;
  /** What is said of keys that stand twice (YAML). */
  duplicates: readonly string[];
}

/** Reads a body by its Content-Type. `refuse` makes the error for one that cannot be read. */
export function decodeDocument(body: Buffer, contentType: string | undefined, refuse: (message: string) => StatusError): Document {
  const encoding = inputEncoding(contentType);
  try {
    if (encoding === 'protobuf') return { ...decodeProtobuf(body), duplicates: [] };
    return withTypeMeta(encoding === 'json' ? { ...decodeJsonDocument(body), duplicates: [] } : decodeYaml(body.toString('utf8')));
  } catch (error) {
    throw error instanceof DecodeError ? refuse(error.message) : error;
  }
}

function decodeJsonDocument(body: Buffer): ReturnType<typeof decodeJson> {
  try { return decodeJson(body); } catch (error) {
    throw error instanceof DecodeError ? new DecodeError(`couldn't get version/kind; json parse error: ${error.message}`) : error;
  }
}

function withTypeMeta({ value, ...rest }: Omit<Document, 'kind' | 'apiVersion'>): Document {
  return { value, ...rest, ...readTypeMeta(value) };
}

/** How a body is written; throws 415 for a Content-Type that is not understood. No Content-Type at all counts as JSON. */
export function inputEncoding(contentType: string | undefined): Encoding {
  if (contentType === undefined || contentType === '') return 'json';
  switch (mediaTypeOf(contentType)) {
    case 'application/json': return 'json';
    case 'application/yaml': return 'yaml';
    case 'application/vnd.kubernetes.protobuf': return 'protobuf';
    default: throw new StatusError({ code: 415, reason: 'UnsupportedMediaType', message: 'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf' });
  }
}

/** Without parameters, in small letters; empty where these cannot be read. */
function mediaTypeOf(contentType: string): string {
  const [type = ''] = contentType.split(';', 1);
  return PARAMETERS.test(contentType.slice(type.length)) ? type.trim().toLowerCase() : '';
}

/** In time linear in the header, which may be long: no two neighbouring pieces may take the same white space. */
const PARAMETERS = /^(?:\s*;\s*[\w!#$%&'*+.^`|~-]+=(?:[\w!#$%&'*+.^`|~-]+|"(?:[^"\\]|\\.)*"))*(?:\s*;)?\s*$/;

/** The refusal of a body that says nothing of itself. */
export function unrecognized(kind: string, message: string, body: Buffer): StatusError {
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${message} (${abbreviateBody(body)})`);
}

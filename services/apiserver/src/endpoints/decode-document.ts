import { isJsonObject, StatusError } from '@kubernode/apimachinery';
import { parseAllDocuments } from 'yaml';
import type { DecodeTarget } from './decode-body.ts';
import type { Encoding } from './negotiation.ts';
import type { FieldValidation } from './request-options.ts';

export interface DecodeDocumentOptions {
  target: DecodeTarget;
  fieldValidation: FieldValidation;
  warn(text: string): void;
  /** Throws when the document is of another kind than wanted. */
  checkKind(kind: string | undefined, apiVersion: string | undefined): void;
  /** Makes the error for a document that cannot be read. */
  refuse(message: string): StatusError;
}

/** The value in a body by its Content-Type, checked against the schema and with its defaults. */
export function decodeDocument(body: Buffer, contentType: string | undefined, options: DecodeDocumentOptions): object {
  const value = parseDocument(body, inputEncoding(contentType), options.refuse) ?? {};
  if (!isJsonObject(value)) throw options.refuse('couldn\'t get version/kind; json parse error: json: cannot unmarshal value into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }');
  options.checkKind(typeof value['kind'] === 'string' ? value['kind'] : undefined, typeof value['apiVersion'] === 'string' ? value['apiVersion'] : undefined);
  return value;
}

/** How a body is written; throws 415 for a Content-Type that is not understood. No Content-Type at all counts as JSON. */
export function inputEncoding(contentType: string | undefined): Encoding {
  const [type = ''] = (contentType ?? '').split(';');
  switch (type.trim().toLowerCase()) {
    case '': case 'application/json': return 'json';
    case 'application/yaml': return 'yaml';
    case 'application/vnd.kubernetes.protobuf': return 'protobuf';
    default: throw new StatusError({ code: 415, reason: 'UnsupportedMediaType', message: 'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf' });
  }
}

function parseDocument(body: Buffer, encoding: Encoding, refuse: (message: string) => StatusError): unknown {
  if (encoding === 'protobuf') throw refuse('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  try {
    if (encoding === 'json') return JSON.parse(body.toString('utf8'));
    const [first] = parseAllDocuments(body.toString('utf8'), { version: '1.1' });
    return first === undefined || !('toJSON' in first) ? null : first.toJSON();
  } catch (error) {
    throw refuse(`couldn't get version/kind; json parse error: ${error instanceof Error && body.length > 0 ? error.message : 'unexpected end of JSON input'}`);
  }
}

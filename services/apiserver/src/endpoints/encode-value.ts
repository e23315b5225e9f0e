import { encodeYaml } from '@kubernode/apimachinery';
import type { BufferedAnswer } from '../pipeline/api-request.ts';
import type { EncodeProtobuf } from './endpoint-services.ts';
import { contentTypeOf, type Encoding, type Negotiated } from './negotiation.ts';

/** A value that exists only for this answer: a Status, a Table, a Scale. */
export function valueAnswer(status: number, value: object, { encoding, pretty, encodeProtobuf }: { encoding: Encoding; pretty: boolean; encodeProtobuf: EncodeProtobuf }): BufferedAnswer {
  const contentType = contentTypeOf(encoding);
  switch (encoding) {
    case 'json': return { kind: 'buffered', status, contentType, body: jsonBytes(value, pretty) };
    case 'yaml': return { kind: 'buffered', status, contentType, body: yamlBytes(value) };
    case 'protobuf': {
      const body = encodeProtobuf(value);
      return body === undefined ? { kind: 'buffered', status, contentType: contentTypeOf('json'), body: jsonBytes(value, pretty) } : { kind: 'buffered', status, contentType, body };
    }
  }
}

/** A document as one line, or indented for people. */
export function jsonBytes(value: object, pretty: boolean): Buffer {
  return Buffer.from(pretty ? JSON.stringify(value, null, 2) : `${JSON.stringify(value)}\n`);
}

export function yamlBytes(value: object): Buffer {
  return Buffer.from(encodeYaml(value));
}

/** What Go's strconv.ParseBool takes for true. */
const TRUE_WORDS: ReadonlySet<string> = new Set(['1', 't', 'T', 'true', 'True', 'TRUE']);

/** People's tools get indented JSON without asking. */
export function wantsPretty(query: URLSearchParams, userAgent: string | undefined): boolean {
  const asked = query.get('pretty') ?? '';
  if (asked !== '') return TRUE_WORDS.has(asked);
  return userAgent !== undefined && (userAgent.startsWith('curl') || userAgent.startsWith('Wget') || userAgent.startsWith('Mozilla/5.0'));
}

/** Nothing was asked for that the stored bytes are not. */
export function isPlain({ encoding, transform }: Negotiated, pretty: boolean): boolean {
  return encoding === 'json' && transform === 'none' && !pretty;
}

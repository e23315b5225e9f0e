const SEQUENCE = 0x30;
const SET = 0x31;
const OBJECT_IDENTIFIER = 0x06;
/** 2.5.4.10, organizationName, and 2.5.4.3, commonName, in DER. */
const ORGANIZATION = '55040a';
const COMMON_NAME = '550403';

/** The organizations in the subject of a PEM-encoded PKCS#10 request; throws when it is none. */
export function subjectOrganizations(pem: string): string[] { return subjectValues(pem, ORGANIZATION); }

/** The common name likewise; of several the last counts, as in Go. */
export function subjectCommonName(pem: string): string { return subjectValues(pem, COMMON_NAME).at(-1) ?? ''; }

function subjectValues(pem: string, attribute: string): string[] {
  const body = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([^-]+)-----END/.exec(pem)?.[1];
  if (body === undefined) throw new Error('PEM block type must be CERTIFICATE REQUEST');
  const request = expectTag(elementsOf(Buffer.from(body, 'base64'))[0], SEQUENCE);
  const info = expectTag(elementsOf(request)[0], SEQUENCE);
  const subject = expectTag(elementsOf(info)[1], SEQUENCE); // after the version
  return elementsOf(subject).flatMap((set) => elementsOf(expectTag(set, SET)).flatMap((pair) => {
    const [type, value] = elementsOf(expectTag(pair, SEQUENCE));
    return type?.tag === OBJECT_IDENTIFIER && type.content.toString('hex') === attribute && value !== undefined ? [value.content.toString('utf8')] : [];
  }));
}

interface Element { tag: number; content: Buffer }

function expectTag(element: Element | undefined, tag: number): Buffer {
  if (element?.tag !== tag) throw new Error('asn1: structure error: tags don\'t match');
  return element.content;
}

/** The DER elements that stand one after the other. */
function elementsOf(bytes: Buffer): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0;
    const longBytes = first < 0x80 ? 0 : first & 0x7f;
    if (longBytes > 4 || at + 2 + longBytes > bytes.length) throw new Error('asn1: syntax error: data truncated');
    const length = longBytes === 0 ? first : bytes.readUIntBE(at + 2, longBytes);
    const start = at + 2 + longBytes;
    if (start + length > bytes.length) throw new Error('asn1: syntax error: data truncated');
    elements.push({ tag, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return elements;
}

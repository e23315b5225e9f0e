export interface PemBlock { type: string; hasHeaders: boolean; bytes: Buffer }

const BLOCK = /^-----BEGIN ([^\n]*?)-----[ \t\r]*\n(?:((?:[^\n:]+:[^\n]*\n)+)\s*\n?)?([A-Za-z0-9+/=\s]*?)-----END \1-----[ \t\r]*$/gm;

/** The blocks of a PEM text, whatever stands between them. */
export function pemBlocks(text: string): PemBlock[] {
  return [...text.matchAll(BLOCK)].map(([, type = '', headers, body = '']) => ({ type, hasHeaders: headers !== undefined, bytes: Buffer.from(body.replace(/\s/g, ''), 'base64') }));
}

import { badRequest } from '@kubernode/apimachinery';

/** Where a list goes on. `revision` 0 or less: from what is there now, which may not fit the pages before. */
export interface ContinueToken { revision: number; startKey: string }

const TOKEN_VERSION = 'meta.k8s.io/v1';

/** As Kubernetes writes it, so that a client may go on at any API server of the cluster. `lastKey` is below the list's own prefix. */
export function encodeContinue(lastKey: string, revision: number): string {
  return Buffer.from(JSON.stringify({ v: TOKEN_VERSION, rv: revision, start: `${lastKey}\0` })).toString('base64url');
}

export function decodeContinue(token: string): ContinueToken {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (!/^[A-Za-z0-9_-]*$/.test(token)) throw badRequest(`invalid continue token: continue key is not valid: illegal base64 data at input byte ${token.search(/[^A-Za-z0-9_-]/)}`);
  const value = parse(text, token);
  if (value.v !== TOKEN_VERSION) throw badRequest(`invalid continue token: continue key is not valid: server does not recognize this encoded version ${value.v ?? ''}`);
  if ((value.rv ?? 0) === 0) throw badRequest(`invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version ${TOKEN_VERSION})`);
  const start = value.start ?? '';
  if (start === '') throw badRequest('invalid continue token: continue key is not valid: encoded start key empty (version meta.k8s.io/v1)');
  if (!isCleanPath(start.startsWith('/') ? start : `/${start}`)) throw badRequest(`invalid continue token: continue key is not valid: ${start}`);
  return { revision: value.rv ?? 0, startKey: start };
}

/** Keys may not climb out of the list they go on with. */
function isCleanPath(key: string): boolean {
  return key === '/' || key.slice(1).split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function parse(text: string, token: string): { v?: string; rv?: number; start?: string } {
  try {
    return JSON.parse(text) as { v?: string; rv?: number; start?: string }; // each field is checked or harmless
  } catch {
    const [first] = Buffer.from(token, 'base64url').toString('latin1'); // Go's parser reads bytes
    const shown = first === undefined ? 'unexpected end of JSON input' : `invalid character '${quoteByte(first)}' looking for beginning of value`;
    throw badRequest(`invalid continue token: continue key is not valid: ${shown}`);
  }
}

function quoteByte(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code >= 0x80 && code < 0xa1 ? `\\u${code.toString(16).padStart(4, '0')}` : character;
}

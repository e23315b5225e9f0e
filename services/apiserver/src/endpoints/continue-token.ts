import { badRequest, decodeJson, DecodeError, isJsonObject, type StatusError } from '@kubernode/apimachinery';

/** Where a list goes on. `revision` 0 or less: from what is there now, which may not fit the pages before. */
export interface ContinueToken { revision: number; startKey: string }

const TOKEN_VERSION = 'meta.k8s.io/v1';

/** As Kubernetes writes it, so that a client may go on at any API server of the cluster. `lastKey` is below the list's own prefix. */
export function encodeContinue(lastKey: string, revision: number): string {
  return Buffer.from(JSON.stringify({ v: TOKEN_VERSION, rv: revision, start: `${lastKey}\0` })).toString('base64url');
}

export function decodeContinue(token: string): ContinueToken {
  const fault = token.search(/[^A-Za-z0-9_-]/);
  if (fault >= 0 || token.length % 4 === 1) throw refused(`illegal base64 data at input byte ${fault >= 0 ? fault : token.length - 1}`);
  const { v, rv, start } = fieldsOf(parse(Buffer.from(token, 'base64url')));
  if (v !== TOKEN_VERSION) throw refused(`server does not recognize this encoded version ${v}`);
  if (rv === 0) throw refused(`incorrect encoded start resourceVersion (version ${TOKEN_VERSION})`);
  if (start === '') throw refused(`encoded start key empty (version ${TOKEN_VERSION})`);
  if (!isCleanPath(start.startsWith('/') ? start : `/${start}`)) throw refused(start);
  return { revision: rv, startKey: start.replace(/^\//, '') }; // of a page from kube-apiserver's cache it begins with a slash
}

function refused(why: string): StatusError {
  return badRequest(`invalid continue token: continue key is not valid: ${why}`);
}

const FIELD_TYPES = { v: 'string', rv: 'int64', start: 'string' } as const;

/** A token's fields as Go decodes them: absent and null ones are empty, other types refused. */
function fieldsOf(value: unknown): { v: string; rv: number; start: string } {
  if (value !== null && !isJsonObject(value)) throw refused(`json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type storage.continueToken`);
  const fields = { v: '', rv: 0, start: '' };
  for (const [name, type] of Object.entries(FIELD_TYPES)) {
    const field = value?.[name] ?? undefined;
    if (field === undefined) continue;
    const fits = type === 'string' ? typeof field === 'string' : Number.isSafeInteger(field);
    if (!fits) throw refused(`json: cannot unmarshal ${type === 'int64' && typeof field === 'number' ? `number ${field}` : jsonTypeOf(field)} into Go struct field continueToken.${name} of type ${type}`);
    Object.assign(fields, { [name]: field });
  }
  return fields;
}

function jsonTypeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** Keys may not climb out of the list they go on with. */
function isCleanPath(key: string): boolean {
  return key === '/' || key.slice(1).split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function parse(bytes: Buffer): unknown {
  try {
    return decodeJson(bytes).value;
  } catch (error) {
    throw error instanceof DecodeError ? refused(error.message) : error;
  }
}

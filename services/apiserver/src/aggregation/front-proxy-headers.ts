import type { ApiRequest, UserInfo } from '../pipeline/api-request.ts';

/** They belong to one connection alone. */
const HOP_BY_HOP: ReadonlySet<string> = new Set(['connection', 'proxy-connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'content-length', 'host']);
const REMOTE = 'x-remote-';
const IMPERSONATE = 'impersonate-';

type Headers = Record<string, string | readonly string[] | undefined>;

/** Says who asks, to servers that believe this one: by headers, under its own certificate. */
export function userHeaders({ name, uid, groups, extra }: UserInfo): Headers {
  const headers: Headers = { [`${REMOTE}user`]: name, ...(uid !== '' && { [`${REMOTE}uid`]: uid }), ...(groups.length > 0 && { [`${REMOTE}group`]: groups }) };
  for (const [key, values] of Object.entries(extra)) if (values.length > 0) headers[`${REMOTE}extra-${escapeKey(key)}`] = values;
  return headers;
}

/** What of a client's headers goes on: nothing by which it claimed to be somebody, nothing of its connection. */
export function forwardedHeaders({ headers, peer }: Pick<ApiRequest, 'headers' | 'peer'>): Headers {
  const ofConnection = new Set((headers['connection'] ?? '').split(',').map((one) => one.trim().toLowerCase()));
  const kept = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !ofConnection.has(name) && name !== 'authorization' && !name.startsWith(REMOTE) && !name.startsWith(IMPERSONATE) && !name.startsWith(':'));
  return { ...Object.fromEntries(kept), 'x-forwarded-for': [headers['x-forwarded-for'], peer.address].filter((one) => one !== undefined && one !== '').join(', ') };
}

/** What an answer's headers say of anything but the connection it came by. */
export function relayedHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const ofConnection = new Set(String(headers['connection'] ?? '').split(',').map((one) => one.trim().toLowerCase()));
  const relayed: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || (HOP_BY_HOP.has(name) && name !== 'content-length') || ofConnection.has(name) || name === 'audit-id') continue; // this server sets its own audit id, the same
    relayed[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return relayed;
}

/** Names of headers may not hold every character; the receiver undoes this. */
function escapeKey(key: string): string {
  return Array.from(Buffer.from(key), (byte) => {
    const character = String.fromCharCode(byte);
    return /[!#$&'*+\-.0-9A-Z^_`a-z|~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

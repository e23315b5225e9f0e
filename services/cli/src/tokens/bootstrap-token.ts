import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Rng } from '@kubernode/base';
import type { Client } from '@kubernode/client';
import { UsageError } from '@kubernode/component-base';

/** Bootstrap tokens as kubeadm keeps them: secrets by which a machine that has nothing else joins. */
export interface BootstrapToken {
  id: string;
  usages: readonly string[];
  groups: readonly string[];
  description: string;
  /** RFC 3339; absent for one that never expires. */
  expires?: string;
}

export interface NewToken extends BootstrapToken { secret: string }

export const TOKEN_SECRETS = 'kube-system';
const TOKEN_TYPE = 'bootstrap.kubernetes.io/token';
/** As kubeadm's; the bindings that let nodes join name it. */
export const JOINING_NODES = 'system:bootstrappers:kubeadm:default-node-token';
export const TOKEN_USAGES: readonly string[] = ['signing', 'authentication'];
const GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** A new token of random letters, or the given one. UsageError for what API servers would not accept. */
export function newToken({ given, usages, groups, description, ttlMs, now, rng }: Omit<BootstrapToken, 'id' | 'expires'> & { given: string | undefined; ttlMs: number; now: number; rng: Rng }): NewToken {
  const [, id = letters(rng, 6), secret = letters(rng, 16)] = given === undefined ? [] : TOKEN.exec(given) ?? [];
  if (given !== undefined && !TOKEN.test(given)) throw new UsageError('the token has to be of the form abcdef.0123456789abcdef: six and sixteen of a to z and 0 to 9');
  const badUsage = usages.find((one) => !TOKEN_USAGES.includes(one));
  if (badUsage !== undefined || usages.length === 0) throw new UsageError(`invalid usage "${badUsage ?? ''}": want ${TOKEN_USAGES.join(' or ')}`);
  const badGroup = groups.find((one) => !GROUP.test(one));
  if (badGroup !== undefined) throw new UsageError(`invalid group "${badGroup}": want one that begins with system:bootstrappers:`);
  if (ttlMs < 0) throw new UsageError('--ttl cannot be negative; 0 means that the token never expires');
  return { id, secret, usages, groups, description, ...(ttlMs > 0 && { expires: new Date(now + ttlMs).toISOString().replace(/\.\d+Z$/, 'Z') }) }; // of a given time
}

export function secretOf({ id, secret, usages, groups, description, expires }: NewToken): KubeObject {
  const data: Record<string, string> = {
    'token-id': id, 'token-secret': secret, ...Object.fromEntries(usages.map((usage) => [`usage-bootstrap-${usage}`, 'true'])),
    ...(groups.length > 0 && { 'auth-extra-groups': groups.join(',') }), ...(description !== '' && { description }), ...(expires !== undefined && { expiration: expires }),
  };
  return {
    apiVersion: 'v1', kind: 'Secret', metadata: { name: `bootstrap-token-${id}`, namespace: TOKEN_SECRETS }, type: TOKEN_TYPE,
    data: Object.fromEntries(Object.entries(data).map(([name, value]) => [name, Buffer.from(value).toString('base64')])),
  };
}

/** Without their secrets: who may list tokens has no need to see them. */
export async function listTokens(client: Client, signal: AbortSignal): Promise<readonly BootstrapToken[]> {
  const { items } = await client.list(coreV1Resources.secrets, { namespace: TOKEN_SECRETS, fieldSelector: `type=${TOKEN_TYPE}`, signal });
  return items.map(tokenOf).filter(({ id }) => id !== '').sort((a, b) => (a.id < b.id ? -1 : 1));
}

function tokenOf({ data = {} }: coreV1.Secret): BootstrapToken {
  const field = (name: string): string => Buffer.from(data[name] ?? '', 'base64').toString('utf8');
  const expires = field('expiration');
  return {
    id: field('token-id'), usages: TOKEN_USAGES.filter((usage) => field(`usage-bootstrap-${usage}`) === 'true'),
    groups: field('auth-extra-groups').split(',').filter((one) => one !== ''), description: field('description'), ...(expires !== '' && { expires }),
  };
}

/** Without modulo's preference for the first letters. */
function letters(rng: Rng, count: number): string {
  let text = '';
  while (text.length < count) for (const byte of rng.bytes(count)) if (byte < 252 && text.length < count) text += LETTERS[byte % LETTERS.length] ?? '';
  return text;
}

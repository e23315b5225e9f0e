import { createLocalJWKSet, errors, type CryptoKey, type JSONWebKeySet, type JWSHeaderParameters } from 'jose';
import { isJsonObject } from '@kubernode/apimachinery';
import { errorMessage, timeLimit, type Clock } from '@kubernode/base';
import type { HttpsGetOptions } from './https-get.ts';

/** A provider that fails, or that has no key of a name, is not asked again before this has passed, whoever sends such tokens. */
const REFETCH_MS_MIN = 10_000;
const FETCH_TIMEOUT_MS = 30_000;
const WELL_KNOWN = '/.well-known/openid-configuration';

export interface KeySetOptions {
  issuer: { url: string; discoveryURL?: string; certificateAuthority?: string };
  get(url: string, options: HttpsGetOptions): Promise<string>;
  clock: Clock;
  /** Told of each fetch of keys; `text` is the key set. */
  observe?: ((result: 'success' | 'failure', text: string) => void) | undefined;
}

interface Fetched { find: ReturnType<typeof createLocalJWKSet>; keySet: JSONWebKeySet }

/** The keys of an OpenID provider: found by discovery at the first token, and fetched again when a token names a key that is not among them. */
export class RemoteKeySet {
  readonly #options: KeySetOptions;
  #keysUrl: string | undefined;
  #fetched: Fetched | undefined;
  #underWay: Promise<Fetched> | undefined;
  #nextFetchAt = 0;
  #lastFault: Error | undefined;

  constructor(options: KeySetOptions) { this.#options = options; }

  /** The keys that may have signed a token with this header. Rejects with an Error when the provider cannot be asked, or has none. */
  async keysFor(header: JWSHeaderParameters): Promise<readonly CryptoKey[]> {
    const known = this.#fetched === undefined ? [] : await matching(this.#fetched, header);
    if (known.length > 0) return known;
    return matching(await this.#fetch(), header);
  }

  async #fetch(): Promise<Fetched> {
    if (this.#underWay !== undefined) return this.#underWay;
    const now = this.#options.clock.monotonicNow();
    if (now < this.#nextFetchAt) {
      if (this.#fetched !== undefined) return this.#fetched;
      throw this.#lastFault ?? new Error('oidc: authenticator not initialized');
    }
    this.#nextFetchAt = now + REFETCH_MS_MIN;
    this.#underWay = this.#load().finally(() => { this.#underWay = undefined; });
    return this.#underWay;
  }

  async #load(): Promise<Fetched> {
    const { issuer, get, clock, observe } = this.#options;
    using limit = timeLimit({ clock, ms: FETCH_TIMEOUT_MS });
    const options = { ca: issuer.certificateAuthority, signal: limit.signal };
    try {
      this.#keysUrl ??= await discover(issuer, (url) => get(url, options));
      const text = await get(this.#keysUrl, options);
      const keySet = parseKeySet(text);
      observe?.('success', text);
      return this.#fetched = { keySet, find: createLocalJWKSet(keySet) };
    } catch (error) {
      observe?.('failure', '');
      this.#lastFault = error instanceof Error ? error : new Error(errorMessage(error));
      throw this.#lastFault;
    }
  }
}

/** The address of the keys, from the provider's own document. */
async function discover({ url, discoveryURL = '' }: KeySetOptions['issuer'], get: (url: string) => Promise<string>): Promise<string> {
  const document: unknown = JSON.parse(await get(discoveryURL === '' ? `${url.replace(/\/$/, '')}${WELL_KNOWN}` : discoveryURL));
  const { issuer, jwks_uri: keysUrl } = isJsonObject(document) ? document : {};
  if (issuer !== url) throw new Error(`oidc: issuer did not match the issuer returned by provider, expected ${JSON.stringify(url)} got ${JSON.stringify(issuer ?? '')}`);
  if (typeof keysUrl !== 'string' || keysUrl === '') throw new Error('provider did not return JWKS URL');
  return keysUrl;
}

function parseKeySet(text: string): JSONWebKeySet {
  const document: unknown = JSON.parse(text);
  if (!isJsonObject(document) || !Array.isArray(document['keys'])) throw new Error('oidc: failed to get keys: the answer is no key set');
  return document as unknown as JSONWebKeySet; // each key is checked when it is imported
}

/** Several keys may fit a token that names none. */
async function matching({ find }: Fetched, header: JWSHeaderParameters): Promise<CryptoKey[]> {
  try { return [await find(header)]; } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) {
      const keys: CryptoKey[] = [];
      for await (const key of error) keys.push(key);
      return keys;
    }
    if (error instanceof errors.JWKSNoMatchingKey) return [];
    throw error;
  }
}

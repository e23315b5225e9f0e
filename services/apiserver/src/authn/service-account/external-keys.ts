import { createPublicKey } from 'node:crypto';
import { goQuote, isJsonObject } from '@kubernode/apimachinery';
import { errorMessage, isAbortError, type Clock } from '@kubernode/base';
import { type Logger, UserError } from '@kubernode/component-base';
import type { ExternalJwtSigner } from '@kubernode/rpc';
import type { AccountKeys } from './account-keys.ts';
import { algorithmOfKey, type VerificationKey } from './keys.ts';
import type { TokenSigner } from './token-signer.ts';

/** After a failure keys are asked for again this soon. */
const RETRY_MS = 10_000;
/** However many tokens name unknown keys, the signer is not asked more often than this. */
const LOOKUP_MS_MIN = 1_000;
const KEY_ID_LENGTH_MAX = 1_024;
const TOKEN_SECONDS_MIN = 600;
const ALGORITHMS: readonly unknown[] = ['RS256', 'ES256', 'ES384', 'ES512'];

export interface ExternalKeysDeps { signer: ExternalJwtSigner; clock: Clock; logger: Pick<Logger, 'error'> }

/** Keys of service account tokens that another process holds: it signs, and says whose signatures hold. */
export class ExternalKeys implements AccountKeys {
  readonly #deps: ExternalKeysDeps;
  #keys: readonly VerificationKey[] = [];
  #refreshAtMs = 0;
  #nextLookupMs = 0;
  #underWay: Promise<void> | undefined;
  readonly #signer: TokenSigner;
  /** The longest life of a token that the signer gives. */
  readonly maxTokenSeconds: number;

  private constructor(deps: ExternalKeysDeps, maxTokenSeconds: number) {
    this.#deps = deps;
    this.maxTokenSeconds = maxTokenSeconds;
    this.#signer = { sign: (claims) => this.#sign(claims) };
  }

  /** Asks the signer what it can do and for its keys; rejects with a UserError when it does not answer well. */
  static async open(deps: ExternalKeysDeps): Promise<ExternalKeys> {
    try {
      const { maxTokenExpirationSeconds: max } = await deps.signer.metadata();
      if (max < TOKEN_SECONDS_MIN) throw new Error(`max token life supported by external-jwt-signer (${max}s) is less than acceptable (min ${TOKEN_SECONDS_MIN}s)`);
      const keys = new ExternalKeys(deps, max);
      await keys.#fetch();
      return keys;
    } catch (error) { throw new UserError(`--service-account-signing-endpoint: ${errorMessage(error)}`); }
  }

  verification(): readonly VerificationKey[] { return this.#keys; }
  signer(): TokenSigner { return this.#signer; }
  cacheSeconds(): number { return Math.max(0, Math.floor((this.#refreshAtMs - this.#deps.clock.monotonicNow()) / 1000)); }

  async find(id: string): Promise<readonly VerificationKey[]> {
    const known = this.#keys.filter((key) => key.id === id);
    const now = this.#deps.clock.monotonicNow();
    if (known.length > 0 || (now < this.#nextLookupMs && this.#underWay === undefined)) return known;
    this.#nextLookupMs = now + LOOKUP_MS_MIN;
    await this.#fetch().catch((error: unknown) => { this.#deps.logger.error('cannot fetch keys of the external signer', { error: errorMessage(error) }); });
    return this.#keys.filter((key) => key.id === id);
  }

  /** Keeps the keys as new as the signer wants them until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, signer } = this.#deps;
    try {
      for (let waitMs = this.#refreshAtMs - clock.monotonicNow(); ;) {
        await clock.sleep(Math.max(0, waitMs), { signal });
        waitMs = await this.#fetch().then(() => this.#refreshAtMs - clock.monotonicNow(), (error: unknown) => {
          logger.error('cannot fetch keys of the external signer; the old ones stay in use', { error: errorMessage(error) });
          return RETRY_MS;
        });
      }
    } catch (error) { if (!isAbortError(error)) throw error; } finally { signer.close(); }
  }

  #fetch(): Promise<void> {
    this.#underWay ??= this.#load().finally(() => { this.#underWay = undefined; });
    return this.#underWay;
  }

  async #load(): Promise<void> {
    const { keys, refreshHintSeconds } = await this.#deps.signer.fetchKeys();
    if (refreshHintSeconds <= 0) throw new Error(`found invalid refresh hint (${refreshHintSeconds}s)`);
    if (keys.length === 0) throw new Error('found no keys');
    const fetched = keys.map(({ keyId, key, excludeFromOidcDiscovery }) => {
      if (keyId === '' || keyId.length > KEY_ID_LENGTH_MAX) throw new Error(`found invalid public key id ${goQuote(keyId)}`);
      if (key.length === 0) throw new Error('found empty public key');
      const parsed = createPublicKey({ key, format: 'der', type: 'spki' });
      return { id: keyId, key: parsed, algorithm: algorithmOfKey(parsed, 'a key of the external signer'), ...(excludeFromOidcDiscovery && { onlyOldTokens: true }) };
    });
    if (fetched.length !== this.#keys.length || fetched.some((key, index) => key.id !== this.#keys[index]?.id || key.onlyOldTokens !== this.#keys[index]?.onlyOldTokens)) this.#keys = fetched; // the same list means the same keys
    this.#refreshAtMs = this.#deps.clock.monotonicNow() + refreshHintSeconds * 1000;
  }

  async #sign(claims: Readonly<Record<string, unknown>>): Promise<string> {
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
    const { header, signature } = await this.#deps.signer.sign(payload);
    await this.#checkHeader(header);
    if (signature === '') throw new Error('empty signature returned');
    return `${header}.${payload}.${signature}`;
  }

  async #checkHeader(header: string): Promise<void> {
    const parsed: unknown = JSON.parse(Buffer.from(header, 'base64url').toString());
    const { alg, kid, typ, ...more } = isJsonObject(parsed) ? parsed : {};
    if (Object.keys(more).length > 0) throw new Error(`while parsing header JSON: json: unknown field ${goQuote(Object.keys(more)[0] ?? '')}`);
    if (typ !== 'JWT') throw new Error('bad type');
    if (typeof kid !== 'string' || kid === '') throw new Error('key id missing');
    if (kid.length > KEY_ID_LENGTH_MAX) throw new Error('key id longer than 1 kb');
    if (!ALGORITHMS.includes(alg)) throw new Error(`bad signing algorithm ${goQuote(String(alg ?? ''))}`);
    if ((await this.find(kid)).some(({ onlyOldTokens }) => onlyOldTokens === true)) throw new Error(`key used for signing JWT (kid: ${kid}) is excluded from OIDC discovery docs`);
  }
}

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeYaml, parseDuration } from '@kubernode/apimachinery';
import { type Clock, errorMessage, KeyedSequencer } from '@kubernode/base';
import { type Logger, UserError } from '@kubernode/component-base';
import type { Pod } from '../pod/pod-facts.ts';
import { parseImageName } from './image-name.ts';
import { placeMatches, type RegistryLogins } from './registry-credentials.ts';

/** A program that knows the credentials of some registries, as `CredentialProviderConfig` names it. */
export interface CredentialProvider { name: string; matchImages: readonly string[]; defaultCacheMs: number; apiVersion: string; args: readonly string[]; env: Readonly<Record<string, string>> }

interface ProviderResponse { kind?: string; cacheKeyType?: string; cacheDuration?: string; auth?: Record<string, { username?: string; password?: string }> | null }
interface Cached { logins: RegistryLogins; untilMs: number }

export interface CredentialProvidersDeps { providers: readonly CredentialProvider[]; binDir: string; clock: Clock; logger: Logger }

const API_VERSIONS = new Set(['credentialprovider.kubelet.k8s.io/v1', 'credentialprovider.kubelet.k8s.io/v1beta1', 'credentialprovider.kubelet.k8s.io/v1alpha1']);
const EXEC_TIMEOUT_MS = 60_000;
const OUTPUT_MAX_BYTES = 1024 * 1024;
const CACHE_MAX = 1000;

/** Asks the programs whose images match for credentials, and keeps their answers as long as they say. A program that fails gives none. */
export class CredentialProviders {
  readonly #deps: CredentialProvidersDeps;
  readonly #cache = new Map<string, Cached>();
  readonly #sequencer = new KeyedSequencer<string>();

  constructor(deps: CredentialProvidersDeps) { this.#deps = deps; }

  async provide(image: string, { signal }: { pod: Pod; signal: AbortSignal }): Promise<readonly RegistryLogins[]> {
    const { repository } = parseImageName(image);
    const fit = this.#deps.providers.filter(({ matchImages }) => matchImages.some((place) => placeMatches(place, repository)));
    return Promise.all(fit.map((provider) => this.#sequencer.run(`${provider.name} ${repository}`, () => this.#logins(provider, { image, repository, signal }))));
  }

  async #logins(provider: CredentialProvider, { image, repository, signal }: { image: string; repository: string; signal: AbortSignal }): Promise<RegistryLogins> {
    const nowMs = this.#deps.clock.monotonicNow();
    for (const key of cacheKeys(repository)) {
      const cached = this.#cache.get(`${provider.name} ${key}`);
      if (cached !== undefined && cached.untilMs > nowMs) return cached.logins;
    }
    try {
      const response = await runProvider(provider, { binDir: this.#deps.binDir, image, signal });
      const logins = Object.fromEntries(Object.entries(response.auth ?? {}).map(([place, { username = '', password = '' }]) => [place, { username, password }]));
      this.#remember(provider, { response, logins, repository, nowMs });
      return logins;
    } catch (error) {
      this.#deps.logger.warn('a credential provider failed', { provider: provider.name, image, error: errorMessage(error) });
      return {};
    }
  }

  #remember(provider: CredentialProvider, { response, logins, repository, nowMs }: { response: ProviderResponse; logins: RegistryLogins; repository: string; nowMs: number }): void {
    const forMs = response.cacheDuration === undefined ? provider.defaultCacheMs : parseDuration(response.cacheDuration);
    if (forMs <= 0) return;
    const [image = '', registry = '', global = ''] = cacheKeys(repository);
    const key = response.cacheKeyType === 'Global' ? global : response.cacheKeyType === 'Registry' ? registry : image;
    if (this.#cache.size >= CACHE_MAX) this.#cache.clear(); // asked again when needed
    this.#cache.set(`${provider.name} ${key}`, { logins, untilMs: nowMs + forMs });
  }
}

/** Answers are for an image, its registry, or all. */
function cacheKeys(repository: string): readonly string[] { return [repository, repository.split('/')[0] ?? '', '<global>']; }

interface Run { binDir: string; image: string; signal: AbortSignal }

async function runProvider({ name, args, env, apiVersion }: CredentialProvider, { binDir, image, signal }: Run): Promise<ProviderResponse> {
  const output = await new Promise<string>((resolve, reject) => {
    const child = execFile(path.join(binDir, name), [...args], { env: { ...process.env, ...env }, timeout: EXEC_TIMEOUT_MS, maxBuffer: OUTPUT_MAX_BYTES, signal }, (error, stdout) => { if (error) reject(error); else resolve(stdout); });
    child.stdin?.on('error', () => undefined); // it may end without reading: its exit tells
    child.stdin?.end(JSON.stringify({ kind: 'CredentialProviderRequest', apiVersion, image }));
  });
  const response = JSON.parse(output) as ProviderResponse; // the plugin's contract; checked next
  if (response.kind !== 'CredentialProviderResponse') throw new Error(`failed to convert response to CredentialProviderResponse: kind is ${JSON.stringify(response.kind)}`);
  if (!['Image', 'Registry', 'Global'].includes(response.cacheKeyType ?? '')) throw new Error(`credential provider plugin did not return a valid cacheKeyType: ${JSON.stringify(response.cacheKeyType)}`);
  return response;
}

interface ProviderConfig { kind?: string; providers?: { name?: string; matchImages?: string[]; defaultCacheDuration?: string; apiVersion?: string; args?: string[]; env?: { name: string; value: string }[] }[] }

/** Reads a `CredentialProviderConfig` file. @throws UserError */
export async function readCredentialProviders(file: string): Promise<readonly CredentialProvider[]> {
  const config = decodeYaml(await readFile(file, 'utf8')).value as ProviderConfig | null; // checked below
  if (config?.kind !== 'CredentialProviderConfig') throw new UserError(`${file}: kind must be CredentialProviderConfig`);
  return (config.providers ?? []).map(({ name = '', matchImages = [], defaultCacheDuration, apiVersion = '', args = [], env = [] }, i) => {
    const at = `${file}: providers[${i}]`;
    if (!/^[^/\s]+$/.test(name) || name === '.' || name === '..') throw new UserError(`${at}.name: must be the name of a program, without a path`);
    if (matchImages.length === 0) throw new UserError(`${at}.matchImages: at least 1 item must be specified`);
    if (defaultCacheDuration === undefined) throw new UserError(`${at}.defaultCacheDuration: defaultCacheDuration is required`);
    if (!API_VERSIONS.has(apiVersion)) throw new UserError(`${at}.apiVersion: unsupported apiVersion "${apiVersion}"`);
    return { name, matchImages, defaultCacheMs: parseDuration(defaultCacheDuration), apiVersion, args, env: Object.fromEntries(env.map((one) => [one.name, one.value])) };
  });
}

import { newUid } from '@kubernode/apimachinery';
import { seededRng } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { KmsError, type KmsService, type KmsStatus } from '@kubernode/rpc';
import { createFakeClock, type FakeClock } from '@kubernode/testing';
import { Registry } from 'prom-client';
import { createEncryptionMetrics } from './encryption-metrics.ts';
import { KmsProvider } from './kms-provider.ts';

const MINUTE_MS = 60_000;
const key = '/registry/secrets/a/b';
const text = Buffer.from('{"kind":"Secret"}');
const flip = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte) => byte ^ 0x5a));

interface Plugin { status: KmsStatus; encryptKeyId?: string; fault?: Error; annotations: Record<string, Buffer>; calls: string[] }

function setUp(): { plugin: Plugin; clock: FakeClock; provider: KmsProvider; another: () => KmsProvider; registry: Registry } {
  const plugin: Plugin = { status: { version: 'v2', healthz: 'ok', keyId: 'key-1' }, annotations: {}, calls: [] };
  const answering = async <T>(name: string, answer: () => T): Promise<T> => {
    plugin.calls.push(name);
    if (plugin.fault !== undefined) throw plugin.fault;
    return answer();
  };
  const service: KmsService = {
    status: () => answering('status', () => plugin.status),
    encrypt: (plaintext) => answering('encrypt', () => ({ ciphertext: flip(plaintext), keyId: plugin.encryptKeyId ?? plugin.status.keyId, annotations: plugin.annotations })),
    decrypt: ({ ciphertext }) => answering('decrypt', () => flip(ciphertext)),
    close() { /* nothing is open */ },
  };
  const clock = createFakeClock(1_700_000_000_000);
  const registry = new Registry();
  const rng = seededRng(1);
  const metrics = createEncryptionMetrics({ registry, clock, serverId: 'apiserver-x' }).kms;
  const another = (): KmsProvider => new KmsProvider({ name: 'mock', service, newUid: () => newUid(rng), clock, logger: silentLogger, metrics });
  return { plugin, clock, provider: another(), another, registry };
}

describe('KmsProvider', () => {
  test('encrypts under one seed and asks the plugin for none of its own values', async () => {
    const { plugin, provider, clock } = setUp();
    await provider.check();
    const stored = [1, 2, 3].map(() => provider.transformer.toStorage(text, key));
    for (const value of stored) expect(provider.transformer.fromStorage(value, key)).toEqual({ bytes: text, isStale: false });
    await clock.advance(1000);
    await provider.check(); // the last word is young
    expect(plugin.calls).toEqual(['status', 'encrypt']);
  });

  test('asks once for a seed of another replica, however many values wait', async () => {
    const { plugin, provider, another } = setUp();
    await provider.check();
    const reader = another();
    await reader.check();
    plugin.calls.length = 0;
    const values = [1, 2, 3].map(() => provider.transformer.toStorage(text, key));
    const opened = await Promise.all(values.map(async (value) => reader.transformer.fromStorage(value, key)));
    expect(opened).toEqual(values.map(() => ({ bytes: text, isStale: false })));
    expect(plugin.calls).toEqual(['decrypt']);
    expect(reader.transformer.fromStorage(values[0] ?? text, key)).not.toBeInstanceOf(Promise);
  });

  test('makes a new seed when the key changes, and what was written before is stale', async () => {
    const { plugin, provider, clock } = setUp();
    await provider.check();
    const old = provider.transformer.toStorage(text, key);
    plugin.status = { ...plugin.status, keyId: 'key-2' };
    await clock.advance(MINUTE_MS);
    await provider.check();
    expect(plugin.calls).toEqual(['status', 'encrypt', 'status', 'encrypt']);
    expect(await provider.transformer.fromStorage(old, key)).toEqual({ bytes: text, isStale: true });
    expect(await provider.transformer.fromStorage(provider.transformer.toStorage(text, key), key)).toMatchObject({ isStale: false });
  });

  test('without the plugin writes go on for three minutes, reads of known seeds for ever', async () => {
    const { plugin, provider, clock } = setUp();
    await provider.check();
    const stored = provider.transformer.toStorage(text, key);
    plugin.fault = new KmsError('Unavailable', 'gone');
    await clock.advance(3 * MINUTE_MS);
    expect(() => provider.transformer.toStorage(text, key)).not.toThrow();
    await clock.advance(1);
    expect(() => provider.transformer.toStorage(text, key)).toThrow(/^encryptedDEKSource with keyID hash "sha256:be2974\w+" expired at 2023-11-14T22:16:20Z \(current time is 2023-11-14T22:16:20Z\)$/);
    expect(await provider.transformer.fromStorage(stored, key)).toEqual({ bytes: text, isStale: false });
    await expect(provider.check()).rejects.toThrow('failed to perform status section of the healthz check for KMS Provider mock, error: rpc error: code = Unavailable desc = gone');
  });

  test('before the plugin has ever answered nothing can be read or written', async () => {
    const { plugin, provider, another } = setUp();
    await provider.check();
    const stored = provider.transformer.toStorage(text, key);
    plugin.fault = new KmsError('DeadlineExceeded', 'context deadline exceeded');
    const late = another();
    await expect(late.check()).rejects.toThrow('context deadline exceeded');
    expect(() => late.transformer.toStorage(text, key)).toThrow('got unexpected nil transformer');
    expect(() => late.transformer.fromStorage(stored, key)).toThrow('got unexpected nil transformer');
  });

  test('asks again soon while it is not well, and each minute while it is', async () => {
    const { plugin, provider, clock } = setUp();
    const stop = new AbortController();
    plugin.fault = new KmsError('Unavailable', 'gone');
    const running = provider.run(stop.signal);
    await clock.advance(10_000);
    delete plugin.fault;
    await clock.advance(10_000 + 2 * MINUTE_MS);
    expect(plugin.calls).toEqual(['status', 'status', 'status', 'encrypt', 'status', 'status']);
    stop.abort();
    await running;
  });

  test.each<[string, (plugin: Plugin) => void, string | RegExp]>([
    ['a health that is not ok', (plugin) => { plugin.status = { ...plugin.status, healthz: 'sick' }; }, 'kmsv2 Provider mock is not healthy, error: got unexpected healthz status: sick'],
    ['another version', (plugin) => { plugin.status = { ...plugin.status, version: 'v9' }; }, 'kmsv2 Provider mock is not healthy, error: expected KMSv2 API version v2, got v9'],
    ['no key', (plugin) => { plugin.status = { ...plugin.status, keyId: '' }; }, 'kmsv2 Provider mock is not healthy, error: got invalid KMSv2 KeyID hash "": keyID is empty'],
    ['two faults', (plugin) => { plugin.status = { version: 'v9', healthz: 'sick', keyId: 'key-1' }; }, 'error: [got unexpected healthz status: sick, expected KMSv2 API version v2, got v9]'],
    ['a key of Encrypt that is not that of Status', (plugin) => { plugin.encryptKeyId = 'other'; }, /error: failed to rotate DEK uid="[^"]+", useSeed=true, errState=got unexpected nil transformer, errGen=<nil>, statusKeyIDHash="sha256:\w+", encryptKeyIDHash="sha256:\w+", stateKeyIDHash="", expirationTimestamp=0001-01-01T00:00:00Z$/],
    ['an annotation without a domain', (plugin) => { plugin.annotations = { plain: Buffer.from('x') }; }, 'failed to validate annotations: annotations: Invalid value: "plain": should be a domain with at least two segments separated by dots'],
  ])('%s is an ill plugin', async (_, spoil, message) => {
    const { plugin, provider } = setUp();
    spoil(plugin);
    await expect(provider.check()).rejects.toThrow(message);
  });

  test('counts under Kubernetes\' names', async () => {
    const { provider, registry } = setUp();
    await provider.check();
    await provider.transformer.fromStorage(provider.transformer.toStorage(text, key), key);
    const shown = await registry.metrics();
    expect(shown).toMatch(/apiserver_envelope_encryption_key_id_hash_total\{transformation_type="to_storage",provider_name="mock",key_id_hash="sha256:be2974[^"]+",apiserver_id_hash="sha256:[^"]+"\} 1\n/);
    expect(shown).toContain('apiserver_envelope_encryption_dek_source_cache_size{provider_name="mock"} 1\n');
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seededRng, systemClock } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { createFakeClock, type FakeClock } from '@kubernode/testing';
import { Registry } from 'prom-client';
import { apiServerId, setUpEncryption, type Encryption } from './encryption.ts';

const secret = (byte: number): string => Buffer.alloc(32, byte).toString('base64');
const config = (providers: string): string => `apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n- resources: [secrets]\n  providers: [${providers}]\n`;
const cbc = (name: string, byte: number): string => `{aescbc: {keys: [{name: ${name}, secret: ${secret(byte)}}]}}`;
const secrets = { group: '', resource: 'secrets' };
const key = '/registry/secrets/a/b';
const text = Buffer.from('{"kind":"Secret"}');

let folder = '', file = '';
beforeEach(async () => { folder = await mkdtemp(path.join(tmpdir(), 'kubernode-encryption-')); file = path.join(folder, 'config.yaml'); });
afterEach(() => rm(folder, { recursive: true }));

async function start(content: string | undefined, reloads = false): Promise<{ encryption: Encryption; clock: FakeClock; registry: Registry }> {
  if (content !== undefined) await writeFile(file, content);
  const clock = createFakeClock(1_700_000_000_000);
  const registry = new Registry();
  const encryption = await setUpEncryption({ file, reloads }, { clock, rng: seededRng(1), logger: silentLogger, registry });
  if (encryption === undefined) throw new Error('there is a file');
  return { encryption, clock, registry };
}

describe('setUpEncryption', () => {
  test('without a file there is none', async () => {
    expect(await setUpEncryption({ file: undefined, reloads: false }, { clock: createFakeClock(), rng: seededRng(1), logger: silentLogger, registry: new Registry() })).toBeUndefined();
  });

  test('the first provider writes, all read, and only the named resources are encrypted', async () => {
    const { encryption, registry } = await start(config(`${cbc('new', 1)}, ${cbc('old', 2)}, {identity: {}}`));
    const transformer = encryption.transformerFor(secrets);
    const stored = transformer?.toStorage(text, key) ?? text;
    expect(stored.toString('latin1')).toMatch(/^k8s:enc:aescbc:v1:new:/);
    expect(transformer?.fromStorage(stored, key)).toEqual({ bytes: text, isStale: false });
    expect(transformer?.fromStorage(text, key)).toEqual({ bytes: text, isStale: true });
    expect(() => transformer?.fromStorage(Buffer.from('k8s:enc:kms:v2:x:y'), key)).toThrow('no matching prefix found');
    expect([encryption.transformerFor({ group: '', resource: 'pods' }), encryption.hasHealthCheck]).toEqual([undefined, false]);
    const shown = await registry.metrics();
    for (const [type, prefix, status] of [['to_storage', 'k8s:enc:aescbc:v1:', 'OK'], ['from_storage', 'new:', 'OK'], ['from_storage', 'identity', 'OK'], ['from_storage', 'unknown', 'unknown-non-grpc']]) {
      expect(shown).toContain(`apiserver_storage_transformation_operations_total{resource="secrets",transformation_type="${type}",transformer_prefix="${prefix}",status="${status}"} 1\n`);
    }
  });

  test('keys of one provider are told apart by name', async () => {
    const { encryption: before } = await start(config(cbc('a', 1)));
    const stored = before.transformerFor(secrets)?.toStorage(text, key) ?? text;
    const { encryption } = await start(config(`{aescbc: {keys: [{name: b, secret: ${secret(2)}}, {name: a, secret: ${secret(1)}}]}}`));
    expect(encryption.transformerFor(secrets)?.fromStorage(stored, key)).toEqual({ bytes: text, isStale: true });
  });

  test.each([
    [undefined, /^error while parsing file: error while loading file: error reading encryption provider configuration file ".*config.yaml": open .*config.yaml: no such file or directory$/],
    ['', /^error while parsing file: error while loading file: encryption provider configuration file ".*config.yaml" is empty$/],
    [config(''), /^error while parsing file: resources\[0\].providers: Required value: at least one resources\[0\].providers is required$/],
    [config("{kms: {name: a, endpoint: 'unix:///x'}}"), /^error while building transformers: KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 instead\. {2}Set --feature-gates=KMSv1=true to use the deprecated KMSv1 feature\.$/],
    [`${config('{identity: {}}')}- {resources: [secrets, '*.*'], providers: [{identity: {}}]}\n`, /^error while parsing file: resources\[1\].resources: Invalid value/],
  ])('%j cannot be used', async (content, message) => {
    await expect(start(content)).rejects.toThrow(message);
  });
});

describe('reloading', () => {
  /** Files are read in real time, which a virtual clock does not wait for. */
  const until = async (clock: FakeClock, holds: () => Promise<boolean> | boolean): Promise<void> => {
    for (let i = 0; i < 800 && !await holds(); i++) { await clock.advance(1_000); await systemClock.sleep(2); }
    expect(await holds()).toBe(true);
  };

  test('takes up a change, keeps the last version while the file cannot be used, and shows both', async () => {
    const { encryption, clock, registry } = await start(config(cbc('a', 1)), true);
    const stop = new AbortController();
    const running = encryption.run(stop.signal);
    const written = (): string => (encryption.transformerFor(secrets)?.toStorage(text, key) ?? text).toString('latin1', 0, 20);
    const shows = async (line: string): Promise<boolean> => (await registry.metrics()).includes(line);
    await writeFile(file, 'rubbish');
    await until(clock, () => shows('automatic_reloads_total{status="failure"'));
    expect([written(), encryption.hasHealthCheck]).toEqual(['k8s:enc:aescbc:v1:a:', true]);
    await writeFile(file, config(`${cbc('b', 2)}, ${cbc('a', 1)}`));
    await until(clock, () => written() === 'k8s:enc:aescbc:v1:b:');
    await until(clock, () => shows('automatic_reloads_total{status="success"'));
    expect((await registry.metrics()).match(/last_config_info\{/g)).toHaveLength(1);
    stop.abort();
    await running;
  });
});

test('apiServerId is that of Kubernetes', () => {
  expect(apiServerId('vm')).toBe('apiserver-wlv32tlttr4jl3gtroqexyxapa');
});

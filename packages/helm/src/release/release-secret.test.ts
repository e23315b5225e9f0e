import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { aHook, aRelease } from './releases.fixture.ts';
import { decodeRelease, encodeRelease, RELEASE_BYTES_MAX } from './release-secret.ts';

const asSecret = (text: string): Parameters<typeof decodeRelease>[0] => ({ metadata: { name: 's' }, data: { release: Buffer.from(text).toString('base64') } });
const packed = (value: unknown): string => gzipSync(JSON.stringify(value)).toString('base64');

describe('encodeRelease', () => {
  const release = aRelease({ version: 3, labels: { team: 'a' }, config: { replicas: 2 }, manifest: '---\nkind: X\n', hooks: [aHook()], info: { status: 'pending-upgrade', notes: 'n' } });

  test('makes the Secret that Helm finds', async () => {
    const { data, ...secret } = await encodeRelease(release, { stamp: 'modifiedAt', now: 1_700_000_000_900 });
    expect(secret).toEqual({
      apiVersion: 'v1', kind: 'Secret', type: 'helm.sh/release.v1',
      metadata: { name: 'sh.helm.release.v1.web.v3', namespace: 'apps', labels: { team: 'a', modifiedAt: '1700000000', name: 'web', owner: 'helm', status: 'pending-upgrade', version: '3' } },
    });
    expect(Buffer.from(Buffer.from(data.release, 'base64').toString(), 'base64').subarray(0, 3)).toEqual(Buffer.from([0x1f, 0x8b, 0x08]));
  });

  test('is undone by decodeRelease', async () => { expect(await decodeRelease(await encodeRelease(release, { stamp: 'createdAt', now: 0 }))).toEqual(release); });

  test('refuses what no Secret can hold', async () => {
    const large = aRelease({ manifest: randomBytes(RELEASE_BYTES_MAX).toString('base64') });
    await expect(encodeRelease(large, { stamp: 'createdAt', now: 0 })).rejects.toThrow(/too large to be stored: \d+ bytes compressed, a Secret holds 1048576/);
  });
});

describe('decodeRelease', () => {
  test('completes what Go leaves out and keeps what it does not know', async () => {
    const stored = { name: 'w', version: 2, info: { status: 'failed' }, hooks: [{ name: 'h', path: 'p' }], future: { a: 1 } };
    expect(await decodeRelease(asSecret(packed(stored)))).toMatchObject({
      ...stored, namespace: '', manifest: '', chart: null, config: {}, labels: {}, info: { first_deployed: '', deleted: '', status: 'failed' }, hooks: [{ events: [], last_run: { started_at: '', phase: '' } }],
    });
  });

  test('reads what the first versions of Helm 3 wrote without compression', async () => {
    expect(await decodeRelease(asSecret(Buffer.from('{"name":"w","version":1}').toString('base64')))).toMatchObject({ name: 'w', info: { status: 'unknown' } });
  });

  test.each([
    ['no data', { metadata: { name: 's' } }, 'the Secret s holds no release: it has no key "release"'],
    ['no JSON', asSecret('AAAA'), /the Secret s holds no release: /],
    ['another shape', asSecret(packed({ name: 1 })), 'the Secret s holds no release: it is not in the form of Helm 3'],
    ['what unpacks to more than any release', asSecret(gzipSync(Buffer.alloc(65 * 1024 * 1024), { level: 1 }).toString('base64')), /Cannot create a Buffer larger than/],
  ])('refuses %s', async (_, secret, message) => { await expect(decodeRelease(secret)).rejects.toThrow(message); }, 60_000);
});

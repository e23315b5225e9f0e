import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seededRng, systemClock } from '@kubernode/base';
import { createFakeClock } from '@kubernode/testing';
import { Registry } from 'prom-client';
import { createAuthority, issueCertificate, type KeyPair } from './certificate-authority.ts';
import { createCertificateGauges } from './certificate-gauges.ts';
import { FileFollower } from './file-follower.ts';
import { readAuthorities, readKeyPair } from './read-pem.ts';

const HOUR_MS = 3_600_000;

describe('FileFollower', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'file-follower-'));
  afterAll(() => { rmSync(dir, { recursive: true }); });
  const files = { certFile: path.join(dir, 'tls.crt'), keyFile: path.join(dir, 'tls.key') };
  const bundle = path.join(dir, 'ca.crt');
  const clock = createFakeClock();
  const follower = new FileFollower({ clock, logger: { info: () => undefined, error: () => undefined } });
  const looked = async (): Promise<void> => {
    const before = follower.failures + follower.changes;
    while (follower.failures + follower.changes === before) {
      await clock.advance(5_000);
      await systemClock.sleep(5); // the files are read for real
    }
  };
  const options = { now: systemClock.now(), rng: seededRng(1) };

  it('takes up a pair once both halves have come, and a bundle only whole; what is in use shows in metrics', async () => {
    const authority = await createAuthority({ commonName: 'test-ca', lifetimeMs: 10 * HOUR_MS }, options);
    const leaf = (commonName: string): Promise<KeyPair> => issueCertificate(authority, { commonName, usages: ['server'], lifetimeMs: HOUR_MS }, options);
    const [before, after] = [await leaf('before'), await leaf('after')];
    writeFileSync(files.certFile, before.certificate);
    writeFileSync(files.keyFile, before.key);
    writeFileSync(bundle, authority.certificate);
    const taken: string[] = [];
    follower.follow((read) => readKeyPair(read, files), ({ certificate }) => { taken.push(certificate === before.certificate ? 'before' : 'after'); });
    follower.follow((read) => readAuthorities(read, bundle), (pem) => { taken.push(`${pem.match(/BEGIN/g)?.length} believed`); });
    const stop = new AbortController();
    const running = follower.run(stop.signal);

    writeFileSync(files.certFile, after.certificate); // its key has not come yet
    await looked();
    expect([taken, follower.failures, follower.filesInUse.get(files.certFile)]).toEqual([['before', '1 believed'], 1, before.certificate]);
    writeFileSync(`${files.keyFile}.new`, after.key);
    renameSync(`${files.keyFile}.new`, files.keyFile);
    await looked();
    expect([taken.slice(2), follower.changes]).toEqual([['after'], 1]);
    writeFileSync(bundle, authority.certificate + authority.certificate.slice(0, 200)); // half of the second
    await looked();
    rmSync(files.keyFile); // gone for a moment
    await looked();
    expect([taken.length, follower.failures]).toEqual([3, 3]);
    writeFileSync(bundle, authority.certificate + authority.certificate);
    await looked();
    expect(taken.at(-1)).toBe('2 believed');
    stop.abort();
    await running;

    const registry = new Registry();
    createCertificateGauges(registry, follower);
    const gauges = await registry.getMetricsAsJSON();
    const labels = gauges[0]?.values.map((value) => ({ ...value.labels, fingerprint: '', left: Math.round((value.value * 1000 - options.now) / HOUR_MS) }));
    expect(labels).toEqual([
      { file: files.certFile, common_name: 'after', fingerprint: '', left: 1 },
      { file: bundle, common_name: 'test-ca', fingerprint: '', left: 10 },
    ]);
    expect(gauges.slice(1).map((one) => one.values[0]?.value)).toEqual([2, 3]);
  }, 60_000);

  it('throws what is wrong when it starts to follow', () => {
    expect(() => { follower.follow((read) => readAuthorities(read, '/no/such/file'), () => undefined); }).toThrow('cannot read /no/such/file');
    expect(() => { follower.follow((read) => readAuthorities(read, '/etc/hostname'), () => undefined); }).toThrow('/etc/hostname: there is no certificate in it');
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seededRng, systemClock } from '@kubernode/base';
import { createAuthority, FileFollower, issueCertificate, silentLogger, type KeyPair } from '@kubernode/component-base';
import { createFakeClock } from '@kubernode/testing';
import { followKubeconfig } from './connection-options.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kubernode-follow-'));
afterAll(() => { rmSync(folder, { recursive: true }); });

const POLL_MS = 5_000;
const issue = { now: systemClock.now(), rng: seededRng(1) };
const file = (name: string, text: string): string => { writeFileSync(path.join(folder, name), text, { mode: 0o600 }); return path.join(folder, name); };

async function authority(commonName: string): Promise<{ ca: string; server: KeyPair }> {
  const own = await createAuthority({ commonName, lifetimeMs: 3_600_000 }, issue);
  return { ca: own.certificate, server: await issueCertificate(own, { commonName: 'webhook', ipAddresses: ['127.0.0.1'], usages: ['server'], lifetimeMs: 3_600_000 }, issue) };
}

test('followKubeconfig goes by the files that a kubeconfig names as they are now', async () => {
  const [old, next] = await Promise.all([authority('old'), authority('next')]);
  const seen: (string | undefined)[] = [];
  const server = https.createServer({ cert: old.server.certificate, key: old.server.key }, (request, response) => { seen.push(request.headers.authorization); response.setHeader('connection', 'close'); response.end('{}'); });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  file('ca.crt', old.ca);
  const kubeconfig = (token: string): string => JSON.stringify({
    'current-context': 'c', contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }], users: [{ name: 'u', user: { token } }],
    clusters: [{ name: 'c', cluster: { server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, 'certificate-authority': 'ca.crt' } }], // it listens
  });
  const clock = createFakeClock();
  const follower = new FileFollower({ clock, logger: silentLogger });
  const stop = new AbortController();
  const running = follower.run(stop.signal);
  const transport = followKubeconfig(file('webhook.kubeconfig', kubeconfig('first')), follower);
  const ask = async (): Promise<string> => transport.call({ method: 'POST', path: '/review' }).then(({ status }) => String(status), () => 'refused');
  const taken = async (changes: number): Promise<void> => { for (let looks = 0; follower.changes + follower.failures < changes && looks < 200; looks++) { await clock.advance(POLL_MS); await systemClock.sleep(10); } };
  try {
    expect(await ask()).toBe('200');
    server.setSecureContext({ cert: next.server.certificate, key: next.server.key });
    expect(await ask()).toBe('refused');
    file('ca.crt', next.ca.slice(0, next.ca.length / 2));
    await taken(1);
    expect([follower.failures, await ask()]).toEqual([1, 'refused']);
    file('ca.crt', old.ca + next.ca);
    await taken(2);
    expect(await ask()).toBe('200');
    file('webhook.kubeconfig', kubeconfig('second'));
    await taken(3);
    expect([await ask(), ...seen]).toEqual(['200', 'Bearer first', 'Bearer first', 'Bearer second']);
    transport.close();
    file('webhook.kubeconfig', kubeconfig('third'));
    for (let looks = 0; looks < 3; looks++) { await clock.advance(POLL_MS); await systemClock.sleep(10); }
    expect(follower.changes).toBe(2);
  } finally {
    stop.abort();
    transport.close();
    server.close();
    await running;
  }
}, 30_000);

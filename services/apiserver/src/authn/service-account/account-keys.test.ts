import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decodeProtectedHeader } from 'jose';
import { createFakeClock } from '@kubernode/testing';
import { FileFollower } from '@kubernode/component-base';
import { accountKeys } from './account-keys.ts';

const newKey = (): string => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string; // PEM is text

describe('accountKeys', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'account-keys-'));
  afterAll(() => { rmSync(directory, { recursive: true }); });

  it('takes up new keys, and keeps the old ones when a file turns bad', async () => {
    const clock = createFakeClock();
    let looked = (): void => undefined;
    const told = (): void => { looked(); };
    const files = new FileFollower({ clock, logger: { info: told, error: told } });
    const stop = new AbortController();
    const running = files.run(stop.signal);
    const file = path.join(directory, 'sa.key');
    const settle = async (): Promise<void> => {
      const done = new Promise<void>((resolve) => { looked = resolve; }); // the file is read for real, and it is told what came of it
      await clock.advance(5_000);
      await done;
    };
    writeFileSync(file, newKey());
    const keys = accountKeys({ keyFiles: [], signingKeyFile: file }, files);
    const [first] = keys.verification();
    const signedBy = async (): Promise<unknown> => decodeProtectedHeader(await keys.signer()?.sign({}) ?? '').kid;
    expect(await signedBy()).toBe(first?.id);
    writeFileSync(file, 'no key');
    await settle();
    expect(await signedBy()).toBe(first?.id);
    const next = newKey();
    writeFileSync(file, next);
    await settle();
    expect([await signedBy() === first?.id, await signedBy() === keys.verification()[0]?.id]).toEqual([false, true]);
    stop.abort();
    await running;
  });
});

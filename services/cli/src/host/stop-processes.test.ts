import { createFakeClock } from '@kubernode/testing';
import type { ProcessIdentity } from './pid-file.ts';
import { stopProcesses } from './stop-processes.ts';

const named = (name: string, pid: number) => ({ name, identity: { pid, startTicks: '1' } });

/** Stops processes of which each ends by the signal, or so long after it, that `ends` tells. */
async function stop(ends: Readonly<Record<number, { by: NodeJS.Signals; afterMs: number } | undefined>>, signal?: AbortSignal): Promise<{ signals: string[]; tookMs: number; fault: string | undefined }> {
  const clock = createFakeClock();
  const running = new Set(Object.keys(ends).map(Number));
  const signals: string[] = [];
  const kernel = {
    isRunning: ({ pid }: ProcessIdentity) => running.has(pid),
    signalProcess: ({ pid }: ProcessIdentity, sent: NodeJS.Signals) => {
      signals.push(`${sent} ${pid} at ${clock.monotonicNow()}`);
      if (ends[pid]?.by === sent) clock.after(ends[pid].afterMs, () => { running.delete(pid); });
    },
  };
  let outcome: { fault: string | undefined } | undefined;
  void stopProcesses(Object.keys(ends).map((pid) => named(`p${pid}`, Number(pid))), { patienceMs: 1000, clock, signal, kernel }).then(() => { outcome = { fault: undefined }; }, (error: unknown) => { outcome = { fault: String(error) }; });
  let tookMs = 0;
  while (outcome === undefined && tookMs < 60_000) { await clock.advance(100); tookMs += 100; }
  return { signals, tookMs, fault: outcome === undefined ? 'it waits without an end' : outcome.fault };
}

test('stopProcesses is done when all that it asked have ended', async () => {
  expect(await stop({ 1: { by: 'SIGTERM', afterMs: 0 }, 2: { by: 'SIGTERM', afterMs: 700 } })).toEqual({ signals: ['SIGTERM 1 at 0', 'SIGTERM 2 at 0'], tookMs: expect.any(Number), fault: undefined });
});

test('stopProcesses kills, once, those that do not end when asked', async () => {
  const { signals, fault } = await stop({ 1: { by: 'SIGTERM', afterMs: 0 }, 2: { by: 'SIGKILL', afterMs: 5000 } });
  expect(signals).toEqual(['SIGTERM 1 at 0', 'SIGTERM 2 at 0', expect.stringMatching(/^SIGKILL 2 at 10\d\d$/)]);
  expect(fault).toBeUndefined();
});

test('stopProcesses gives up on what the kernel holds, and says which, and what to do', async () => {
  const { fault, tookMs } = await stop({ 1: { by: 'SIGKILL', afterMs: 0 }, 2: undefined });
  expect(fault).toContain('process p2 (pid 2): not even SIGKILL ends it');
  expect(fault).toContain("'cat /proc/2/stack'");
  expect(fault).not.toContain('p1');
  expect(tookMs).toBeLessThan(22_000);
});

test('stopProcesses waits no longer than its signal', async () => {
  expect(await stop({ 1: undefined }, AbortSignal.abort())).toMatchObject({ fault: expect.stringContaining('AbortError') });
});

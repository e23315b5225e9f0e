import { createFakeClock } from '@kubernode/testing';
import { SessionPulse } from './session-pulse.ts';

function pulseOf(answers: boolean): { pulse: SessionPulse; clock: ReturnType<typeof createFakeClock>; session: { pings: number; destroyed: boolean } } {
  const clock = createFakeClock();
  const session = { pings: 0, destroyed: false };
  const pulse = new SessionPulse({
    get isOver() { return session.destroyed; },
    destroy: () => { session.destroyed = true; },
    ping: (onAnswer) => { session.pings++; if (answers) onAnswer(); return !answers; },
  }, clock, { tickMs: 500, pingAfterMs: 1_000, deadAfterMs: 1_500, pingIntervalMinMs: 6_000 });
  return { pulse, clock, session };
}

describe('SessionPulse', () => {
  test.each<[string, (parts: ReturnType<typeof pulseOf>) => Promise<void>, { pings: number; destroyed: boolean }]>([
    ['nothing is awaited', async ({ clock }) => clock.advance(60_000), { pings: 0, destroyed: false }],
    ['the answer comes soon', async ({ pulse, clock }) => { pulse.begin(); await clock.advance(900); pulse.end(); await clock.advance(60_000); }, { pings: 0, destroyed: false }],
    ['answers keep coming', async ({ pulse, clock }) => { pulse.begin(); for (let n = 0; n < 100; n++) { await clock.advance(400); pulse.felt(); } }, { pings: 0, destroyed: false }],
    ['an answer is overdue and the ping gets none', async ({ pulse, clock }) => { pulse.begin(); await clock.advance(3_000); }, { pings: 1, destroyed: true }],
    ['an answer is overdue for two seconds', async ({ pulse, clock }) => { pulse.begin(); await clock.advance(2_000); }, { pings: 1, destroyed: false }],
  ])('%s', async (_, act, expected) => {
    const parts = pulseOf(false);
    await act(parts);
    expect(parts.session).toEqual(expected);
  });

  test('a slow etcd that answers pings is left alone, and not pinged more often than it allows', async () => {
    const { pulse, clock, session } = pulseOf(true);
    pulse.begin();
    await clock.advance(30_000);
    expect(session).toEqual({ pings: 5, destroyed: false });
  });
});

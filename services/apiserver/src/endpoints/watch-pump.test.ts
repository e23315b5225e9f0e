import type { StreamSink } from '../pipeline/api-request.ts';
import { SharedTurn } from './shared-turn.ts';
import { WatchPump, type Sent } from './watch-pump.ts';

const arrivals = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

interface Pumping { pump: WatchPump; sent: Sent[]; plan: Sent[]; drain: () => void; over: Promise<unknown> }

function pumping(plan: Sent[]): Pumping {
  let drain: () => void = () => undefined;
  const sent: Sent[] = [];
  const sink: StreamSink = { write: () => true, drained: () => new Promise((resolve) => { drain = resolve; }) };
  const sendNext = (): Sent => { const next = plan.shift() ?? 'nothing'; sent.push(next); return next; };
  const pump = new WatchPump({ turn: new SharedTurn(), sink, signal: new AbortController().signal, sendNext });
  return { pump, sent, plan, drain: () => { drain(); }, over: pump.start().then(() => 'over', (error: unknown) => error) };
}

test('sends at once all there is, then when it is woken', async () => {
  const one = pumping(['more', 'more']);
  expect(one.sent).toEqual(['more', 'more', 'nothing']);
  one.plan.push('more');
  for (let i = 0; i < 3; i++) one.pump.wake();
  await arrivals();
  expect(one.sent).toEqual(['more', 'more', 'nothing', 'more', 'nothing']);
});

test('waits for a slow client, whatever wakes it meanwhile', async () => {
  const one = pumping(['slow', 'more']);
  one.pump.wake();
  await arrivals();
  expect(one.sent).toEqual(['slow']);
  one.drain();
  await arrivals();
  expect(one.sent).toEqual(['slow', 'more', 'nothing']);
});

test('ends when told to, and with what sending throws', async () => {
  const [told, failing] = [pumping([]), pumping([])];
  told.pump.end();
  told.plan.push('more');
  told.pump.wake();
  await arrivals();
  expect([await told.over, told.sent]).toEqual(['over', ['nothing']]);
  failing.plan.shift = () => { throw new Error('left behind'); };
  failing.pump.wake();
  expect(await failing.over).toEqual(new Error('left behind'));
});

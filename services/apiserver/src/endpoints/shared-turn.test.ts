import { SharedTurn, type Turn } from './shared-turn.ts';

const arrivals = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

test('what became due meanwhile runs once, in order, behind the arrivals; what becomes due in a turn runs in the next', async () => {
  const shared = new SharedTurn();
  const ran: string[] = [];
  const turnOf = (name: string, then?: Turn): Turn => ({ isDue: false, run: () => { ran.push(name); if (then !== undefined) shared.take(then); } });
  const later = turnOf('later');
  const [a, b] = [turnOf('a', later), turnOf('b')];
  for (const turn of [a, b, a, a]) shared.take(turn);
  await Promise.resolve();
  expect(ran).toEqual([]);
  await arrivals();
  expect(ran).toEqual(['a', 'b']);
  await arrivals();
  expect(ran).toEqual(['a', 'b', 'later']);
  shared.take(a);
  await arrivals();
  expect(ran).toEqual(['a', 'b', 'later', 'a']);
});

import { getEventListeners } from 'node:events';
import { isAbortError, linkSignals, onAbort, whenAborted } from './abort.ts';

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

test('onAbort calls once, at once for a signal that is aborted already, and never after it is disposed of', () => {
  const calls: string[] = [];
  const [live, disposed] = [new AbortController(), new AbortController()];
  onAbort(live.signal, () => calls.push('live'));
  onAbort(disposed.signal, () => calls.push('disposed'))[Symbol.dispose]();
  onAbort(AbortSignal.abort(), () => calls.push('aborted before'));
  onAbort(undefined, () => calls.push('no signal'))[Symbol.dispose]();
  live.abort();
  live.abort();
  disposed.abort();
  expect(calls).toEqual(['aborted before', 'live']);
  expect([listeners(live.signal), listeners(disposed.signal)]).toEqual([0, 0]);
});

test('linkSignals aborts with any parent and its reason; the parents do not abort with it', () => {
  const [a, b] = [new AbortController(), new AbortController()];
  const linked = linkSignals(a.signal, undefined, b.signal);
  b.abort(new Error('enough'));
  expect([linked.signal.aborted, String(linked.signal.reason), a.signal.aborted]).toEqual([true, 'Error: enough', false]);
  const own = linkSignals(a.signal);
  own.abort();
  expect([own.signal.aborted, a.signal.aborted]).toEqual([true, false]);
});

test('linkSignals leaves no listener at a parent once it is disposed of', () => {
  const parent = new AbortController();
  { using _linked = linkSignals(parent.signal); expect(listeners(parent.signal)).toBe(1); }
  expect(listeners(parent.signal)).toBe(0);
});

test('linkSignals of an aborted parent is aborted from the start', () => {
  expect(linkSignals(AbortSignal.abort()).signal.aborted).toBe(true);
});

test('whenAborted resolves, now or later', async () => {
  const later = new AbortController();
  const waiting = whenAborted(later.signal);
  later.abort();
  await expect(Promise.all([waiting, whenAborted(AbortSignal.abort())])).resolves.toBeDefined();
});

test.each([
  [new DOMException('x', 'AbortError'), true], [Object.assign(new Error('x'), { name: 'AbortError' }), true],
  [new Error('AbortError'), false], ['AbortError', false], [undefined, false], [null, false],
])('isAbortError of %p is %p', (error, expected) => { expect(isAbortError(error)).toBe(expected); });

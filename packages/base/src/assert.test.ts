import { assert, assertNever } from './assert.ts';
import { errorMessage } from './error-message.ts';

test('assert throws only for what does not hold, and names it', () => {
  expect(() => { assert(1 < 2, 'order'); }).not.toThrow();
  expect(() => { assert(0, 'a lease has a holder'); }).toThrow('broken invariant: a lease has a holder');
  expect(() => assertNever('x' as never, 'verb')).toThrow('unhandled verb: x'); // as never: what the type forbids
});

test.each([[new Error('boom'), 'boom'], ['text', 'text'], [undefined, 'undefined'], [{ code: 1 }, '[object Object]']])('errorMessage of %p', (error, message) => { expect(errorMessage(error)).toBe(message); });

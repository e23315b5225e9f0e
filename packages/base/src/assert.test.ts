import { assert, assertNever } from './assert.ts';
import { errorMessage } from './error-message.ts';

test('assert throws only for what does not hold, and names it', () => {
  expect(() => { assert('held', 'order'); }).not.toThrow();
  expect(() => { assert(0, 'a lease has a holder'); }).toThrow('broken invariant: a lease has a holder');
  expect(() => assertNever('x' as never, 'verb')).toThrow('unhandled verb: x'); // as never: what the type forbids
});

test.each([[new Error('boom'), 'boom'], ['text', 'text'], [undefined, 'undefined'], [{ message: 'of another realm' }, 'of another realm']])('errorMessage of %p', (error, message) => { expect(errorMessage(error)).toBe(message); });

import { ArrivingBody } from './arriving-body.ts';
import { BodyBudget } from './body-budget.ts';

test('a body is the same however it is cut', () => {
  const whole = Buffer.from(Array.from({ length: 50_000 }, (_, i) => i % 251));
  for (const size of [1, 7, 8192, 49_999, 50_000]) {
    const body = new ArrivingBody(new BodyBudget({ eachMax: 60_000, totalMax: 60_000 }));
    for (let at = 0; at < whole.length; at += size) expect(body.add(whole.subarray(at, at + size), at + size >= whole.length)).toBeUndefined();
    expect(body.take().equals(whole)).toBe(true);
  }
});

test('pieces do not hold on to what they came in, a body of one piece is not copied', () => {
  const [pieces, one] = [new ArrivingBody(new BodyBudget({ eachMax: 1e6, totalMax: 1e6 })), new ArrivingBody(new BodyBudget({ eachMax: 1e6, totalMax: 1e6 }))];
  const arrival = Buffer.alloc(64_000, 'x');
  for (let i = 0; i < 3; i++) pieces.add(arrival.subarray(i, i + 1), false);
  expect(pieces.take().buffer.byteLength).toBeLessThan(10_000);
  one.add(arrival.subarray(0, 10), true);
  expect(one.take().buffer).toBe(arrival.buffer);
});

test('one body and all together stay within the budget, which comes back once', () => {
  const budget = new BodyBudget({ eachMax: 100, totalMax: 150 });
  const [first, second] = [new ArrivingBody(budget), new ArrivingBody(budget)];
  expect(first.add(Buffer.alloc(101), true)).toBe('tooLarge');
  expect(first.add(Buffer.alloc(60), false)).toBeUndefined();
  expect(second.add(Buffer.alloc(80), true)).toBe('noRoom');
  expect(first.add(Buffer.alloc(41), true)).toBe('tooLarge');
  for (let i = 0; i < 2; i++) first.release();
  expect(budget.held).toBe(0);
  expect(second.add(Buffer.alloc(80), true)).toBeUndefined();
  expect(budget.held).toBe(80);
});

import { SharedBody } from './shared-body.ts';

const pieces = (text: string): readonly Buffer[] => [Buffer.from(text), Buffer.from(text)];

test('SharedBody gives the same body under the same name and makes one for another', () => {
  const shared = new SharedBody();
  const first = shared.get('a 1', () => pieces('first'));
  expect(shared.get('a 1', () => pieces('again'))).toBe(first);
  const second = shared.get('a 2', () => pieces('second'));
  expect(second).toEqual(pieces('second'));
  expect(shared.get('a 1', () => pieces('third'))).toEqual(pieces('third'));
});

test('SharedBody makes small bodies each time', () => {
  const shared = new SharedBody();
  const small = shared.get('a 1', () => Buffer.from('x'));
  expect(shared.get('a 1', () => Buffer.from('x'))).not.toBe(small);
});

import { accessModesText, age, bareSelectorText, firstOf, humanDuration, labelsText, selectorText } from './cell-text.ts';

describe('humanDuration', () => {
  it.each([
    [-2, '<invalid>'], [-1, '0s'], [0, '0s'], [119, '119s'], [120, '2m'], [330, '5m30s'], [600, '10m'], [10_799, '179m'], [10_800, '3h'], [25_320, '7h2m'],
    [8 * 3600, '8h'], [47 * 3600, '47h'], [48 * 3600, '2d'], [76 * 3600, '3d4h'], [8 * 86_400, '8d'], [729 * 86_400, '729d'], [740 * 86_400, '2y10d'], [3000 * 86_400, '8y'],
  ])('%i s reads %s', (seconds, text) => expect(humanDuration(seconds * 1000)).toBe(text));
});

describe('cells', () => {
  it('say what is missing', () => {
    expect([age(undefined, 0), age(null, 0), labelsText(undefined), selectorText(undefined), bareSelectorText({}), selectorText({})])
      .toEqual(['<unknown>', '<unknown>', '<none>', '<none>', '', '<none>']);
  });

  it('show selectors and lists in order', () => {
    expect(labelsText({ b: '2', a: '1' })).toBe('a=1,b=2');
    expect(selectorText({ matchLabels: { app: 'a' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['y', 'x'] }] })).toBe('app=a,tier in (x,y)');
    expect(firstOf(['1', '2', '3', '4', '5'], 3)).toBe('1,2,3 + 2 more...');
    expect(accessModesText(['ReadWriteMany', 'ReadWriteOnce'])).toBe('RWO,RWX');
  });
});

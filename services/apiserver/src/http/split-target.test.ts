import { splitTarget } from './split-target.ts';

describe('splitTarget', () => {
  it.each([
    ['/api?a=b&c=%20', 'a=b&c=+'],
    ['/api?a=%&c=d', 'c=d'],
    ['/api?a=%zz&c=%4', ''],
    ['/api?a;b=c&d=e;f&g=h', 'g=h'],
    ['/api?a=%3B', 'a=%3B'],
    ['/api?labelSelector', 'labelSelector='],
  ])('reads the query of %s as %j', (target, query) => {
    expect(splitTarget(target)?.query.toString()).toBe(query);
  });

  it.each([['https://host:1/api?x=y', '/api'], ['*', '/*'], ['/a%2Fb', '/a/b'], ['/a%zz', undefined], ['nonsense', undefined]])('finds the path of %s: %s', (target, path) => {
    expect(splitTarget(target)?.path).toBe(path);
  });
});

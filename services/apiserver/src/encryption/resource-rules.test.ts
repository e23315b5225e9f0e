import { collectRules, rulesFor } from './resource-rules.ts';

/** Which entry is for a resource, by the first name of its list. */
function chosen(lists: string[][], group: string, resource: string): string | undefined {
  const rules = collectRules(lists.map((resources) => ({ resources, values: [resources[0] ?? ''] })));
  return rulesFor({ group, resource }).map((rule) => rules.get(rule)?.join()).find((values) => values !== undefined);
}

describe('resource rules', () => {
  const lists = [['events'], ['secrets', 'pandas.awesome.bears.example'], ['*.apps', '*.'], ['*.*']];
  test.each([
    ['', 'events', 'events'], ['', 'secrets', 'secrets'], ['awesome.bears.example', 'pandas', 'secrets'], ['apps', 'deployments', '*.apps'], ['', 'pods', '*.apps'],
    ['batch', 'jobs', '*.*'], ['apps', 'events', '*.apps'], ['bears.example', 'pandas', '*.*'],
  ])('%s/%s is for the entry of %s', (group, resource, expected) => {
    expect(chosen(lists, group, resource)).toBe(expected);
  });

  test('what no entry names is for none', () => {
    expect(chosen([['secrets'], ['*.apps']], '', 'pods')).toBeUndefined();
  });

  test('entries of one resource are joined', () => {
    expect(collectRules([{ resources: ['secrets'], values: [1] }, { resources: ['secrets'], values: [2, 3] }]).get('secrets')).toEqual([1, 2, 3]);
  });

  test.each([
    [['*.*'], ['secrets'], 'resource "secrets" is masked by earlier rule "*.*"'],
    [['*.apps'], ['deployments.apps'], 'resource "deployments.apps" is masked by earlier rule "*.apps"'],
    [['*.'], ['*.'], 'resource "*." is masked by earlier rule "*."'],
    [['*.*'], ['*.'], 'resource "*." is masked by earlier rule "*.*"'],
  ])('%j before %j is refused', (first, second, message) => {
    expect(() => chosen([first, second], '', 'x')).toThrow(message);
  });
});

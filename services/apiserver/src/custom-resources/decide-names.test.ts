import { decideNames } from './decide-names.ts';
import { widgets } from './definition.fixture.ts';
import type { Definition } from './definition.ts';

const fresh = (names: Partial<Definition['spec']['names']> = {}): Definition => widgets({ names, status: {} });
const holder = (names: Partial<Definition['spec']['names']>): Definition => widgets({ names: { plural: 'others', singular: 'other', kind: 'Other', listKind: 'OtherList', ...names } });

describe('decideNames', () => {
  test('gives free names, lists among them', () => {
    const names = { shortNames: ['wd'], categories: ['all'] };
    expect(decideNames(fresh(names), [holder({})])).toEqual({
      accepted: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList', shortNames: ['wd'], categories: ['all'] },
      condition: { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
    });
  });

  test.each<[string, Partial<Definition['spec']['names']>, string, string]>([
    ['a plural', { plural: 'x', shortNames: ['widgets'] }, 'PluralConflict', '"widgets" is already in use'],
    ['a singular', { singular: 'widget' }, 'SingularConflict', '"widget" is already in use'],
    ['a kind', { kind: 'Widget' }, 'KindConflict', '"Widget" is already in use'],
    ['the kind of lists', { kind: 'WidgetList' }, 'ListKindConflict', '"WidgetList" is already in use'],
  ])('refuses %s that another definition has, and gives the rest', (_, taken, reason, message) => {
    const { accepted, condition } = decideNames(fresh({ shortNames: ['wd'] }), [holder(taken)]);
    expect(condition).toEqual({ type: 'NamesAccepted', status: 'False', reason, message });
    expect(accepted.shortNames).toEqual(['wd']);
  });

  test('names all short names that are taken', () => {
    expect(decideNames(fresh({ shortNames: ['a', 'b', 'c'] }), [holder({ shortNames: ['a', 'c'] })])).toMatchObject({
      accepted: { plural: 'widgets', kind: 'Widget' }, condition: { reason: 'ShortNamesConflict', message: '["a" is already in use, "c" is already in use]' },
    });
  });

  test('does not care for other groups', () => {
    const elsewhere = { ...holder({ kind: 'Widget' }) };
    expect(decideNames(fresh(), [{ ...elsewhere, spec: { ...elsewhere.spec, group: 'example.org' } }]).condition.status).toBe('True');
  });

  test('keeps what was given before where the new name is taken', () => {
    const renamed = widgets();
    renamed.spec.names.kind = 'Other';
    expect(decideNames(renamed, [holder({})])).toMatchObject({ accepted: { kind: 'Widget' }, condition: { reason: 'KindConflict' } });
  });
});

import { decideStatus, type StatusFacts } from './decide-status.ts';
import { widgets } from './definition.fixture.ts';
import type { Definition } from './definition.ts';

const now = Date.UTC(2030, 0, 1);
const facts = (more: Partial<StatusFacts> = {}): StatusFacts => ({ others: [], structuralFaults: [], now, ...more });
const settled = (definition: Definition, more?: Partial<StatusFacts>): Definition => ({ ...definition, status: decideStatus(definition, facts(more)) ?? definition.status ?? {} });

describe('decideStatus', () => {
  test('accepts names and establishes at once', () => {
    expect(decideStatus(widgets({ status: {} }), facts())).toEqual({
      acceptedNames: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' }, storedVersions: ['v1'],
      conditions: [
        { type: 'NamesAccepted', status: 'True', lastTransitionTime: '2030-01-01T00:00:00Z', reason: 'NoConflicts', message: 'no conflicts found' },
        { type: 'Established', status: 'True', lastTransitionTime: '2030-01-01T00:00:00Z', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' },
      ],
    });
  });

  test('has nothing to say twice, by whichever replica and however much later', () => {
    expect(decideStatus(settled(widgets({ status: {} })), facts({ now: now + 60_000 }))).toBeUndefined();
  });

  test('establishes nothing without names, and keeps established what lost some', () => {
    const rival = widgets({ names: { plural: 'rivals', listKind: 'RivalList' } });
    expect(conditions(settled(widgets({ status: {} }), { others: [rival] }))).toEqual(['NamesAccepted False', 'Established False']);
    const established = settled(widgets({ status: {} }));
    established.spec.names.singular = 'rivals';
    expect(conditions(settled(established, { others: [rival] }))).toEqual(['NamesAccepted False', 'Established True']);
  });

  test('tells of schemas that are not structural for as long as they are', () => {
    const odd = settled(widgets({ status: {} }), { structuralFaults: [{ reason: 'FieldValueRequired', field: 'a', message: 'b' }, { reason: 'FieldValueRequired', field: 'c', message: 'd' }] });
    expect(odd.status?.conditions?.[2]).toMatchObject({ type: 'NonStructuralSchema', status: 'True', reason: 'Violations', message: '[a: b, c: d]' });
    expect(conditions(settled(odd))).toEqual(['NamesAccepted True', 'Established True']);
  });

  test.each([
    [undefined, 'False', 'MissingAnnotation'], ['unapproved, a test', 'False', 'UnapprovedAnnotation'], ['https://example.com/1', 'True', 'ApprovedAnnotation'], ['example.com', 'False', 'InvalidAnnotation'],
  ])('says of a community group approved by %s', (approval, status, reason) => {
    const definition = widgets({ status: {}, group: 'x.k8s.io', metadata: { annotations: approval === undefined ? {} : { 'api-approved.kubernetes.io': approval } } });
    expect(settled(definition).status?.conditions?.at(-1)).toMatchObject({ type: 'KubernetesAPIApprovalPolicyConformant', status, reason });
  });
});

function conditions({ status }: Definition): string[] {
  return (status?.conditions ?? []).map(({ type, status: is }) => `${type} ${is}`);
}

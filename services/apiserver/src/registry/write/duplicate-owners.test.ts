import type { KubeObject } from '@kubernode/apimachinery';
import { dropDuplicateOwners } from './duplicate-owners.ts';

describe('dropDuplicateOwners', () => {
  const owner = (uid: string, more: object = {}): object => ({ apiVersion: 'v1', kind: 'Pod', name: `of-${uid}`, uid, ...more });
  const rest = 'API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed:';
  it.each<[string, object[], object[], boolean, string[]]>([
    ['different ones', [owner('a'), owner('b')], [owner('a'), owner('b')], false, []],
    ['what differs but for the uid', [owner('a'), owner('a', { controller: true })], [owner('a'), owner('a', { controller: true })], false, []],
    ['the first of equals', [owner('a'), owner('b'), owner('a'), owner('b'), owner('a')], [owner('a'), owner('b')], false, [`.metadata.ownerReferences contains duplicate entries; ${rest} a, b, a`]],
    ['the first of equals that admission made', [owner('a'), owner('a')], [owner('a')], true, [`.metadata.ownerReferences contains duplicate entries after mutating admission happens; ${rest} a`]],
  ])('keeps %s', (_what, ownerReferences, kept, afterAdmission, warned) => {
    const object = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'p', ownerReferences } } as KubeObject; // references like these
    const warnings: string[] = [];
    dropDuplicateOwners(object, (text) => { warnings.push(text); }, { afterAdmission });
    expect([object.metadata.ownerReferences, warnings]).toEqual([kept, warned]);
  });
});

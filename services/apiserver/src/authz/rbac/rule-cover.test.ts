import { compactRules, describeRule, uncoveredRules } from './rule-cover.ts';
import type { PolicyRule } from './rule-matches.ts';

const pods = (...verbs: string[]): PolicyRule => ({ apiGroups: [''], resources: ['pods'], verbs });

describe('uncoveredRules', () => {
  const held: PolicyRule[] = [
    pods('get', 'list'),
    { apiGroups: ['apps'], resources: ['*/scale'], verbs: ['*'] },
    { apiGroups: ['*'], resources: ['secrets'], resourceNames: ['s'], verbs: ['get'] },
    { nonResourceURLs: ['/healthz*'], verbs: ['get'] },
  ];
  it.each<[string, PolicyRule, PolicyRule[]]>([
    ['what is held', pods('get'), []],
    ['another verb', pods('get', 'delete'), [pods('delete')]],
    ['all verbs', pods('*'), [pods('*')]],
    ['a subresource by star', { apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['update'] }, []],
    ['a name of a right for all names', { ...pods('get'), resourceNames: ['x'] }, []],
    ['all names of a right for one', { apiGroups: [''], resources: ['secrets'], verbs: ['get'] }, [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]],
    ['that one name', { apiGroups: ['x'], resources: ['secrets'], resourceNames: ['s'], verbs: ['get'] }, []],
    ['a path below a star', { nonResourceURLs: ['/healthz/ping'], verbs: ['get'] }, []],
    ['another path', { nonResourceURLs: ['/metrics'], verbs: ['get'] }, [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }]],
    ['a rule without verbs', pods(), []],
    ['a rule of nothing', {} as PolicyRule, []], // as clients may send it
  ])('%s', (_name, wanted, missing) => {
    expect(uncoveredRules(held, [wanted])).toEqual(missing);
  });
});

describe('compactRules and describeRule', () => {
  it('join the verbs of one resource and print as messages do', () => {
    const wanted: PolicyRule[] = [{ apiGroups: ['', 'apps'], resources: ['secrets'], verbs: ['get', 'list'] }, { ...pods('watch'), resourceNames: ['p'] }, { nonResourceURLs: ['*'], verbs: ['*'] }];
    expect(compactRules(uncoveredRules([], wanted)).map(describeRule).sort()).toEqual([
      '{APIGroups:[""], Resources:["pods"], ResourceNames:["p"], Verbs:["watch"]}',
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}',
      '{APIGroups:["apps"], Resources:["secrets"], Verbs:["get" "list"]}',
      '{NonResourceURLs:["*"], Verbs:["*"]}',
    ]);
  });
});

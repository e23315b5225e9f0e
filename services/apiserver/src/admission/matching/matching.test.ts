import { notFound, StatusError, type KubeObject } from '@kubernode/apimachinery';
import type { ServedResource } from '../../registry/served-resource.ts';
import type { AdmissionAttributes } from '../admission.ts';
import { equivalentResources } from './equivalent-resources.ts';
import { compileMatchResources, matchResources, type MatchResources } from './match-resources.ts';
import { ruleMatches, type AdmissionRule, type RuleSubject } from './rule-matches.ts';
import type { NamespaceLabels } from './select-by-labels.ts';

const POD: RuleSubject = { operation: 'CREATE', group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'n' };
const RULE: AdmissionRule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };

test.each<[AdmissionRule, Partial<RuleSubject>, boolean]>([
  [RULE, {}, true],
  [RULE, { operation: 'UPDATE' }, false],
  [{ ...RULE, operations: ['*'] }, { operation: 'CONNECT' }, true],
  [RULE, { group: 'apps' }, false],
  [{ ...RULE, apiGroups: ['*'], apiVersions: ['*'] }, { group: 'apps', version: 'v2' }, true],
  [RULE, { version: 'v2' }, false],
  [RULE, { subresource: 'status' }, false],
  [{ ...RULE, resources: ['pods/status'] }, { subresource: 'status' }, true],
  [{ ...RULE, resources: ['pods/*'] }, { subresource: 'status' }, true],
  [{ ...RULE, resources: ['pods/*'] }, {}, true],
  [{ ...RULE, resources: ['*'] }, { resource: 'secrets' }, true],
  [{ ...RULE, resources: ['*'] }, { subresource: 'status' }, false],
  [{ ...RULE, resources: ['*/scale'] }, { subresource: 'scale' }, true],
  [{ ...RULE, resources: ['*/*'] }, { subresource: 'scale' }, true],
  [{ ...RULE, scope: 'Cluster' }, {}, false],
  [{ ...RULE, scope: 'Cluster' }, { namespace: '' }, true],
  [{ ...RULE, scope: 'Namespaced' }, {}, true],
  [{ ...RULE, scope: 'Namespaced', resources: ['*'] }, { resource: 'namespaces' }, false],
  [{ ...RULE, scope: 'Cluster', resources: ['*'] }, { resource: 'namespaces' }, true],
  [{}, {}, false],
])('ruleMatches(%j) of a request with %j is %s', (rule, difference, expected) => {
  expect(ruleMatches(rule, { ...POD, ...difference })).toBe(expected);
});

const object = (name: string, labels?: Record<string, string>): KubeObject => ({ kind: 'K', apiVersion: 'v1', metadata: { name, ...(labels && { labels }) } });

function attributesOf(difference: Partial<AdmissionAttributes> = {}): AdmissionAttributes {
  return {
    operation: 'CREATE', user: { name: 'u', uid: '', groups: [], extra: {} }, group: 'apps', version: 'v1', resource: 'deployments', subresource: '', kind: { group: 'apps', version: 'v1', kind: 'Deployment' }, namespace: 'n', name: 'a',
    object: object('a'), oldObject: undefined, dryRun: false, options: {}, warn: () => undefined, annotate: () => undefined, ...difference,
  };
}

const BETA = { group: 'apps', version: 'v1beta1', resource: 'deployments', kind: { group: 'apps', version: 'v1beta1', kind: 'Deployment' } };
const rule = (apiVersion: string, resourceNames?: string[]) => ({ operations: ['*'], apiGroups: ['apps'], apiVersions: [apiVersion], resources: ['deployments'], ...(resourceNames && { resourceNames }) });

/** The version as which it is matched. */
function matchedVersion(resources: MatchResources, difference: Partial<AdmissionAttributes> = {}, namespaceLabels: NamespaceLabels = { team: 'red' }): string | undefined {
  return matchResources(compileMatchResources(resources), { attributes: attributesOf(difference), namespaceLabels, equivalents: () => [BETA] })?.version;
}

describe('matchResources', () => {
  it.each<[string, MatchResources, Partial<AdmissionAttributes>, string | undefined]>([
    ['all requests without rules', {}, {}, 'v1'],
    ['by a rule', { resourceRules: [rule('v1')] }, {}, 'v1'],
    ['not by a rule for something else', { resourceRules: [rule('v2')] }, {}, undefined],
    ['in another version', { matchPolicy: 'Equivalent', resourceRules: [rule('v1beta1')] }, {}, 'v1beta1'],
    ['not in another version when exact', { matchPolicy: 'Exact', resourceRules: [rule('v1beta1')] }, {}, undefined],
    ['in the request\'s version before others', { matchPolicy: 'Equivalent', resourceRules: [rule('v1beta1'), rule('v1')] }, {}, 'v1'],
    ['by name', { resourceRules: [rule('v1', ['a'])] }, {}, 'v1'],
    ['not by another name', { resourceRules: [rule('v1', ['b'])] }, {}, undefined],
    ['not what is excluded', { resourceRules: [rule('v1')], excludeResourceRules: [rule('*', ['a'])] }, {}, undefined],
    ['what is excluded by another name', { resourceRules: [rule('v1')], excludeResourceRules: [rule('*', ['b'])] }, {}, 'v1'],
    ['by labels of the namespace', { namespaceSelector: { matchLabels: { team: 'red' } } }, {}, 'v1'],
    ['not by other labels of the namespace', { namespaceSelector: { matchLabels: { team: 'blue' } } }, {}, undefined],
    ['objects of the cluster whatever the namespace selector', { namespaceSelector: { matchLabels: { team: 'blue' } } }, { namespace: '' }, 'v1'],
    ['namespaces by their own labels', { namespaceSelector: { matchLabels: { team: 'blue' } } }, { resource: 'namespaces', object: object('n', { team: 'blue' }) }, 'v1'],
    ['by labels of the object', { objectSelector: { matchLabels: { a: 'b' } } }, { object: object('a', { a: 'b' }) }, 'v1'],
    ['by labels the object had', { objectSelector: { matchLabels: { a: 'b' } } }, { oldObject: object('a', { a: 'b' }) }, 'v1'],
    ['not without those labels', { objectSelector: { matchLabels: { a: 'b' } } }, {}, undefined],
    ['not what has no labels at all', { objectSelector: { matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] } }, { object: undefined }, undefined],
  ])('matches %s', (_title, resources, difference, version) => {
    expect(matchedVersion(resources, difference)).toBe(version);
  });

  it('tells of a missing namespace only when the rules match', () => {
    const missing = notFound({ group: '', resource: 'namespaces' }, 'n');
    const namespaceSelector = { matchLabels: { team: 'red' } };
    expect(() => matchedVersion({ namespaceSelector, resourceRules: [rule('v1')] }, {}, missing)).toThrow(StatusError);
    expect(matchedVersion({ namespaceSelector, resourceRules: [rule('v2')] }, {}, missing)).toBeUndefined();
  });
});

describe('equivalentResources', () => {
  const [storage, custom] = [{}, {}];
  const served = (version: string, more: object): ServedResource => ({ facts: { group: 'g', version, resource: 'things', subresources: version === 'v1' ? [] : [{ name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale' }] }, kind: { group: 'g', version, kind: 'Thing' }, storage, ...more }) as unknown as ServedResource; // only what is looked at
  const versions = (subresource: string, all: ServedResource[]): string[] => equivalentResources({ served: all, api: { version: 1 } })({ ...POD, group: 'g', version: 'v1', resource: 'things', subresource }).map(({ version, kind }) => `${version} ${kind.kind}`);

  it.each<[string, string, ServedResource[], string[]]>([
    ['what is stored together', '', [served('v1', {}), served('v2', {})], ['v2 Thing']],
    ['no strangers', '', [served('v1', {}), served('v2', { storage: {} })], []],
    ['versions of a custom resource', '', [served('v1', { custom, storage: {} }), served('v2', { custom, storage: {} })], ['v2 Thing']],
    ['subresources with their kind', 'scale', [served('v1', {}), served('v2', {})], ['v2 Scale']],
    ['subresources only where they are', 'status', [served('v1', {}), served('v2', {})], []],
  ])('finds %s', (_title, subresource, all, expected) => {
    expect(versions(subresource, all)).toEqual(expected);
  });
});

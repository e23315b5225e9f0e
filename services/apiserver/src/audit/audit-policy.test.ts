import type { RequestInfo } from '../pipeline/api-request.ts';
import { auditDecider, type AuditRule, type AuditSubject } from './audit-policy.ts';

const resource: RequestInfo = { isResourceRequest: true, path: '/api/v1/namespaces/shop/pods/web/log', verb: 'get', apiPrefix: 'api', group: '', version: 'v1', namespace: 'shop', resource: 'pods', subresource: 'log', name: 'web', rest: [] };
const path: RequestInfo = { ...resource, isResourceRequest: false, path: '/logs/today', apiPrefix: '', version: '', namespace: '', resource: '', subresource: '', name: '' };
const clusterWide: RequestInfo = { ...resource, namespace: '', resource: 'nodes', subresource: '', name: 'n1' };
const jane = { name: 'jane', groups: ['devs', 'ops'] };

describe('auditDecider', () => {
  it.each<[what: string, rule: Partial<AuditRule>, info: RequestInfo, user: AuditSubject, matches: boolean]>([
    ['everything by an empty rule', {}, path, undefined, true],
    ['a user', { users: ['joe', 'jane'] }, resource, jane, true],
    ['no user before authentication', { users: ['jane'] }, resource, undefined, false],
    ['any of a user\'s groups', { userGroups: ['ops'] }, resource, jane, true],
    ['no group of others', { userGroups: ['finance'] }, resource, jane, false],
    ['a verb', { verbs: ['get'] }, resource, jane, true],
    ['no other verb', { verbs: ['list'] }, resource, jane, false],
    ['a namespace', { namespaces: ['shop'] }, resource, jane, true],
    ['what is in no namespace by the empty name', { namespaces: [''] }, clusterWide, jane, true],
    ['no path by a namespace', { namespaces: [''] }, path, jane, false],
    ['a whole group', { resources: [{}] }, resource, jane, true],
    ['any group', { resources: [{ group: '*', resources: ['*'] }] }, resource, jane, true],
    ['not another group', { resources: [{ group: 'apps', resources: ['*'] }] }, resource, jane, false],
    ['a subresource', { resources: [{ resources: ['pods/log'] }] }, resource, jane, true],
    ['not the subresource by the resource', { resources: [{ resources: ['pods'] }] }, resource, jane, false],
    ['all subresources of a resource', { resources: [{ resources: ['pods/*'] }] }, resource, jane, true],
    ['the resource itself by pods/*', { resources: [{ resources: ['pods/*'] }] }, { ...resource, subresource: '' }, jane, true],
    ['a subresource of all resources', { resources: [{ resources: ['*/log'] }] }, resource, jane, true],
    ['not another subresource of all', { resources: [{ resources: ['*/scale'] }] }, resource, jane, false],
    ['a name', { resources: [{ resources: ['pods/log'], resourceNames: ['web'] }] }, resource, jane, true],
    ['not another name', { resources: [{ resources: ['pods/log'], resourceNames: ['db'] }] }, resource, jane, false],
    ['a path', { nonResourceURLs: ['/logs/today'] }, path, jane, true],
    ['what is below a path', { nonResourceURLs: ['/logs/*'] }, path, jane, true],
    ['every path', { nonResourceURLs: ['*'] }, path, jane, true],
    ['not a path below without a star', { nonResourceURLs: ['/logs'] }, path, jane, false],
    ['no resource by a path', { nonResourceURLs: ['*'] }, resource, jane, false],
  ])('matches %s', (_what, rule, info, user, matches) => {
    expect(auditDecider({ rules: [{ level: 'Request', ...rule }] })(info, user).level).toBe(matches ? 'Request' : 'None');
  });

  it('takes the first rule that matches, joins the stages to omit and lets rules overrule what is said of managed fields', () => {
    const decide = auditDecider({
      omitStages: ['RequestReceived'], omitManagedFields: true,
      rules: [{ level: 'Metadata', users: ['jane'], omitStages: ['Panic'], omitManagedFields: false }, { level: 'None', users: ['jane'] }],
    });
    expect(decide(resource, jane)).toEqual({ level: 'Metadata', omitStages: new Set(['RequestReceived', 'Panic']), omitManagedFields: false });
    expect(decide(resource, undefined)).toEqual({ level: 'None', omitStages: new Set(['RequestReceived']), omitManagedFields: true });
  });
});

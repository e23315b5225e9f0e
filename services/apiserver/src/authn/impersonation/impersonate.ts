import { StatusError } from '@kubernode/apimachinery';
import type { AuthorizationAttributes, Authorizer, UserInfo } from '../../pipeline/api-request.ts';
import { forbiddenRequest } from '../../authz/forbidden.ts';
import { ANONYMOUS_USER, AUTHENTICATED_GROUP, UNAUTHENTICATED_GROUP } from '../authenticated-group.ts';
import { accountGroups, splitAccountUsername } from '../service-account/account-name.ts';
import { quoteList } from '../../authz/rbac/rule-cover.ts';
import { extraFault } from './extra-rules.ts';
import { modeApplies, type ModeName, nodeOfUsername, seenByMode } from './impersonation-modes.ts';

const AUTHENTICATION_GROUP = 'authentication.k8s.io';
/** From this many checks on, a rule for everything is asked for first. */
const MANY_CHECKS = 4;

/** One attempt at becoming another user in one mode. */
export interface Attempt { mode: ModeName; wanted: UserInfo; attributes: AuthorizationAttributes; authorizer: Authorizer }

/** The user to go on as; undefined when the mode is not for such users; a StatusError (returned, not thrown) says what is not allowed. */
export async function attemptImpersonation(attempt: Attempt): Promise<UserInfo | StatusError | undefined> {
  const { mode, wanted, attributes } = attempt;
  if (!modeApplies(mode, wanted, attributes.user)) return undefined;
  try {
    if (mode !== 'legacy') await demand(attempt, { ...attributes, verb: `impersonate-on:${mode}:${attributes.verb}` });
    const groups = await checkName(attempt);
    if (wanted.uid !== '') await demand(attempt, question(attempt, { group: AUTHENTICATION_GROUP, resource: 'uids', name: wanted.uid }));
    await checkGroups(attempt);
    await checkExtra(attempt);
    return { ...wanted, groups: withDefaultGroup(wanted.name, groups) };
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
}

interface What { group: string; resource: string; subresource?: string; namespace?: string; name: string }

function question({ mode, attributes }: Attempt, { group, resource, subresource = '', namespace = '', name }: What): AuthorizationAttributes {
  const verb = mode === 'legacy' ? 'impersonate' : `impersonate:${mode}`;
  return { user: attributes.user, verb, group, version: 'v1', resource, subresource, namespace, name, path: '', isResourceRequest: true };
}

async function demand(attempt: Attempt, attributes: AuthorizationAttributes): Promise<void> {
  const refusal = await refusalOf(attempt, attributes);
  if (refusal !== undefined) throw refusal;
}

async function refusalOf({ mode, authorizer }: Attempt, attributes: AuthorizationAttributes): Promise<StatusError | undefined> {
  const seen = seenByMode(mode, attributes);
  const { verdict, reason, error } = await authorizer.authorize(seen);
  if (verdict === 'allow') return undefined;
  return forbiddenRequest(seen, [error ?? '', reason].filter((text) => text !== '').join(': '));
}

/** Users and groups are of the core group in the old mode, of authentication.k8s.io in the others. */
function groupOf({ mode }: Attempt): string {
  return mode === 'legacy' ? '' : AUTHENTICATION_GROUP;
}

/** Checks the name; answers the groups that the user gets by it. */
async function checkName(attempt: Attempt): Promise<readonly string[]> {
  const { mode, wanted } = attempt;
  const account = splitAccountUsername(wanted.name);
  const node = mode === 'legacy' ? undefined : nodeOfUsername(wanted.name);
  const [resource, name] = account !== undefined ? ['serviceaccounts', account.name] : node !== undefined ? ['nodes', node] : ['users', wanted.name];
  const asked = question(attempt, { group: groupOf(attempt), resource, name, ...(account && { namespace: account.namespace }) });
  if (mode !== 'legacy' && resource !== 'users' && wanted.groups.length > 0) {
    throw forbiddenRequest(asked, `when impersonating a ${node === undefined ? 'service account' : 'node'}, cannot impersonate groups ${quoteList(wanted.groups)}`);
  }
  await demand(attempt, asked);
  if (wanted.groups.length > 0) return wanted.groups;
  return account !== undefined ? accountGroups(account.namespace) : node !== undefined ? ['system:nodes'] : [];
}

async function checkGroups(attempt: Attempt): Promise<void> {
  const { mode, wanted: { groups } } = attempt;
  const ask = (name: string): AuthorizationAttributes => question(attempt, { group: groupOf(attempt), resource: 'groups', name });
  if (mode !== 'legacy') {
    if (groups.includes('')) throw forbiddenRequest(ask(''), 'impersonating the empty string group is not allowed');
    if (groups.includes('system:masters')) throw forbiddenRequest(ask('system:masters'), 'impersonating the system:masters group is not allowed');
    if (groups.length >= MANY_CHECKS && await refusalOf(attempt, ask('*')) === undefined) return;
  }
  for (const group of groups) await demand(attempt, ask(group));
}

async function checkExtra(attempt: Attempt): Promise<void> {
  const { mode, wanted: { extra } } = attempt;
  const ask = (subresource: string, name: string): AuthorizationAttributes => question(attempt, { group: AUTHENTICATION_GROUP, resource: 'userextras', subresource, name });
  const entries = Object.entries(extra);
  if (entries.length === 0) return;
  if (mode !== 'legacy') {
    const fault = extraFault(extra);
    if (fault !== undefined) throw forbiddenRequest(ask('', ''), fault);
    const checks = Math.max(entries.length, entries.reduce((count, [, values]) => count + values.length, 0));
    if (checks >= MANY_CHECKS && await refusalOf(attempt, ask('*', '*')) === undefined) return;
  }
  for (const [key, values] of entries) for (const value of values) await demand(attempt, ask(key, value));
}

function withDefaultGroup(name: string, groups: readonly string[]): readonly string[] {
  const group = name === ANONYMOUS_USER.name ? UNAUTHENTICATED_GROUP : AUTHENTICATED_GROUP;
  return groups.includes(group) || groups.includes(UNAUTHENTICATED_GROUP) ? groups : [...groups, group];
}

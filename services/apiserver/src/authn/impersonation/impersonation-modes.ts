import type { AuthorizationAttributes, UserInfo } from '../../pipeline/api-request.ts';
import { splitAccountUsername } from '../service-account/account-name.ts';

export type ModeName = 'associated-node' | 'arbitrary-node' | 'serviceaccount' | 'user-info' | 'legacy';

/** The modes in the order in which they are tried; whichever lets the user through first decides. */
export const MODES: readonly ModeName[] = ['associated-node', 'arbitrary-node', 'serviceaccount', 'user-info', 'legacy'];

const NODE_PREFIX = 'system:node:';
const NODE_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NODE_NAME_EXTRA = 'authentication.kubernetes.io/node-name';
const ASSOCIATED_NODE_KEYS_EXTRA = 'authentication.kubernetes.io/associated-node-keys';

/** Whether a mode is for this kind of user at all. */
export function modeApplies(mode: ModeName, wanted: UserInfo, requestor: UserInfo): boolean {
  const node = nodeOfUsername(wanted.name);
  switch (mode) {
    case 'associated-node': return onlyName(wanted) && node !== undefined && isOnNode(requestor, node);
    case 'arbitrary-node': return onlyName(wanted) && node !== undefined;
    case 'serviceaccount': return onlyName(wanted) && splitAccountUsername(wanted.name) !== undefined;
    case 'user-info': return node === undefined && splitAccountUsername(wanted.name) === undefined;
    case 'legacy': return true;
  }
}

export function nodeOfUsername(username: string): string | undefined {
  const name = username.startsWith(NODE_PREFIX) ? username.slice(NODE_PREFIX.length) : '';
  return NODE_NAME.test(name) ? name : undefined;
}

/** In the associated-node mode all nodes are alike: rules speak of `*`, and of the requestor only which node keys it has is shown. */
export function seenByMode(mode: ModeName, attributes: AuthorizationAttributes): AuthorizationAttributes {
  if (mode !== 'associated-node') return attributes;
  const user = { ...attributes.user, extra: { [ASSOCIATED_NODE_KEYS_EXTRA]: Object.keys(attributes.user.extra).sort() } };
  return { ...attributes, user, ...(attributes.verb === 'impersonate:associated-node' && { name: '*' }) };
}

function onlyName({ uid, groups, extra }: UserInfo): boolean {
  return uid === '' && groups.length === 0 && Object.keys(extra).length === 0;
}

function isOnNode({ name, extra }: UserInfo, node: string): boolean {
  const values = extra[NODE_NAME_EXTRA] ?? [];
  return splitAccountUsername(name) !== undefined && values.length === 1 && values[0] === node;
}

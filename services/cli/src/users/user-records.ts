import { coreV1Resources, rbacV1Resources, type rbacV1 } from '@kubernode/api';
import { isNotFound, type KubeObject } from '@kubernode/apimachinery';
import type { Client } from '@kubernode/client';
import { applyObject } from '../cluster/apply-object.ts';

/** Who was given a certificate by `kubernode user add`. Kubernetes keeps no list of users; this one is a note, and gives no rights. */
export interface UserRecord { name: string; groups: readonly string[]; /** RFC 3339. */ expires: string; fingerprint: string; bindings: readonly UserBinding[] }

/** A role that the user was given, in one namespace or, without, everywhere. */
export interface UserBinding { role: string; namespace?: string }

const NOTES = { namespace: 'kube-system', name: 'kubernode-users' } as const;
const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'kubernode-user' };
const GROUP = 'rbac.authorization.k8s.io';

export async function listUsers(client: Client, signal: AbortSignal): Promise<readonly UserRecord[]> {
  const notes = await client.get(coreV1Resources.configmaps, NOTES, { signal }).catch(unlessGone);
  return Object.values(notes?.data ?? {}).map((text) => JSON.parse(text) as UserRecord).sort((a, b) => (a.name < b.name ? -1 : 1)); // written by noteUser
}

export async function noteUser(client: Client, user: UserRecord, signal: AbortSignal): Promise<void> {
  await writeNotes(client, { [noteKey(user.name)]: JSON.stringify(user) }, signal);
}

export async function forgetUser(client: Client, name: string, signal: AbortSignal): Promise<void> {
  await writeNotes(client, { [noteKey(name)]: null }, signal);
}

async function writeNotes(client: Client, data: Readonly<Record<string, string | null>>, signal: AbortSignal): Promise<void> {
  const patch = (): Promise<unknown> => client.patch(coreV1Resources.configmaps, NOTES, { type: 'merge', body: { data } }, { signal });
  try { await patch(); } catch (error) {
    if (!isNotFound(error)) throw error;
    await client.create(coreV1Resources.configmaps, { metadata: { ...NOTES } }, { signal });
    await patch();
  }
}

/** Keys of ConfigMaps allow letters, digits, '-', '_' and '.'; users' names allow more. */
const noteKey = (name: string): string => Buffer.from(name).toString('base64url');

export async function bindUser(client: Client, name: string, binding: UserBinding): Promise<void> {
  await applyObject(client, bindingObject(name, binding));
}

/** Removes what bindUser made; returns what was there. */
export async function unbindUser(client: Client, { name, bindings }: Pick<UserRecord, 'name' | 'bindings'>, signal: AbortSignal): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const binding of bindings) {
    const target = { name: bindingName(name, binding), namespace: binding.namespace };
    const remove = binding.namespace === undefined ? client.delete(rbacV1Resources.clusterrolebindings, target, { signal }) : client.delete(rbacV1Resources.rolebindings, target, { signal });
    if (await remove.then(() => true, (error: unknown) => { unlessGone(error); return false; })) removed.push(`${target.namespace === undefined ? '' : `${target.namespace}/`}${target.name}`);
  }
  return removed;
}

/** Pure. */
export function bindingObject(user: string, { role, namespace }: UserBinding): KubeObject {
  const subject: rbacV1.Subject = { apiGroup: GROUP, kind: 'User', name: user };
  return {
    apiVersion: `${GROUP}/v1`, kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { name: bindingName(user, { role }), ...(namespace !== undefined && { namespace }), labels: MANAGED_BY },
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: role }, subjects: [subject],
  };
}

const bindingName = (user: string, { role }: UserBinding): string => `kubernode:user:${user}:${role}`;

function unlessGone(error: unknown): undefined { if (!isNotFound(error)) throw error; }

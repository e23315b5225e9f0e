import type { EtcdAdmin, EtcdAlarm, EtcdMember, EtcdStatus } from '../etcd/etcd-admin.ts';

/** A member as the cluster knows it, and as it knows itself. */
export interface ObservedMember {
  member: EtcdMember;
  /** Where it is asked; undefined when it has told nobody, since it never started. */
  endpoint: string | undefined;
  /** Undefined when it does not answer. */
  status: EtcdStatus | undefined;
}

export interface ObservedEtcd {
  members: readonly ObservedMember[];
  /** Undefined when there is no majority that could tell. */
  alarms: readonly EtcdAlarm[] | undefined;
}

const STATUS_TIMEOUT_MS = 3_000;

/** Asks every member. Of those that the given endpoints lead to any one has to answer; rejects when none does. */
export async function observeEtcd(admin: EtcdAdmin, signal: AbortSignal): Promise<ObservedEtcd> {
  const members = await listMembers(admin, signal);
  const [observed, alarms] = await Promise.all([
    Promise.all(members.map((member) => observeMember(admin, member, signal))),
    admin.alarms({ signal, timeoutMs: STATUS_TIMEOUT_MS }).catch(() => undefined), // without a majority nobody can say
  ]);
  return { members: observed, alarms };
}

export function leaderOf({ members }: ObservedEtcd): ObservedMember | undefined {
  return members.find(({ status }) => status !== undefined && status.leader !== 0n && status.leader === status.memberId);
}

/** As any member that answers knows them: there need not be a majority. */
async function listMembers(admin: EtcdAdmin, signal: AbortSignal): Promise<EtcdMember[]> {
  const failures: unknown[] = [];
  for (const endpoint of admin.endpoints) {
    try { return await admin.membersAt(endpoint, { signal, timeoutMs: STATUS_TIMEOUT_MS }); } catch (error) {
      signal.throwIfAborted();
      failures.push(error);
    }
  }
  throw failures[0];
}

/** A member announces addresses for all clients; where one of them is among those that were given, it is that. */
async function observeMember(admin: EtcdAdmin, member: EtcdMember, signal: AbortSignal): Promise<ObservedMember> {
  const endpoint = member.clientUrls.find((url) => admin.endpoints.includes(url)) ?? member.clientUrls[0];
  const status = endpoint === undefined ? undefined : await admin.status(endpoint, { signal, timeoutMs: STATUS_TIMEOUT_MS }).catch(() => undefined); // not answering is what is observed
  signal.throwIfAborted();
  return { member, endpoint, status };
}

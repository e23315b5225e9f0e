/** A member as etcd tells it. `name` is '' until it has started for the first time. */
export interface EtcdMember { id: string; name: string; peerUrl: string; isLearner: boolean }

export interface EtcdHost { name: string; peerUrl: string; /** There is a member's data on its disk. */ hasData: boolean }

/** One step; after each the members are looked at anew. */
export type EtcdStep =
  | { kind: 'bootstrap'; hosts: readonly string[] }
  | { kind: 'remove'; id: string; name: string; why: string }
  | { kind: 'add'; host: string; peerUrl: string }
  | { kind: 'join'; host: string }
  | { kind: 'promote'; id: string; name: string };

/**
 * The next step from the members that are to those that shall be; undefined when they are. Pure. `members` is undefined where no member answers.
 * What is lost goes first, since it counts in the quorum; then one learner at a time is added, started and promoted; then surplus members go.
 */
export function nextEtcdStep({ hosts, members }: { hosts: readonly EtcdHost[]; members: readonly EtcdMember[] | undefined }): EtcdStep | undefined {
  if (members === undefined) return hosts.some((host) => host.hasData) ? undefined : { kind: 'bootstrap', hosts: hosts.map((host) => host.name) };
  const byPeer = new Map(members.map((member) => [member.peerUrl, member]));
  const wanted = new Set(hosts.map((host) => host.peerUrl));
  const lost = hosts.map((host) => ({ host, member: byPeer.get(host.peerUrl) })).find(({ host, member }) => member !== undefined && member.name !== '' && !host.hasData);
  if (lost?.member !== undefined) return { kind: 'remove', id: lost.member.id, name: lost.host.name, why: 'its data is gone' };
  const learner = members.find((member) => member.isLearner || member.name === '');
  if (learner !== undefined) return finishLearner(learner, hosts);
  const missing = hosts.find((host) => !byPeer.has(host.peerUrl));
  const surplus = members.filter((member) => !wanted.has(member.peerUrl));
  // a replacement: the old one, which may be dead, goes first where that leaves a majority of those that stay
  if (surplus[0] !== undefined && (missing === undefined || members.length >= hosts.length)) return { kind: 'remove', id: surplus[0].id, name: surplus[0].name, why: 'no machine has it' };
  return missing === undefined ? undefined : { kind: 'add', host: missing.name, peerUrl: missing.peerUrl };
}

function finishLearner(learner: EtcdMember, hosts: readonly EtcdHost[]): EtcdStep {
  const host = hosts.find((one) => one.peerUrl === learner.peerUrl);
  if (host === undefined) return { kind: 'remove', id: learner.id, name: learner.name, why: 'no machine has it' };
  return learner.name === '' ? { kind: 'join', host: host.name } : { kind: 'promote', id: learner.id, name: host.name };
}

/** Reads `etcdctl member list`: `ID, started, NAME, PEERS, CLIENTS, LEARNER`. Its JSON has numbers beyond what JSON's readers keep. */
export function parseMembers(output: string): readonly EtcdMember[] {
  return output.split('\n').filter((line) => line.includes(', ')).map((line) => {
    const [id = '', , name = '', peers = '', , learner] = line.split(', ');
    return { id, name, peerUrl: peers.split(',')[0] ?? '', isLearner: learner === 'true' };
  });
}

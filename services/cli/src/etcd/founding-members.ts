import { createHash } from 'node:crypto';

/** Who begins a cluster of etcd: what `--name`, `--initial-cluster` and `--initial-cluster-token` say. */
export interface Founding {
  members: readonly { name: string; peerUrls: readonly string[] }[];
  /** Another one makes other ids of the same members, so that those of an earlier cluster are strangers. */
  token: string;
}

export interface FoundingMember { id: bigint; name: string; peerUrls: readonly string[] }

/** What etcd makes of it. */
export interface FoundedCluster {
  id: bigint;
  /** In the order of their ids, in which the first entries of the log add them. */
  members: readonly FoundingMember[];
}

/** Ids as etcd computes them at its beginning: it knows itself by them when it starts on what was made for it. */
export function foundCluster({ members, token }: Founding): FoundedCluster {
  const founded = members.map(({ name, peerUrls }) => ({ id: firstBytes(Buffer.from([...peerUrls].sort().join('') + token)), name, peerUrls })).sort((a, b) => (a.id < b.id ? -1 : 1));
  const ids = Buffer.alloc(founded.length * 8);
  founded.forEach(({ id }, n) => ids.writeBigUInt64BE(id, n * 8));
  return { id: firstBytes(ids), members: founded };
}

/** A member as etcd writes it into its log and its database. Its id is beyond what JSON.stringify can say. */
export function memberJson({ id, name, peerUrls }: FoundingMember): string {
  return `{"id":${id},"peerURLs":${JSON.stringify(peerUrls)},"name":${JSON.stringify(name)}}`;
}

/** `m0=http://a:2380,m1=http://b:2380`, as the flag has it; a name may come several times. Undefined when it is not of that form. */
export function parseInitialCluster(text: string): Founding['members'] | undefined {
  const urls = new Map<string, string[]>();
  for (const part of text.split(',')) {
    const [, name, url] = /^([^=]+)=(https?:\/\/\S+)$/.exec(part.trim()) ?? [];
    if (name === undefined || url === undefined || !URL.canParse(url)) return undefined;
    urls.set(name, [...urls.get(name) ?? [], url]);
  }
  return [...urls].map(([name, peerUrls]) => ({ name, peerUrls }));
}

function firstBytes(of: Buffer): bigint { return createHash('sha1').update(of).digest().readBigUInt64BE(); }

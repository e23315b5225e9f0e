import { existsSync } from 'node:fs';
import { optionTable, UserError, type OptionSpec } from '@kubernode/component-base';
import { createEtcdAdmin, createEtcdClient, type EtcdAdmin, type EtcdClient, type EtcdTlsFiles } from '@kubernode/rpc';
import { dirOption } from '../cmd/cluster-options.ts';
import { loadClusterConfig, type ClusterConfig } from '../cluster/cluster-config.ts';
import { layoutOf, type Layout } from '../cluster/layout.ts';
import { etcdEndpoints } from '../cluster/process-plan.ts';
import { findDeployedMember, type LocalMember } from './deployed-member.ts';
import { memberFolders, memberName } from './member-folders.ts';

interface TargetTable { readonly dir: typeof dirOption.dir; readonly 'etcd-servers': OptionSpec<'list'> & { kind: 'list' }; readonly 'etcd-cafile': FileFlag; readonly 'etcd-certfile': FileFlag; readonly 'etcd-keyfile': FileFlag }
type FileFlag = OptionSpec<'string'> & { kind: 'string' };

/** How every command that cares for etcd finds it: a cluster or a deployed member of this host, or any etcd by its endpoints. */
export const etcdTargetOptions: TargetTable = optionTable({
  ...dirOption,
  'etcd-servers': { kind: 'list', help: "an etcd by its clients' endpoints, instead of that of the cluster in --dir", placeholder: 'URL,…' },
  'etcd-cafile': { kind: 'string', help: 'what vouches for the members', placeholder: 'FILE' },
  'etcd-certfile': { kind: 'string', help: 'certificate to show them', placeholder: 'FILE' },
  'etcd-keyfile': { kind: 'string', help: 'its key', placeholder: 'FILE' },
});

export interface GivenTarget { readonly dir: string; readonly 'etcd-servers': readonly string[] | undefined; readonly 'etcd-cafile': string | undefined; readonly 'etcd-certfile': string | undefined; readonly 'etcd-keyfile': string | undefined }

/** An etcd, and the cluster of this host that it belongs to, if any. */
export interface EtcdTarget {
  endpoints: readonly string[];
  tls: EtcdTlsFiles;
  cluster: { config: ClusterConfig; layout: Layout } | undefined;
  /** Its members whose data are on this host, as far as that is known. */
  local: readonly LocalMember[];
}

/** UserError when there is neither a cluster nor a deployed member nor an endpoint. */
export function findEtcd(given: GivenTarget): EtcdTarget {
  const layout = layoutOf(given.dir);
  const config = loadClusterConfig(layout.configFile);
  const cluster = config === undefined ? undefined : { config, layout };
  const files = { caFile: given['etcd-cafile'], certFile: given['etcd-certfile'], keyFile: given['etcd-keyfile'] };
  for (const file of Object.values(files)) if (file !== undefined && !existsSync(file)) throw new UserError(`there is no file ${file}`);
  const deployed = cluster === undefined ? findDeployedMember(given.dir) : undefined;
  const local = cluster !== undefined ? membersHere(cluster) : deployed === undefined ? [] : [deployed];
  if (given['etcd-servers'] !== undefined && given['etcd-servers'].length > 0) return { endpoints: given['etcd-servers'], tls: files, cluster, local };
  if (deployed !== undefined) return { endpoints: [deployed.endpoint], tls: deployed.tls, cluster, local };
  if (cluster === undefined) throw new UserError(`there is no cluster in ${given.dir} and no deployed member of etcd; name its folder with --dir, or an etcd with --etcd-servers`);
  const own = cluster.config.etcdMembers > 0 ? { caFile: layout.pki('etcd-ca.crt'), certFile: layout.pki('apiserver-etcd-client.crt'), keyFile: layout.pki('apiserver-etcd-client.key') } : files;
  return { endpoints: etcdEndpoints(cluster.config), tls: own, cluster, local };
}

/** None where etcd is not kubernode's. */
function membersHere({ config, layout }: NonNullable<EtcdTarget['cluster']>): LocalMember[] {
  return config.etcdMembers === 0 ? [] : memberFolders(layout).map((n) => ({ member: memberName(n), folder: layout.etcdData(n) }));
}

/** Clients of it, until disposed of. */
export function openEtcd({ endpoints, tls }: Pick<EtcdTarget, 'endpoints' | 'tls'>): { client: EtcdClient; admin: EtcdAdmin } & Disposable {
  const [client, admin] = [createEtcdClient({ endpoints, tls }), createEtcdAdmin({ endpoints, tls })];
  return { client, admin, [Symbol.dispose]: () => { client.close(); admin.close(); } };
}

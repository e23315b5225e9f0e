import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { errorMessage } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import type { EtcdTlsFiles } from '@kubernode/rpc';
import { hostManifestFile, parseHostManifest } from '../deploy/host-manifest.ts';

/** A member whose data are on this host. */
export interface LocalMember { member: string; folder: string }

/** The member of etcd that `kubernode deploy` has put on this host, and how it is reached from here. */
export interface DeployedMember extends LocalMember { endpoint: string; tls: EtcdTlsFiles }

const ARGS_FILE = 'etcd.env';

/** Looks into a host's own manifest, and there for the flags that etcd was deployed with; undefined where it has none. */
export function findDeployedMember(stateDir: string): DeployedMember | undefined {
  const file = path.join(stateDir, path.basename(hostManifestFile));
  if (!existsSync(file)) return undefined;
  let args: string | undefined;
  try {
    args = Object.keys(parseHostManifest(readFileSync(file, 'utf8'))?.files ?? {}).find((one) => path.basename(one) === ARGS_FILE);
  } catch (error) { throw new UserError(`${file} is broken (${errorMessage(error)}); restore it from a backup, or name an etcd with --etcd-servers`); }
  return args === undefined || !existsSync(args) ? undefined : memberOf(readFileSync(args, 'utf8'), args);
}

/** From `ETCD_ARGS="--name=… …"`. */
function memberOf(text: string, file: string): DeployedMember {
  const flag = (name: string): string => {
    const value = new RegExp(`--${name}=([^\\s"]+)`).exec(text)?.[1];
    if (value === undefined) throw new UserError(`${file} does not say --${name} of etcd; deploy again, or name an etcd with --etcd-servers`);
    return value;
  };
  return { member: flag('name'), folder: flag('data-dir'), endpoint: flag('advertise-client-urls'), tls: { caFile: flag('trusted-ca-file'), certFile: flag('cert-file'), keyFile: flag('key-file') } };
}

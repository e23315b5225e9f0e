import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type IssueOptions, UserError } from '@kubernode/component-base';
import { planCertificates, type HostRole, type PlannedCertificate } from '../certificates/certificate-plan.ts';
import { ensureAuthorities, issueCertificates, LEAF_LIFETIME_MS } from '../certificates/issue-certificates.ts';
import { machinesOf, type Inventory, type MachineRole } from './inventory.ts';

const ROLES: Readonly<Partial<Record<MachineRole, HostRole>>> = { etcd: 'etcd', controlPlane: 'control-plane', node: 'node' };

/** Every leaf of the cluster; keys that stand for a machine are that machine's alone. */
export function planDeployCertificates(inventory: Inventory): readonly PlannedCertificate[] {
  const { endpoint, networks, machines } = inventory;
  const isAddress = /^[\d.]+$/.test(endpoint);
  const balancers = machinesOf(inventory, 'loadBalancer').map((one) => one.address);
  return planCertificates(
    { clusterDomain: networks.domain, serviceCidr: networks.services, leafLifetimeMs: LEAF_LIFETIME_MS, front: { addresses: [...new Set([...balancers, ...(isAddress ? [endpoint] : [])])], dnsNames: isAddress ? [] : [endpoint] } },
    machines.map(({ name, address, roles }) => ({ name, addresses: [address], roles: roles.flatMap((role) => ROLES[role] ?? []) })),
  );
}

/** The folder of the authorities: as secret as the cluster. */
export const pkiDir = (inventory: Inventory): string => path.join(inventory.stateDir, 'pki');
const hostDir = (inventory: Inventory, host: string): string => path.join(pkiDir(inventory), 'hosts', host);

/** Makes in the state folder what is missing or near its end. Returns the names of what was made. */
export async function ensureDeployCertificates(inventory: Inventory, options: IssueOptions): Promise<readonly string[]> {
  const made = await ensureAuthorities(pkiDir(inventory), options);
  const issued = await issueCertificates({ plan: planDeployCertificates(inventory), authoritiesDir: pkiDir(inventory), dirOf: (host) => hostDir(inventory, host), options });
  return [...made, ...issued.map(({ planned }) => `${planned.name} of ${planned.host}`)];
}

/** Reads what the chart names by `fromPki`: the host's own, else what all hosts share. */
export function pkiReader(inventory: Inventory, host: string): (name: string) => string {
  return (name) => {
    const file = [path.join(hostDir(inventory, host), name), path.join(pkiDir(inventory), name)].find((one) => existsSync(one));
    if (file === undefined) throw new UserError(`the chart wants the certificate ${name} on ${host}, which nobody made`);
    return readFileSync(file, 'utf8');
  };
}

import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { coordinationV1 } from '@kubernode/api';
import { formatMicroTime, isAlreadyExists, isNotFound, newUid, type KubeObject } from '@kubernode/apimachinery';
import { errorMessage, isAbortError, type Clock, type Rng } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { ObjectWriter } from '../endpoints/endpoint.ts';

type Lease = coordinationV1.Lease & KubeObject;

export interface IdentityLeaseParts {
  writer: ObjectWriter;
  /** Of this machine. */
  hostname: string;
  /** Where other replicas reach this one. */
  address: string;
  /** Tells replicas of one machine apart. */
  port: number;
  clock: Clock;
  rng: Rng;
  logger: Logger;
}

const LEASES = { group: 'coordination.k8s.io', resource: 'leases' };
const NAMESPACE = 'kube-system';
const IDENTITY_LABEL = 'apiserver.kubernetes.io/identity';
const IDENTITY = 'kube-apiserver';
const PEER_ADDRESS = 'kubernetes.io/peer-advertise-address';
const LEASE_SECONDS = 3_600;
const RENEW_INTERVAL_MS = 10_000;
/** Leases of servers that are gone are looked for this often. */
const COLLECT_INTERVAL_MS = 3_600_000;
const DEFAULT_PORT = 6443;
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const HASH_BYTES = 16;

/** Shows in kube-system that this replica lives, and removes what shows replicas that are long gone. Leaves nothing behind when it ends. */
export async function runIdentityLease(parts: IdentityLeaseParts, signal: AbortSignal): Promise<void> {
  const { clock, logger, rng, writer } = parts;
  const name = identityOf(parts);
  const holder = `${name}_${newUid(rng)}`;
  let collectAtMs = clock.monotonicNow();
  await removeLease(writer, name).catch((error: unknown) => { if (!signal.aborted) logger.debug('no older lease of this server could be removed', { error: errorMessage(error) }); });
  while (!signal.aborted) {
    try {
      await renew(parts, name, holder);
      if (clock.monotonicNow() >= collectAtMs) {
        await collectExpired(parts);
        collectAtMs = clock.monotonicNow() + COLLECT_INTERVAL_MS;
      }
    } catch (error) {
      if (signal.aborted && isAbortError(error)) break;
      logger.warn("this server's lease could not be renewed", { lease: name, error: errorMessage(error) });
    }
    await clock.sleep(RENEW_INTERVAL_MS, { signal }).catch(() => undefined); // the loop's condition sees the abort
  }
  await removeLease(writer, name).catch((error: unknown) => { logger.warn("this server's lease could not be removed; it expires by itself", { lease: name, error: errorMessage(error) }); });
}

/** Kubernetes' own name of a server on this machine; replicas on other ports than the usual one have names of their own. */
export function identityOf({ hostname, port }: { hostname: string; port: number }): string {
  const parts = [hostname, IDENTITY, ...port === DEFAULT_PORT ? [] : [String(port)]];
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = Buffer.from(part);
    hash.update(Buffer.from([bytes.length >> 8, bytes.length & 0xff])).update(bytes);
  }
  return `apiserver-${base32(hash.digest().subarray(0, HASH_BYTES))}`;
}

function base32(bytes: Uint8Array): string {
  let text = '';
  let pending = 0;
  let bits = 0;
  for (const byte of bytes) {
    pending = ((pending << 8) | byte) & 0xfff; // at most 4 bits are left over
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(pending >> (bits - 5)) & 31] ?? '';
  }
  return bits === 0 ? text : text + (BASE32[(pending << (5 - bits)) & 31] ?? '');
}

/** Servers without the times that they write are no servers. Pure. */
export function isExpired({ spec: { renewTime, leaseDurationSeconds } = {} }: Readonly<coordinationV1.Lease>, now: number): boolean {
  return renewTime === undefined || leaseDurationSeconds === undefined || Date.parse(renewTime) + leaseDurationSeconds * 1000 < now;
}

async function renew({ writer, hostname, address, port, clock }: IdentityLeaseParts, name: string, holder: string): Promise<void> {
  const annotations = { [PEER_ADDRESS]: `${isIPv6(address) ? `[${address}]` : address}:${port}` };
  const labels = { [IDENTITY_LABEL]: IDENTITY, 'kubernetes.io/hostname': hostname };
  const times = { leaseDurationSeconds: LEASE_SECONDS, renewTime: formatMicroTime(clock.now()) };
  try {
    await writer.update<Lease>(LEASES, { namespace: NAMESPACE, name }, (lease) => ({ ...lease, metadata: { ...lease.metadata, labels: { ...lease.metadata.labels, ...labels }, annotations: { ...lease.metadata.annotations, ...annotations } }, spec: { ...lease.spec, ...times } }));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const lease: Lease = { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', metadata: { name, namespace: NAMESPACE, labels, annotations }, spec: { holderIdentity: holder, ...times } };
    await writer.create(LEASES, lease).catch((failure: unknown) => { if (!isAlreadyExists(failure)) throw failure; });
  }
}

async function collectExpired({ writer, clock, logger }: IdentityLeaseParts): Promise<void> {
  for (const lease of await writer.list<Lease>(LEASES, NAMESPACE)) {
    if (lease.metadata.labels?.[IDENTITY_LABEL] !== IDENTITY || !isExpired(lease, clock.now())) continue;
    logger.info('removing the lease of a server that is gone', { lease: lease.metadata.name });
    await removeLease(writer, lease.metadata.name);
  }
}

async function removeLease(writer: ObjectWriter, name: string): Promise<void> {
  try {
    await writer.remove(LEASES, NAMESPACE, name);
  } catch (error) {
    if (!isNotFound(error)) throw error; // nobody's, or another replica was faster
  }
}

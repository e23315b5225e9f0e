import type { resourceV1 } from '@kubernode/api';
import { forbiddenField, formatIp, invalidValue, notSupported, parseIp, required, tooLong, tooMany, type FieldError } from '@kubernode/apimachinery';
import { conditionListFaults } from '../shared/condition-rules.ts';
import { internalJson } from '../shared/go-text/internal-json.ts';
import { nodeSelectorFaults } from '../shared/pod-spec/affinity.ts';
import { labelNameFaults } from '../shared/port-rules.ts';
import { jsonEquals } from '../write/json-equals.ts';
import { bindingConditionFaults } from './binding-conditions.ts';
import { listFaults, setFaults } from './bounded-list-rules.ts';
import { CONFIGURATIONS_MAX, REQUESTS_MAX, requestReferenceFault, requestReferenceFaults, type RequestNames } from './device-claim-rules.ts';
import { configurationFaults, rawObjectFaults } from './device-configuration.ts';
import { driverNameFaults, poolNameFaults, shareIdFaults } from './device-names.ts';

const CONSUMERS_MAX = 256;
const CONDITIONS_MAX = 8;
const ADDRESSES_MAX = 16;
const INTERFACE_BYTES_MAX = 256;
const HARDWARE_ADDRESS_BYTES_MAX = 128;
const SOURCES = ['FromClaim', 'FromClass'];

type Status = Readonly<resourceV1.ResourceClaimStatus>;
type Consumer = Readonly<resourceV1.ResourceClaimConsumerReference>;

interface Change { status: Status; old: Status; isDeleted: boolean; names: RequestNames }

/** What schedulers, drivers and controllers write of a claim. An allocation never changes: it is made, and taken back. */
export function claimStatusFaults({ status, old, isDeleted, names }: Change): FieldError[] {
  const { allocation, reservedFor = [], devices } = status;
  const allocated = new Set((allocation?.devices?.results ?? []).map(sharedDeviceId));
  return [
    ...setFaults(reservedFor, 'status.reservedFor', { max: CONSUMERS_MAX, key: ({ uid }) => uid, faults: consumerFaults }),
    ...setFaults(devices, 'status.devices', { key: sharedDeviceId, show: identityShown, faults: (device, path) => deviceStatusFaults(device, path, allocated) }),
    ...reservationFaults({ reservedFor, allocation, before: old.reservedFor ?? [], isDeleted }),
    ...allocationFaults(allocation, old.allocation, names),
  ];
}

/** Statuses of devices that were given back go with them: those who write may not know that there are any. */
export function withoutDeallocated(devices: readonly resourceV1.AllocatedDeviceStatus[] | undefined, now: Status, old: Status): resourceV1.AllocatedDeviceStatus[] {
  const kept = new Set((now.allocation?.devices?.results ?? []).map(sharedDeviceId));
  const freed = new Set((old.allocation?.devices?.results ?? []).map(sharedDeviceId).filter((id) => !kept.has(id)));
  return (devices ?? []).filter((device) => !freed.has(sharedDeviceId(device)));
}

type SharedDevice = Readonly<{ driver: string; pool: string; device: string; shareID?: string }>;

function sharedDeviceId(device: SharedDevice): string {
  return JSON.stringify(identityShown(device)); // pools have slashes
}

function identityShown({ driver, pool, device, shareID }: SharedDevice): Record<string, string> {
  return { Driver: driver, Pool: pool, Device: device, ShareID: shareID ?? '' };
}

function consumerFaults({ resource, name, uid }: Consumer, path: string): FieldError[] {
  return Object.entries({ resource, name, uid }).flatMap(([field, value]) => (value === '' ? [required(`${path}.${field}`)] : []));
}

function reservationFaults({ reservedFor, allocation, before, isDeleted }: { reservedFor: readonly Consumer[]; allocation: Status['allocation']; before: readonly Consumer[]; isDeleted: boolean }): FieldError[] {
  if (reservedFor.length === 0) return [];
  if (allocation === undefined) return [forbiddenField('status.reservedFor', 'may not be specified when `allocated` is not set')];
  const isNew = reservedFor.some((consumer) => !before.some((one) => jsonEquals(one, consumer)));
  return isDeleted && isNew ? [forbiddenField('status.reservedFor', 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set')] : [];
}

function allocationFaults(allocation: Status['allocation'], old: Status['allocation'], names: RequestNames): FieldError[] {
  if (allocation === undefined) return [];
  if (old !== undefined) return jsonEquals(allocation, old) ? [] : [invalidValue('status.allocation', internalJson('AllocationResult', allocation), 'field is immutable')];
  const { results, config } = allocation.devices ?? {};
  const path = 'status.allocation.devices';
  return [
    ...listFaults(results, `${path}.results`, { max: REQUESTS_MAX, faults: (result, at) => resultFaults(result, at, names) }),
    ...listFaults(config, `${path}.config`, {
      max: 2 * CONFIGURATIONS_MAX, // of the class and of the claim
      faults: ({ source, requests, opaque }, at) => [
        ...(source === '' ? [required(`${at}.source`)] : SOURCES.includes(source) ? [] : [notSupported(`${at}.source`, source, SOURCES)]),
        ...requestReferenceFaults(requests, `${at}.requests`, names), ...configurationFaults(opaque, at, { isStored: false }),
      ],
    }),
    ...(allocation.nodeSelector === undefined ? [] : nodeSelectorFaults(allocation.nodeSelector, 'status.allocation.nodeSelector')),
  ];
}

function resultFaults(result: Readonly<resourceV1.DeviceRequestAllocationResult>, path: string, names: RequestNames): FieldError[] {
  return [
    ...requestReferenceFault(result.request, `${path}.request`, names), ...identityFaults(result, path),
    ...bindingConditionFaults(result, path), ...shareIdFaults(result.shareID, `${path}.shareID`),
  ];
}

function identityFaults({ driver, pool, device }: Readonly<{ driver: string; pool: string; device: string }>, path: string): FieldError[] {
  return [...driverNameFaults(driver, `${path}.driver`), ...poolNameFaults(pool, `${path}.pool`), ...labelNameFaults(device, `${path}.device`)];
}

function deviceStatusFaults(device: Readonly<resourceV1.AllocatedDeviceStatus>, path: string, allocated: ReadonlySet<string>): FieldError[] {
  const { data, networkData } = device;
  const conditions = device.conditions ?? [];
  return [
    ...identityFaults(device, path), ...shareIdFaults(device.shareID, `${path}.shareID`),
    ...(allocated.has(sharedDeviceId(device)) ? [] : [invalidValue(path, identityShown(device), 'must be an allocated device in the claim')]),
    ...(conditions.length > CONDITIONS_MAX ? [tooMany(`${path}.conditions`, conditions.length, CONDITIONS_MAX)] : []),
    ...conditionListFaults(conditions, `${path}.conditions`),
    ...((data ?? undefined) === undefined ? [] : rawObjectFaults(data, `${path}.data`, { isStored: false })),
    ...(networkData === undefined ? [] : networkFaults(networkData, `${path}.networkData`)),
  ];
}

function networkFaults({ interfaceName = '', hardwareAddress = '', ips }: Readonly<resourceV1.NetworkDeviceData>, path: string): FieldError[] {
  return [
    ...(Buffer.byteLength(interfaceName) > INTERFACE_BYTES_MAX ? [tooLong(`${path}.interfaceName`, INTERFACE_BYTES_MAX)] : []),
    ...(Buffer.byteLength(hardwareAddress) > HARDWARE_ADDRESS_BYTES_MAX ? [tooLong(`${path}.hardwareAddress`, HARDWARE_ADDRESS_BYTES_MAX)] : []),
    ...setFaults(ips, `${path}.ips`, { max: ADDRESSES_MAX, key: (ip) => ip, faults: interfaceAddressFaults }),
  ];
}

const MAPPED_PREFIX_BITS = 96;

/** An address with the length of its network's prefix, in canonical form. */
function interfaceAddressFaults(text: string, path: string): FieldError[] {
  const [address = '', length = '', ...rest] = text.split('/');
  const ip = parseIp(address);
  const isWritten6 = address.includes(':');
  const bits = Number(length);
  if (ip === undefined || rest.length > 0 || !/^\d{1,3}$/.test(length) || bits > (isWritten6 ? 128 : 32)) return [invalidValue(path, text, 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)')];
  const canonical = `${formatIp(ip)}/${ip.bits === 32 && bits > 32 ? bits - MAPPED_PREFIX_BITS : bits}`;
  return canonical === text ? [] : [invalidValue(path, text, `must be in canonical form (${JSON.stringify(canonical)})`)];
}

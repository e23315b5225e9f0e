import { cIdentifierFaults, invalidValue, required, subdomainFaults, tooLong, type FieldError } from '@kubernode/apimachinery';
import { csiDriverNameFaults } from '../shared/csi-driver-name.ts';
import { ruleFaults } from '../shared/value-rules.ts';

const IDENTIFIER_BYTES_MAX = 32;
const DOMAIN_BYTES_MAX = 63;
const POOL_BYTES_MAX = 253;

/** Longer keys of attributes and capacities are shown shortened. */
export const QUALIFIED_NAME_BYTES_MAX: number = DOMAIN_BYTES_MAX + 1 + IDENTIFIER_BYTES_MAX;

/** Drivers are named like those of volumes. */
export const driverNameFaults: typeof csiDriverNameFaults = csiDriverNameFaults;

/** DNS subdomains between slashes. */
export function poolNameFaults(name: string, path: string): FieldError[] {
  if (name === '') return [required(path)];
  return [...(Buffer.byteLength(name) > POOL_BYTES_MAX ? [tooLong(path, POOL_BYTES_MAX)] : []), ...name.split('/').flatMap((part) => ruleFaults(part, path, subdomainFaults))];
}

/** An identifier, behind the domain of whoever defines it where that is not the driver. As in Kubernetes, more than one slash goes unseen. */
export function qualifiedNameFaults(name: string, path: string): FieldError[] {
  const [head = '', identifier, ...rest] = name.split('/');
  if (identifier === undefined) return identifierFaults(head, path);
  if (rest.length > 0) return [];
  return [
    ...(head === '' ? [invalidValue(path, '', 'the domain must not be empty')] : driverNameFaults(head, path)),
    ...(identifier === '' ? [invalidValue(path, '', 'the name must not be empty')] : identifierFaults(identifier, path)),
  ];
}

export function fullyQualifiedNameFaults(name: string, path: string): FieldError[] {
  return [...qualifiedNameFaults(name, path), ...(name.includes('/') ? [] : [invalidValue(path, name, 'a fully qualified name must be a domain and a name separated by a slash')])];
}

function identifierFaults(identifier: string, path: string): FieldError[] {
  return [...(Buffer.byteLength(identifier) > IDENTIFIER_BYTES_MAX ? [tooLong(path, IDENTIFIER_BYTES_MAX)] : []), ...ruleFaults(identifier, path, cIdentifierFaults)];
}

const PLAIN_UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NORMAL_FORM = 'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters';

/** One of several shares of a device: a UUID in its plain form. */
export function shareIdFaults(id: string | null | undefined, path: string): FieldError[] {
  if (id === undefined || id === null || PLAIN_UUID.test(id)) return [];
  const fault = uuidFault(id);
  return [invalidValue(path, id, fault === undefined ? NORMAL_FORM : `error validating uid: ${fault}`)];
}

const URN = 'urn:uuid:';

/** Why a text is no UUID in any of its forms, in the words of the library that Kubernetes reads them with. */
function uuidFault(id: string): string | undefined {
  let plain = id;
  if (id.length === 36 + URN.length) {
    if (id.slice(0, URN.length).toLowerCase() !== URN) return `invalid urn prefix: ${JSON.stringify(id.slice(0, URN.length))}`;
    plain = id.slice(URN.length);
  } else if (id.length === 38) {
    if (!id.startsWith('{') || !id.endsWith('}')) return 'invalid bracketed UUID format';
    plain = id.slice(1, -1);
  } else if (id.length === 32) return /^[0-9a-f]+$/i.test(id) ? undefined : 'invalid UUID format';
  if (plain.length !== 36) return `invalid UUID length: ${Buffer.byteLength(id)}`;
  return PLAIN_UUID.test(plain.toLowerCase()) ? undefined : 'invalid UUID format';
}

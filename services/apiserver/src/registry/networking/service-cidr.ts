import type { networkingV1 } from '@kubernode/api';
import { invalidValue, required, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { canonicalCidrFaults, parseCidr } from '../shared/ip-rules.ts';
import type { Strategy } from '../strategy.ts';

type ServiceCidr = networkingV1.ServiceCIDR & KubeObject;

export const serviceCidrStrategy: Strategy<ServiceCidr> = {
  prepareForCreate: (object) => { object.status = {}; },
  validate: ({ spec }) => cidrListFaults(spec?.cidrs ?? []),
  validateUpdate: (object, old, { subresource }) => (subresource === 'status' ? [] : changeFaults(object.spec?.cidrs ?? [], old.spec?.cidrs ?? [])),
};

function cidrListFaults(cidrs: readonly string[]): FieldError[] {
  if (cidrs.length === 0) return [required('spec.cidrs', 'at least one CIDR required')];
  if (cidrs.length > 2) return [invalidValue('spec.cidrs', cidrs, ONE_EACH)];
  const faults = cidrs.flatMap((cidr, index) => canonicalCidrFaults(cidr, `spec.cidrs[${index}]`));
  const [first, second] = cidrs.map((cidr) => parseCidr(cidr)?.family);
  return second !== undefined && first === second ? [...faults, invalidValue('spec.cidrs', cidrs, ONE_EACH)] : faults;
}

const ONE_EACH = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';

/** The second family may be added later; nothing else changes. */
function changeFaults(cidrs: readonly string[], old: readonly string[]): FieldError[] {
  if (cidrs.length < old.length) return [invalidValue('spec.cidrs', cidrs, 'field is immutable')];
  const changed = old.flatMap((before, index) => (cidrs[index] === before ? [] : [invalidValue(`spec.cidrs[${index}]`, cidrs[index], 'field is immutable')]));
  return changed.length > 0 || cidrs.length === old.length ? changed : cidrListFaults(cidrs);
}

import { overlapsCidr, parseIp } from '@kubernode/apimachinery';
import { networkingV1Resources, type networkingV1 } from '@kubernode/api';
import { controller, watch, type Controller, type Listers } from '@kubernode/controller';
import { CONTROLLER, rangesOf, reconcileServiceCidr, serves, type ServiceCidrSnapshot } from './reconcile-service-cidr.ts';

type IpAddressObject = Readonly<networkingV1.IPAddress>;

const MANAGED_BY = 'ipaddress.kubernetes.io/managed-by';
const ALLOCATOR = 'ipallocator.k8s.io';

const { servicecidrs, ipaddresses } = networkingV1Resources;

/** Protects ranges of Services' addresses while they are in use, and says whether they are. */
export const serviceCidrController: Controller = controller<ServiceCidrSnapshot>({
  name: 'ipaddresses',
  component: CONTROLLER,
  watches: [
    watch({
      resource: servicecidrs,
      keys: ({ key, object, previous }, listers) => (object !== undefined && previous === undefined ? [...new Set([key, ...overlapping(object, listers)])] : [key]),
    }),
    watch({ resource: ipaddresses, keys: ({ object, previous }, listers) => (object !== undefined && previous !== undefined ? [] : containing(object ?? previous, listers)) }),
  ],
  read(key, listers) {
    const serviceCidr = listers.of(servicecidrs).get(key);
    if (serviceCidr === undefined) return undefined;
    const isDeleted = serviceCidr.metadata.deletionTimestamp !== undefined; // addresses matter only then
    return { serviceCidr, all: listers.of(servicecidrs).list(), addresses: isDeleted ? listers.of(ipaddresses).list().filter(isService).map(({ metadata }) => metadata.name) : [] };
  },
  reconcile: reconcileServiceCidr,
});

function isService({ metadata }: IpAddressObject): boolean { return metadata.labels?.[MANAGED_BY] === ALLOCATOR; }

/** A new range may let an old one go. */
function overlapping(added: Readonly<networkingV1.ServiceCIDR>, listers: Listers): string[] {
  const ranges = rangesOf(added);
  return listers.of(servicecidrs).list().filter((one) => rangesOf(one).some((range) => ranges.some((other) => overlapsCidr(range, other)))).map(({ metadata }) => metadata.name);
}

function containing(address: IpAddressObject | undefined, listers: Listers): string[] {
  const ip = address !== undefined && isService(address) ? parseIp(address.metadata.name) : undefined;
  if (ip === undefined) return [];
  return listers.of(servicecidrs).list().filter((one) => rangesOf(one).some((range) => serves(range, ip))).map(({ metadata }) => metadata.name);
}

import type { networkingV1 } from '@kubernode/api';
import { formatTime, type KubeObject } from '@kubernode/apimachinery';
import type { Clock } from '@kubernode/base';
import type { ObjectWriter } from '../endpoints/endpoint.ts';
import { createMissing } from './create-missing.ts';

type ServiceCidr = networkingV1.ServiceCIDR & KubeObject;

const CIDRS = { group: 'networking.k8s.io', resource: 'servicecidrs' };
const OWN = { namespace: '', name: 'kubernetes' };
/** As Kubernetes calls the part that says it. */
const MANAGER = 'kubernetes-service-cidr-controller';

/** The range of cluster IPs that the flags give, as an object, and that it is in force. */
export async function ensureServiceCidr(writer: ObjectWriter, cidrs: readonly string[], clock: Clock): Promise<void> {
  const wanted: KubeObject = { kind: 'ServiceCIDR', apiVersion: 'networking.k8s.io/v1', metadata: { name: OWN.name }, spec: { cidrs } };
  await createMissing(writer, CIDRS, [wanted]);
  const current = await writer.get<ServiceCidr>(CIDRS, OWN.namespace, OWN.name);
  if (current === undefined || !isUnsaid(current, cidrs)) return;
  const ready = { type: 'Ready', status: 'True', message: 'Kubernetes default Service CIDR is ready', lastTransitionTime: formatTime(clock.now()) };
  await writer.apply(CIDRS, OWN, { status: { conditions: [ready] } }, { manager: MANAGER, subresource: 'status' });
}

/** Whether these are the object's ranges, and nobody has said anything about them yet. */
export function isUnsaid({ metadata, spec, status }: Readonly<ServiceCidr>, cidrs: readonly string[]): boolean {
  const said = status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown';
  return metadata.deletionTimestamp === undefined && said === 'Unknown' && JSON.stringify(spec?.cidrs) === JSON.stringify(cidrs);
}

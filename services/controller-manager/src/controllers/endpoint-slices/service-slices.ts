import { type IpFamily, ipFamilyOf, parseIp, sameJson } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { controllerReference } from '@kubernode/controller';
import { isReadyPod } from '../pods.ts';
import { addressesOf, hostnameFor, labelsFor, podReference } from '../endpoints/service-pods.ts';
import { generateNameFor, MANAGED_BY, SERVICE_NAME, type Draft, type Endpoint, type Slice, type SlicePort } from './slice-drafts.ts';

type Pod = Readonly<coreV1.Pod>;
type Service = Readonly<coreV1.Service>;

export const MANAGER = 'endpointslice-controller.k8s.io';
const HEADLESS = 'service.kubernetes.io/headless';
const OWN_LABELS: ReadonlySet<string> = new Set([SERVICE_NAME, MANAGED_BY, HEADLESS]);

/** A slice without endpoints of a Service. */
export function sliceOf(service: Service, addressType: IpFamily, ports: readonly SlicePort[]): Draft {
  const { name, namespace } = service.metadata;
  return {
    metadata: { generateName: generateNameFor(name), ...(namespace !== undefined && { namespace }), labels: sliceLabels(service), ownerReferences: [controllerReference(service, coreV1Resources.services)] },
    addressType, endpoints: [], ports,
  };
}

/** A Service's labels go to its slices; those that slices need for themselves cannot be set through it. */
export function sliceLabels(service: Service): Record<string, string> {
  return labelsFor(service, { [SERVICE_NAME]: service.metadata.name, [MANAGED_BY]: MANAGER });
}

/** The labels a slice lacks; undefined where it has the Service's own. */
export function newLabels(service: Service): (slice: Slice) => Record<string, string> | undefined {
  const labels = sliceLabels(service);
  const wanted = withoutOwn(labels);
  return ({ metadata }) => (sameJson(withoutOwn(metadata.labels ?? {}), wanted) ? undefined : labels);
}

function withoutOwn(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !OWN_LABELS.has(key)));
}

/** A Service made anew under its old name does not own what the old one left. */
export function isOwnedBy({ metadata }: Slice, service: Service): boolean {
  return metadata.ownerReferences?.some(({ uid, kind, apiVersion }) => uid === service.metadata.uid && kind === 'Service' && apiVersion === 'v1') === true;
}

/** A Service of before families has its address's; a headless one both. */
export function familiesOf({ spec }: Service): IpFamily[] {
  const families = (spec?.ipFamilies ?? []).filter((one): one is IpFamily => one === 'IPv4' || one === 'IPv6');
  if (families.length > 0) return families;
  if (spec?.clusterIP === undefined || spec.clusterIP === '' || spec.clusterIP === 'None') return ['IPv4', 'IPv6'];
  const ip = parseIp(spec.clusterIP);
  return [ip === undefined ? 'IPv4' : ipFamilyOf(ip)];
}

/** A pod as endpoint. One that is being deleted serves as long as it is ready, so that proxies may drain to it. */
export function endpointOf(pod: Pod, { service, family, zone }: { service: Service; family: IpFamily; zone: string | undefined }): Endpoint {
  const serving = isReadyPod(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const nodeName = pod.spec?.nodeName ?? '';
  const hostname = hostnameFor(service, pod);
  return {
    addresses: addressesOf(pod, family),
    conditions: { ready: service.spec?.publishNotReadyAddresses === true || (serving && !terminating), serving, terminating },
    ...(hostname !== undefined && { hostname }), targetRef: podReference(pod), ...(nodeName !== '' && { nodeName }), ...(zone !== undefined && zone !== '' && { zone }),
  };
}

import { matchesLabels, selectorFromLabels } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { ownKey, watch, type Listers, type Watch } from '@kubernode/controller';
import { isFinished } from '../pods.ts';
import { sameJson } from '../same-json.ts';

type Pod = Readonly<coreV1.Pod>;
type Service = Readonly<coreV1.Service>;

/** A port as a Service offers it, resolved for one pod. */
export interface ResolvedPort { name: string; port: number; protocol: string; appProtocol?: string }

/** Services and pods, each as the key of the Services it concerns. */
export const serviceWatches: readonly Watch[] = [
  watch({ resource: coreV1Resources.services, keys: ownKey }),
  watch({
    resource: coreV1Resources.pods,
    keys: ({ object, previous }, listers) => (object !== undefined && previous !== undefined && !mattersToServices(previous, object) ? [] : [object, previous].flatMap((pod) => (pod === undefined ? [] : servicesOf(pod, listers)))),
  }),
];

/** Heartbeats and restarts of containers do not change endpoints. */
function mattersToServices(before: Pod, after: Pod): boolean {
  const seen = ({ metadata, spec, status }: Pod): unknown => [
    metadata.labels, metadata.deletionTimestamp, spec?.nodeName, spec?.hostname, status?.podIPs, status?.phase, status?.conditions?.find(({ type }) => type === 'Ready')?.status,
  ];
  return !sameJson(seen(before), seen(after));
}

function servicesOf(pod: Pod, listers: Listers): string[] {
  const namespace = pod.metadata.namespace ?? '';
  return listers.of(coreV1Resources.services).inNamespace(namespace).filter((service) => selects(service, pod)).map(({ metadata }) => `${namespace}/${metadata.name}`);
}

function selects({ spec }: Service, { metadata }: Pod): boolean {
  return spec?.selector !== undefined && Object.keys(spec.selector).length > 0 && matchesLabels(selectorFromLabels(spec.selector), metadata.labels);
}

/** The pods behind a Service that have an address and have not ended. */
export function podsOf(service: Service, listers: Listers): Pod[] {
  return listers.of(coreV1Resources.pods).inNamespace(service.metadata.namespace ?? '')
    .filter((pod) => selects(service, pod) && !isFinished(pod) && (pod.status?.podIP ?? '') !== '');
}

/** The Service's ports on this pod; a named port that the pod does not have is left out. */
export function portsOn(service: Service, pod: Pod): ResolvedPort[] {
  return (service.spec?.ports ?? []).flatMap(({ name = '', port, protocol = 'TCP', targetPort, appProtocol }) => {
    const found = typeof targetPort === 'string' && targetPort !== '' ? namedPort(pod, targetPort, protocol) : targetPort === 0 || targetPort === undefined || targetPort === '' ? port : Number(targetPort);
    return found === undefined ? [] : [{ name, port: found, protocol, ...(appProtocol !== undefined && { appProtocol }) }];
  });
}

function namedPort({ spec }: Pod, wanted: string, wantedProtocol: string): number | undefined {
  const sidecars = spec?.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always') ?? [];
  for (const { ports = [] } of [...spec?.containers ?? [], ...sidecars]) {
    for (const { name, protocol = 'TCP', containerPort } of ports) if (name === wanted && protocol === wantedProtocol) return containerPort;
  }
  return undefined;
}

export function isHeadless({ spec }: Service): boolean { return spec?.clusterIP === 'None'; }

/** The pod's name below the Service's, for headless Services. */
export function hostnameFor(service: Service, { spec }: Pod): string | undefined {
  return spec?.hostname !== undefined && spec.hostname !== '' && spec.subdomain === service.metadata.name ? spec.hostname : undefined;
}

export function podReference({ metadata }: Pod): coreV1.ObjectReference {
  return { kind: 'Pod', name: metadata.name, ...(metadata.namespace !== undefined && { namespace: metadata.namespace }), ...(metadata.uid !== undefined && { uid: metadata.uid }) };
}

const HEADLESS = 'service.kubernetes.io/headless';

/** The labels of what is made for a Service: its own, who manages it, and whether it is headless. */
export function labelsFor(service: Service, own: Readonly<Record<string, string>>): Record<string, string> {
  const { [HEADLESS]: _headless, ...labels } = service.metadata.labels ?? {};
  return { ...labels, ...own, ...(isHeadless(service) && { [HEADLESS]: '' }) };
}

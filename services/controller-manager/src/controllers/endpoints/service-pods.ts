import { type IpFamily, matchesLabels, readIp, selectorFromLabels, sameJson } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { ownKey, watch, type Listers, type Watch } from '@kubernode/controller';
import { isFinished, isReadyPod } from '../pods.ts';

type Pod = Readonly<coreV1.Pod>;
type Service = Readonly<coreV1.Service>;

/** A port as a Service offers it, resolved for one pod. */
export interface ResolvedPort { name: string; port: number; protocol: string; appProtocol?: string }

/** Services and pods, each as the key of the Services it concerns. Changes of pods wait `batchMs` for others. */
export function serviceWatches(batchMs: number): readonly Watch[] {
  return [
    watch({ resource: coreV1Resources.services, keys: ownKey }),
    watch({
      resource: coreV1Resources.pods, batchMs: () => batchMs,
      keys: ({ object, previous }, listers) => (object !== undefined && previous !== undefined && !mattersToServices(previous, object) ? [] : [object, previous].flatMap((pod) => (pod === undefined ? [] : servicesOf(pod, listers)))),
    }),
  ];
}

/** Heartbeats and restarts of containers do not change endpoints. */
function mattersToServices(before: Pod, after: Pod): boolean {
  const seen = (pod: Pod): unknown => [
    pod.metadata.labels, pod.metadata.deletionTimestamp, pod.spec?.nodeName, pod.spec?.hostname, pod.spec?.subdomain, pod.status?.podIPs, pod.status?.podIP, isFinished(pod), isReadyPod(pod),
  ];
  return !sameJson(seen(before), seen(after));
}

function servicesOf(pod: Pod, listers: Listers): string[] {
  const namespace = pod.metadata.namespace ?? '';
  return listers.of(coreV1Resources.services).inNamespace(namespace).filter((service) => selects(service, pod)).map(({ metadata }) => `${namespace}/${metadata.name}`);
}

function selects({ spec }: Service, { metadata }: Pod): boolean {
  return hasSelector(spec) && matchesLabels(selectorFromLabels(spec?.selector), metadata.labels);
}

/** Without a selector a Service's endpoints are somebody else's affair. An empty one is none, as in storage. */
export function hasSelector(spec: Service['spec']): boolean { return spec?.selector !== undefined && Object.keys(spec.selector).length > 0; }

/** Whether the endpoints of a Service are made from pods. */
export function isServed({ spec }: Service): boolean { return hasSelector(spec) && spec?.type !== 'ExternalName'; }

/** All pods that a Service selects. */
export function selectedPods(service: Service, listers: Listers): Pod[] {
  return listers.of(coreV1Resources.pods).inNamespace(service.metadata.namespace ?? '').filter((pod) => selects(service, pod));
}

/** A pod counts once it has an address, and until it has ended. */
export function isReachable(pod: Pod): boolean { return !isFinished(pod) && ((pod.status?.podIP ?? '') !== '' || (pod.status?.podIPs ?? []).length > 0); }

/** A pod's addresses of one family, in canonical form. */
export function addressesOf({ status }: Pod, family: IpFamily): string[] {
  return (status?.podIPs ?? [{ ip: status?.podIP ?? '' }]).flatMap(({ ip }) => {
    const read = readIp(ip);
    return read?.family === family ? [read.text] : [];
  });
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

/** The labels of what is made for a Service: its own, who manages it, and whether it has no address of its own. */
export function labelsFor(service: Service, own: Readonly<Record<string, string>>): Record<string, string> {
  const { [HEADLESS]: _headless, ...labels } = service.metadata.labels ?? {};
  return { ...labels, ...own, ...((service.spec?.clusterIP ?? '') === '' || isHeadless(service) ? { [HEADLESS]: '' } : {}) };
}

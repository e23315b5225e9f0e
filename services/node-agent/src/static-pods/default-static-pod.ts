import type { coreV1 } from '@kubernode/api';
import { defaultPullPolicy } from '../images/image-name.ts';

/** What the API server would have filled in: a static pod never comes by there before it runs. */
export function defaultStaticPod(spec: coreV1.PodSpec): coreV1.PodSpec {
  return {
    ...spec,
    restartPolicy: spec.restartPolicy || 'Always', dnsPolicy: spec.dnsPolicy || 'ClusterFirst', schedulerName: spec.schedulerName || 'default-scheduler',
    securityContext: spec.securityContext ?? {}, terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 30, enableServiceLinks: spec.enableServiceLinks ?? true,
    containers: spec.containers.map((one) => defaultContainer(one, spec)),
    ...(spec.initContainers && { initContainers: spec.initContainers.map((one) => defaultContainer(one, spec)) }),
    ...(spec.volumes && { volumes: spec.volumes.map(defaultVolume) }),
  };
}

function defaultContainer(container: coreV1.Container, spec: coreV1.PodSpec): coreV1.Container {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  return {
    ...container,
    imagePullPolicy: container.imagePullPolicy || defaultPullPolicy(container.image ?? ''),
    terminationMessagePath: container.terminationMessagePath || '/dev/termination-log', terminationMessagePolicy: container.terminationMessagePolicy || 'File',
    resources: defaultRequests(container.resources ?? {}),
    ...(container.ports && { ports: container.ports.map((port) => defaultPort(port, spec)) }),
    ...(container.env && { env: container.env.map(defaultVariable) }),
    ...(livenessProbe && { livenessProbe: defaultProbe(livenessProbe) }),
    ...(readinessProbe && { readinessProbe: defaultProbe(readinessProbe) }),
    ...(startupProbe && { startupProbe: defaultProbe(startupProbe) }),
    ...(lifecycle && { lifecycle: { ...lifecycle, ...(lifecycle.postStart && { postStart: defaultHttp(lifecycle.postStart) }), ...(lifecycle.preStop && { preStop: defaultHttp(lifecycle.preStop) }) } }),
  };
}

/** A limit alone is also what is asked for. */
function defaultRequests(resources: coreV1.ResourceRequirements): coreV1.ResourceRequirements {
  return resources.limits === undefined ? resources : { ...resources, requests: { ...resources.limits, ...resources.requests } };
}

function defaultPort(port: coreV1.ContainerPort, { hostNetwork }: coreV1.PodSpec): coreV1.ContainerPort {
  return { ...port, protocol: port.protocol || 'TCP', ...(hostNetwork === true && !port.hostPort && { hostPort: port.containerPort }) };
}

function defaultVariable(variable: coreV1.EnvVar): coreV1.EnvVar {
  const field = variable.valueFrom?.fieldRef;
  return field === undefined ? variable : { ...variable, valueFrom: { ...variable.valueFrom, fieldRef: { ...field, apiVersion: field.apiVersion || 'v1' } } };
}

function defaultProbe(probe: coreV1.Probe): coreV1.Probe {
  return {
    ...defaultHttp(probe), timeoutSeconds: probe.timeoutSeconds || 1, periodSeconds: probe.periodSeconds || 10, successThreshold: probe.successThreshold || 1, failureThreshold: probe.failureThreshold || 3,
    ...(probe.grpc && { grpc: { ...probe.grpc, service: probe.grpc.service ?? '' } }),
  };
}

function defaultHttp<T extends { httpGet?: coreV1.HTTPGetAction }>(handler: T): T {
  const { httpGet } = handler;
  return httpGet === undefined ? handler : { ...handler, httpGet: { ...httpGet, path: httpGet.path || '/', scheme: httpGet.scheme || 'HTTP' } };
}

const FILE_MODE = 0o644;

function defaultVolume(volume: coreV1.Volume): coreV1.Volume {
  const { hostPath, downwardAPI, projected } = volume;
  if (hostPath !== undefined) return { ...volume, hostPath: { ...hostPath, type: hostPath.type ?? '' } };
  if (downwardAPI !== undefined) return { ...volume, downwardAPI: { ...downwardAPI, defaultMode: downwardAPI.defaultMode ?? FILE_MODE } };
  if (projected !== undefined) return { ...volume, projected: { ...projected, defaultMode: projected.defaultMode ?? FILE_MODE } };
  return Object.keys(volume).length === 1 ? { ...volume, emptyDir: {} } : volume;
}

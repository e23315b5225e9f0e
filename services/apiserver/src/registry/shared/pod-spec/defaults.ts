import type { coreV1 } from '@kubernode/api';
import { containersOf, type AnyContainer } from './container-visitor.ts';
import { defaultPullPolicy } from './image-name.ts';
import { roundedQuantities } from './rounded-quantities.ts';
import { defaultVolume } from './volume-defaults.ts';

/** Defaults that the specs of pods and of templates share. What would change templates of old versions is a matter of pods alone. */
export function defaultPodSpec(spec: coreV1.PodSpec): void {
  spec.restartPolicy ||= 'Always';
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.schedulerName ||= 'default-scheduler';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  mirrorServiceAccount(spec);
  for (const [container] of containersOf(spec, '')) defaultContainer(container);
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  if (spec.overhead !== undefined) spec.overhead = roundedQuantities(spec.overhead);
  if (spec.resources !== undefined) roundResources(spec.resources);
}

/** The template of a workload. Its metadata is always written. */
export function defaultPodTemplate(template: coreV1.PodTemplateSpec | undefined): void {
  if (template === undefined) return;
  template.metadata ??= {} as coreV1.PodTemplateSpec['metadata'] & object; // templates have no name
  if (template.spec !== undefined) defaultPodSpec(template.spec);
  dropDeadAnnotations(template.metadata);
}

const DEAD_ANNOTATIONS = ['pod.beta.kubernetes.io/init-containers', 'pod.alpha.kubernetes.io/init-containers', 'pod.beta.kubernetes.io/init-container-statuses', 'pod.alpha.kubernetes.io/init-container-statuses'];

/** Init containers were annotations once; kubelets of that time would believe them more than the fields. */
export function dropDeadAnnotations(metadata: { annotations?: Record<string, string> }): void {
  for (const key of DEAD_ANNOTATIONS) if (metadata.annotations?.[key] !== undefined) delete metadata.annotations[key];
}

/** `serviceAccount` is the old name of the same field; both are written. */
function mirrorServiceAccount(spec: coreV1.PodSpec): void {
  const name = spec.serviceAccountName || spec.serviceAccount;
  if (!name) return;
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
}

function defaultContainer(container: AnyContainer): void {
  container.imagePullPolicy ||= defaultPullPolicy(container.image);
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  container.resources ??= {};
  roundResources(container.resources);
  for (const port of container.ports ?? []) port.protocol ||= 'TCP';
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef !== undefined) valueFrom.fieldRef.apiVersion ||= 'v1';
    if (valueFrom?.fileKeyRef !== undefined) valueFrom.fileKeyRef.optional ??= false;
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) if (probe !== undefined) defaultProbe(probe);
  for (const handler of [container.lifecycle?.postStart, container.lifecycle?.preStop]) defaultHttpGet(handler?.httpGet);
}

function roundResources(resources: coreV1.ResourceRequirements): void {
  if (resources.limits !== undefined) resources.limits = roundedQuantities(resources.limits);
  if (resources.requests !== undefined) resources.requests = roundedQuantities(resources.requests);
}

function defaultProbe(probe: coreV1.Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  defaultHttpGet(probe.httpGet);
  if (probe.grpc !== undefined) probe.grpc.service ??= '';
}

function defaultHttpGet(action: coreV1.HTTPGetAction | undefined): void {
  if (action === undefined) return;
  action.path ||= '/';
  action.scheme ||= 'HTTP';
}

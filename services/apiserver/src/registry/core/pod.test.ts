import { schemas, goFields, type coreV1 } from '@kubernode/api';
import { schemaSet, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import type { StrategyContext } from '../strategy.ts';
import { podStrategy } from './pod.ts';

type Pod = coreV1.Pod & KubeObject & { spec: coreV1.PodSpec };
const decode = schemaSet({ resolve: (name) => schemas[name], goFields: (name) => goFields[name] });
const context = (subresource = ''): StrategyContext => ({ user: { name: 'u', uid: '', groups: [], extra: {} }, subresource, now: 0 });
const texts = (errors: readonly FieldError[] | undefined): string[] => (errors ?? []).map(({ field, message }) => `${field}: ${message}`);

function podOf(spec: object = {}, metadata: object = {}, status: object = {}): Pod {
  const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default', ...metadata }, spec: { containers: [{ name: 'c', image: 'i:1' }], ...spec }, status };
  const pod = decode('io.k8s.api.core.v1.Pod')?.normalise(body).object as unknown as Pod; // decoded as one
  podStrategy.defaults?.(pod);
  return pod;
}

function created(spec: object = {}, metadata: object = {}): Pod {
  const pod = podOf(spec, metadata);
  podStrategy.prepareForCreate?.(pod, context());
  return pod;
}

function updateFaults(old: Pod, pod: Pod, subresource = ''): string[] {
  podStrategy.prepareForUpdate?.(pod, old, context(subresource));
  return texts(podStrategy.validateUpdate?.(pod, old, context(subresource)));
}

const changed = (pod: Pod, change: (copy: Pod) => void): Pod => { const copy = structuredClone(pod); change(copy); return copy; };

describe('new pods', () => {
  it('request what is limited, and listen at the host where they share its network', () => {
    const { spec } = podOf({ hostNetwork: true, containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }], resources: { limits: { cpu: '1' }, requests: { memory: '1Gi' } } }] });
    expect(spec.containers[0]).toMatchObject({ ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }], resources: { requests: { cpu: '1', memory: '1Gi' } } });
    expect([spec.enableServiceLinks, podOf({ terminationGracePeriodSeconds: -5 }).spec.terminationGracePeriodSeconds]).toEqual([true, 1]);
  });

  it('as a whole request what their containers do', () => {
    expect(podOf({ resources: { limits: { cpu: '4', memory: '1Gi' } }, containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '500m' } } }] }).spec.resources).toEqual({ limits: { cpu: '4', memory: '1Gi' }, requests: { cpu: '500m', memory: '1Gi' } });
  });

  it.each<[string, object, string]>([['nothing', {}, 'BestEffort'], ['a request', { requests: { cpu: '1' } }, 'Burstable'], ['equal limits', { limits: { cpu: '1', memory: '1' } }, 'Guaranteed']])('are pending and classed: %s', (_name, resources, qosClass) => {
    expect(created({ containers: [{ name: 'c', image: 'i', resources }] }).status).toEqual({ phase: 'Pending', qosClass });
  });

  it('with gates say so', () => {
    expect(created({ schedulingGates: [{ name: 'a' }] }).status?.conditions).toMatchObject([{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', lastTransitionTime: '1970-01-01T00:00:00Z' }]);
  });

  it('get the values of label keys into their selectors', () => {
    const { spec } = created({ topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'z', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {}, matchLabelKeys: ['a', 'b'] }] }, { labels: { a: '1' } });
    expect(spec.topologySpreadConstraints?.[0]?.labelSelector).toEqual({ matchExpressions: [{ key: 'a', operator: 'In', values: ['1'] }] });
  });

  it('take AppArmor profiles from annotations', () => {
    const pod = created({}, { annotations: { 'container.apparmor.security.beta.kubernetes.io/c': 'localhost/x' } });
    expect(pod.spec.containers[0]?.securityContext).toEqual({ appArmorProfile: { type: 'Localhost', localhostProfile: 'x' } });
    expect(podStrategy.warnings?.(pod, undefined, context())).toEqual(['metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: deprecated since v1.30; use the "appArmorProfile" field instead']);
  });

  it.each<[string, object, object, string[]]>([
    ['a node and gates', { nodeName: 'n', schedulingGates: [{ name: 'a' }] }, {}, ['spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared']],
    ['ephemeral containers', { ephemeralContainers: [{ name: 'e', image: 'i' }] }, {}, ['spec.ephemeralContainers: Forbidden: cannot be set on create']],
    ['a mirror without a node', {}, { annotations: { 'kubernetes.io/config.mirror': 'x' } }, ['metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "x": must set spec.nodeName if mirror pod annotation is set']],
    ['a token without an account', { volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] }, {}, ['spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set']],
    ['an image with spaces', { containers: [{ name: 'c', image: ' i' }] }, {}, ['spec.containers[0].image: Invalid value: " i": must not have leading or trailing whitespace']],
  ])('refuse %s', (_name, spec, metadata, expected) => expect(texts(podStrategy.validate?.(created(spec, metadata), context()))).toEqual(expected));
});

describe('changed pods', () => {
  const old = created({ activeDeadlineSeconds: 100, tolerations: [{ key: 'a', operator: 'Exists' }] });
  it.each<[string, (pod: Pod) => void]>([
    ['another image', ({ spec }) => { if (spec.containers[0]) spec.containers[0].image = 'j'; }],
    ['a shorter deadline', ({ spec }) => { spec.activeDeadlineSeconds = 50; }],
    ['one more toleration', ({ spec }) => { spec.tolerations?.push({ key: 'b', operator: 'Exists' }); }],
    ['labels', ({ metadata }) => { metadata.labels = { a: 'b' }; }],
  ])('may have %s', (_name, change) => expect(updateFaults(old, changed(old, change))).toEqual([]));

  it.each<[string, (pod: Pod) => void, string]>([
    ['a longer deadline', ({ spec }) => { spec.activeDeadlineSeconds = 200; }, 'spec.activeDeadlineSeconds: Invalid value: 200: must be less than or equal to previous value'],
    ['no deadline', ({ spec }) => { delete spec.activeDeadlineSeconds; }, 'spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value'],
    ['fewer tolerations', ({ spec }) => { spec.tolerations = []; }, 'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds'],
    ['more containers', ({ spec }) => { spec.containers.push({ name: 'd', image: 'i', imagePullPolicy: 'Always', terminationMessagePolicy: 'File' }); }, 'spec.containers: Forbidden: pod updates may not add or remove containers'],
    ['a gate', ({ spec }) => { spec.schedulingGates = [{ name: 'x' }]; }, "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'x'"],
    ['a mirror', ({ metadata, spec }) => { metadata.annotations = { 'kubernetes.io/config.mirror': 'x' }; spec.nodeName = ''; }, 'metadata.annotations[kubernetes.io/config.mirror]: Forbidden: may not add mirror pod annotation'],
  ])('may not have %s', (_name, change, expected) => expect(updateFaults(old, changed(old, change))).toContain(expected));

  it('show what else has changed', () => {
    const [text = ''] = updateFaults(old, changed(old, ({ spec }) => { spec.nodeName = 'n'; }));
    expect(text).toMatch(/^spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`,/);
    expect(text.slice(text.lastIndexOf('@@\n') + 3)).toBe('  "NodeSelector": null,\n  "ServiceAccountName": "",\n  "AutomountServiceAccountToken": null,\n- "NodeName": "",\n+ "NodeName": "n",\n  "SecurityContext": {\n   "HostNetwork": false,\n   "HostPID": false,\n');
  });

  it('that are gated may narrow where they run', () => {
    const gated = created({ schedulingGates: [{ name: 'a' }], nodeSelector: { zone: 'a' } });
    expect(updateFaults(gated, changed(gated, ({ spec }) => { spec.nodeSelector = { zone: 'a', disk: 'b' }; spec.affinity = { nodeAffinity: {} }; }))).toEqual([]);
    expect(updateFaults(gated, changed(gated, ({ spec }) => { spec.nodeSelector = { zone: 'b' }; }))).toEqual(['spec.nodeSelector: Invalid value: {"zone":"b"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)']);
  });
});

describe('SELinux labels', () => {
  it('are changed by mounting only where that was asked for before', () => {
    const [recursive, mounting] = ['Recursive', 'MountOption'].map((seLinuxChangePolicy) => podOf({ securityContext: { seLinuxChangePolicy } })) as [Pod, Pod]; // two of two
    const refused = ['spec.securityContext.seLinuxChangePolicy: Unsupported value: "MountOption": supported values: "Recursive"'];
    expect([recursive, mounting].map((pod) => texts(podStrategy.validate?.(pod, context())))).toEqual([[], refused]);
    expect(updateFaults(mounting, changed(mounting, ({ metadata }) => { metadata.labels = { a: 'b' }; }))).toEqual([]);
  });
});

describe('statuses', () => {
  it('keep owners, class and generations', () => {
    const old = changed(created({}, { ownerReferences: [{ apiVersion: 'v1', kind: 'A', name: 'a', uid: 'u' }] }), (pod) => { pod.status = { qosClass: 'BestEffort', observedGeneration: 2, conditions: [{ type: 'Ready', status: 'True', observedGeneration: 2 }] }; });
    const pod = changed(old, (copy) => { delete copy.metadata.ownerReferences; copy.status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] }; });
    expect(updateFaults(old, pod, 'status')).toEqual([]);
    expect([pod.metadata.ownerReferences?.length, pod.status]).toEqual([1, { phase: 'Running', qosClass: 'BestEffort', observedGeneration: 2, conditions: [{ type: 'Ready', status: 'False', observedGeneration: 2 }] }]);
  });

  it.each<[string, object, object, object, string[]]>([
    ['another class', {}, {}, { qosClass: 'Guaranteed' }, ['status.qosClass: Invalid value: "Guaranteed": field is immutable']],
    ['two addresses of a family', {}, {}, { podIPs: [{ ip: '1.2.3.4' }, { ip: '1.2.3.5' }] }, ['status.podIPs: Invalid value: [{"IP":"1.2.3.4"},{"IP":"1.2.3.5"}]: may specify no more than one IP for each IP family']],
    ['a nomination of a bound pod', { nodeName: 'n' }, {}, { nominatedNodeName: 'm' }, ['status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node']],
    ['a claim that the pod does not have', {}, {}, { resourceClaimStatuses: [{ name: 'x', resourceClaimName: 'A' }, { name: 'x' }] }, expect.arrayContaining(['status.resourceClaimStatuses[0].name: Invalid value: "x": must match the name of an entry in `spec.resourceClaims`', 'status.resourceClaimStatuses[1].name: Duplicate value: "x"'])],
    ['a claim of its own for nothing', {}, {}, { extendedResourceClaimStatus: {} }, ['status.extendedResourceClaimStatus.requestMappings: Required value: at least one request mapping is required', 'status.extendedResourceClaimStatus.resourceClaimName: Required value']],
    ['a mapping of an unknown container', {}, {}, { extendedResourceClaimStatus: { resourceClaimName: 'r', requestMappings: [{ containerName: 'x', resourceName: 'a/b', requestName: 'q' }, { containerName: 'c', resourceName: 'a/b', requestName: 'q' }] } }, [
      'status.extendedResourceClaimStatus.requestMappings[0].containerName: Invalid value: "x": must match the name of an entry in spec.initContainers.name or spec.containers.name',
      'status.extendedResourceClaimStatus.requestMappings[1].resourceName: Invalid value: "a/b": must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests',
    ]],
    ['users, devices and images that cannot be', {}, {}, { containerStatuses: [{ name: 'c', user: { linux: { uid: -1, gid: 0 } }, allocatedResourcesStatus: [{ name: 'a/b', resources: [{ resourceID: 'i', health: 'x', message: '' }] }], volumeMounts: [{ name: 'v', mountPath: '/', volumeStatus: { image: { imageRef: '' } } }] }] }, [
      'status.containerStatuses[0].user.linux.uid: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      'status.containerStatuses[0].allocatedResourcesStatus[0].name: Invalid value: "a/b": must match one of the container\'s resource requests',
      'status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].health: Unsupported value: "x": supported values: "Healthy", "Unhealthy", "Unknown"',
      'status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].message: Required value: must be non-empty if specified',
      'status.containerStatuses[0].volumeMounts[0].volumeStatus.imageVolumeStatus.imageRef: Required value: imageRef must not be empty',
    ]],
    ['devices of an unknown container', {}, {}, { containerStatuses: [{ name: 'late', allocatedResourcesStatus: [{ name: 'a/b' }] }] }, []],
    ['devices of a debugging container', {}, {}, { ephemeralContainerStatuses: [{ name: 'd', allocatedResourcesStatus: [{ name: 'a/b' }] }] }, ['status.ephemeralContainerStatuses[0].allocatedResourcesStatus: Forbidden: must not be specified in container status']],
    ['a resurrection', { restartPolicy: 'Never' }, { containerStatuses: [{ name: 'c', state: { terminated: { exitCode: 1 } } }] }, { containerStatuses: [{ name: 'c', state: { running: {} } }] }, ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state']],
    ['a restart', { restartPolicy: 'OnFailure' }, { containerStatuses: [{ name: 'c', state: { terminated: { exitCode: 1 } } }] }, { containerStatuses: [{ name: 'c', state: { running: {} } }] }, []],
  ])('%s', (_name, spec, before, after, expected) => {
    const withStatus = (status: object): Pod => changed(created(spec), (pod) => { pod.status = { qosClass: 'BestEffort', ...status } as coreV1.PodStatus; }); // as a kubelet sends it
    expect(updateFaults(withStatus(before), withStatus(after), 'status')).toEqual(expected);
  });
});

describe('subresources', () => {
  const old = created({ containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '1' }, limits: { cpu: '2', 'a.b/c': '1' } } }] });
  const resize = (resources: coreV1.ResourceRequirements): string[] => updateFaults(old, changed(old, (pod) => { pod.metadata.labels = { dropped: 'x' }; if (pod.spec.containers[0]) pod.spec.containers[0].resources = resources; }), 'resize');

  it.each<[string, coreV1.ResourceRequirements, string[]]>([
    ['more CPU', { requests: { cpu: '2', 'a.b/c': '1' }, limits: { cpu: '3', 'a.b/c': '1' } }, []],
    ['no limit', { requests: { cpu: '1', 'a.b/c': '1' }, limits: { 'a.b/c': '1' } }, ['spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed']],
    ['other devices', { requests: { cpu: '1', 'a.b/c': '2' }, limits: { cpu: '2', 'a.b/c': '2' } }, ['spec: Forbidden: only cpu and memory resources are mutable']],
    ['another class', { requests: { cpu: '2', memory: '1', 'a.b/c': '1' }, limits: { cpu: '2', memory: '1', 'a.b/c': '1' } }, ['spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing']],
  ])('resize: %s', (_name, resources, expected) => expect(resize(resources)).toEqual(expected));

  it('write their part alone', () => {
    const pod = changed(old, ({ metadata, spec }) => { metadata.labels = { a: 'b' }; spec.nodeName = 'n'; spec.ephemeralContainers = [{ name: 'e', image: 'i' }]; });
    podStrategy.defaults?.(pod);
    expect(updateFaults(old, pod, 'ephemeralcontainers')).toEqual([]);
    expect([pod.metadata.labels, pod.spec.nodeName, pod.spec.ephemeralContainers?.length]).toEqual([undefined, undefined, 1]);
    expect(updateFaults(pod, structuredClone(old), 'ephemeralcontainers')).toEqual(['spec.ephemeralContainers: Forbidden: existing ephemeral containers "e" may not be removed\n']);
  });
});

describe('deletion', () => {
  it.each<[string, object, object, number | undefined, number]>([
    ['nowhere yet', {}, {}, 10, 0], ['by its own time', { nodeName: 'n' }, {}, undefined, 30], ['by the client', { nodeName: 'n' }, {}, 5, 5], ['when it has ended', { nodeName: 'n' }, { phase: 'Failed' }, 5, 0], ['at once', { nodeName: 'n' }, {}, 0, 0],
  ])('%s', (_name, spec, status, requested, grace) => expect(podStrategy.gracePeriodSeconds?.(podOf(spec, {}, status), requested)).toBe(grace));
});

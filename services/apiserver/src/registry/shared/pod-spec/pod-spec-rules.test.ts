import { podSpecFaults } from './pod-spec-rules.ts';
import { containerSpec, specOf, texts } from './pod-spec.fixture.ts';

const faults = (spec: object, isPod = true): string[] => texts(podSpecFaults(specOf(spec), 'spec', { isPod }));
const containerFaults = (container: object, more: object = {}): string[] => texts(podSpecFaults(containerSpec(container, more), 'spec', { isPod: true })).map((text) => text.replace('spec.containers[0].', ''));

describe('specs', () => {
  it.each<[string, object, string[]]>([
    ['minimal', {}, []],
    ['no containers', { containers: [] }, ['spec.containers: Required value']],
    ['policies', { restartPolicy: 'Sometimes', dnsPolicy: 'Mine' }, ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"', 'spec.dnsPolicy: Unsupported value: "Mine": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"']],
    ['deadline', { activeDeadlineSeconds: 0 }, ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive']],
    ['no resolver', { dnsPolicy: 'None' }, ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None']],
    ['own users in the network of the host', { hostUsers: false, hostNetwork: true }, ['spec.hostNetwork: Forbidden: when `hostUsers` is false']],
    ['gates twice', { schedulingGates: [{ name: 'a/b' }, { name: 'a/b' }] }, ['spec.schedulingGates[1]: Duplicate value: "a/b"']],
    ['a toleration of everything, for a time', { tolerations: [{ tolerationSeconds: 5, effect: 'NoSchedule' }] }, [
      'spec.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"', "spec.tolerations[0].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set",
    ]],
    ['spread twice', { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'z', whenUnsatisfiable: 'DoNotSchedule' }, { maxSkew: 0, topologyKey: 'z', whenUnsatisfiable: 'DoNotSchedule' }] }, [
      'spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{z, DoNotSchedule}"', 'spec.topologySpreadConstraints[1].maxSkew: Invalid value: 0: must be greater than zero',
    ]],
    ['an operating system without Linux', { os: { name: 'windows' }, hostPID: true, securityContext: { runAsUser: 0 } }, ['spec.hostPID: Forbidden: cannot be set for a windows pod', 'spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod']],
    ['claims of devices', { resourceClaims: [{ name: 'a' }] }, ['spec.resourceClaims[0]: Invalid value: {"Name":"a","ResourceClaimName":null,"ResourceClaimTemplateName":null}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`']],
  ])('%s', (_name, spec, expected) => expect(faults(spec)).toEqual(expected));

  it('of templates may leave ports to their pods', () => {
    const spec = { hostNetwork: true, containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }] }] };
    expect([faults(spec), faults(spec, false)]).toEqual([['spec.containers[0].ports[0].hostPort: Invalid value: 0: must match `containerPort` when `hostNetwork` is true'], []]);
  });
});

describe('affinity', () => {
  const required = (term: object): object => ({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } } });
  const at = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  it.each<[string, object, string[]]>([
    ['a term', required({ matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] }), []],
    ['no terms', { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} } } }, [`${at}: Required value: must have at least one node selector term`]],
    ['no values', required({ matchExpressions: [{ key: 'a', operator: 'In' }] }), [`${at}[0].matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`]],
    ['another field', required({ matchFields: [{ key: 'spec.x', operator: 'In', values: ['a'] }] }), [`${at}[0].matchFields[0].key: Invalid value: "spec.x": not a valid field selector key`]],
    ['weight', { affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 0, podAffinityTerm: { topologyKey: 'a' } }] } } }, ['spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100']],
    ['keys without a selector', { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'a', matchLabelKeys: ['b'] }] } } }, ['spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set']],
  ])('%s', (_name, spec, expected) => expect(faults(spec)).toEqual(expected));
});

describe('volumes', () => {
  it.each<[string, object[], string[]]>([
    ['two sources', [{ name: 'v', emptyDir: {}, nfs: { server: 's', path: '/p' } }], ['spec.volumes[0].nfs: Forbidden: may not specify more than 1 volume type']],
    ['a name twice', [{ name: 'v' }, { name: 'v' }], ['spec.volumes[1].name: Duplicate value: "v"']],
    ['a step upwards', [{ name: 'v', hostPath: { path: '/a/../b' } }], ["spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'"]],
    ['type and mode', [{ name: 'v', hostPath: { path: '/a', type: 'Pipe' } }, { name: 'w', secret: { secretName: 's', defaultMode: 512 } }], [
      'spec.volumes[0].hostPath.type: Unsupported value: "Pipe": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
      'spec.volumes[1].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
    ]],
    ['files of one path', [{ name: 'v', projected: { sources: [{ secret: { name: 's', items: [{ key: 'a', path: 'p' }] } }, { configMap: { name: 'm', items: [{ key: 'a', path: 'p' }] } }] } }], ['spec.volumes[0].projected: Invalid value: "m": conflicting duplicate paths']],
    ['a short token', [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 60 } }] } }], ['spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes']],
    ['a field that files cannot have', [{ name: 'v', downwardAPI: { items: [{ path: 'p', fieldRef: { fieldPath: 'spec.nodeName' } }] } }], ['spec.volumes[0].downwardAPI.fieldRef.fieldPath: Unsupported value: "spec.nodeName": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"']],
    ['a claim template', [{ name: 'v', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['Any'], resources: { requests: { storage: '0' } } } } } }], [
      'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.accessModes: Unsupported value: "Any": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources[storage]: Invalid value: "0": must be greater than zero',
    ]],
    ['remote ones', [{ name: 'a', iscsi: { targetPortal: 't', iqn: 'x', lun: 256 } }, { name: 'b', gcePersistentDisk: { pdName: '' } }], [
      'spec.volumes[0].iscsi.iqn: Invalid value: "x": must be valid format starting with iqn, eui, or naa', 'spec.volumes[0].iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive', 'spec.volumes[1].persistentDisk.pdName: Required value',
    ]],
  ])('%s', (_name, volumes, expected) => expect(faults({ volumes })).toEqual(expected));
});

describe('containers', () => {
  it.each<[string, object, string[]]>([
    ['names', { name: 'A', image: '' }, ['name: Invalid value: "A": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or \'-\', and must start and end with an alphanumeric character (e.g. \'my-name\',  or \'123-abc\', regex used for validation is \'[a-z0-9]([-a-z0-9]*[a-z0-9])?\')', 'image: Required value']],
    ['ports', { ports: [{ containerPort: 0 }, { containerPort: 80, hostPort: 80, name: 'p' }, { containerPort: 81, hostPort: 80, name: 'p' }] }, ['ports[0].containerPort: Required value', 'ports[2].name: Duplicate value: "p"', 'ports[2].hostPort: Duplicate value: "TCP//80"']],
    ['a variable from nowhere', { env: [{ name: 'A', valueFrom: {} }] }, ['env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`']],
    ['a variable from two', { env: [{ name: 'A', value: 'b', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] }, ['env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty']],
    ['a label of the pod', { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: "metadata.labels['a']" } } }] }, []],
    ['an unknown field', { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.x' } } }] }, ['env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.x": error converting fieldPath: field label not supported: spec.x']],
    ['a divisor', { env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '2' } } }] }, ['env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor\'s values 1m and 1 are supported with the cpu resource']],
    ['envFrom of nothing', { envFrom: [{}] }, ['envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`']],
    ['a mount of no volume', { volumeMounts: [{ name: 'v', mountPath: '/a' }] }, ['volumeMounts[0].name: Not found: "v"']],
    ['probes', { livenessProbe: { successThreshold: 2, exec: { command: ['a'] }, tcpSocket: { port: 1 } }, readinessProbe: {} }, ['livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type', 'livenessProbe.successThreshold: Invalid value: 2: must be 1', 'readinessProbe: Required value: must specify a handler type']],
    ['hooks', { lifecycle: { preStop: { sleep: { seconds: 31 } } } }, ['lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)']],
    ['a request above the limit', { resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }, ['resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1']],
    ['devices without a limit', { resources: { requests: { 'a.b/c': '1' } } }, ['resources.limits: Required value: Limit must be set for non overcommitable resources']],
    ['half a page', { resources: { limits: { cpu: '1', 'hugepages-2Mi': '1Mi' } } }, ['resources.limits[hugepages-2Mi]: Invalid value: "1Mi": 1Mi is not positive integer multiple of hugepages-2Mi']],
    ['claims', { resources: { claims: [{ name: 'x' }] } }, ['resources.claims[0]: Not found: "x": must be one of the names in pod.spec.resourceClaims which is empty']],
    ['restart rules', { restartPolicyRules: [{ action: 'Restart' }] }, ['restartPolicy: Required value: must specify restartPolicy when restart rules are used', 'restartPolicyRules[0].exitCodes: Required value: must be specified']],
    ['escalation', { securityContext: { allowPrivilegeEscalation: false, capabilities: { add: ['CAP_SYS_ADMIN'] } } }, [
      'securityContext: Invalid value: {"Capabilities":{"Add":["CAP_SYS_ADMIN"],"Drop":null},"Privileged":null,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}: cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
    ]],
  ])('%s', (_name, container, expected) => expect(containerFaults(container)).toEqual(expected));

  it('mount each volume once, in the pod they are in', () => {
    const mounts = { volumeMounts: [{ name: 'v', mountPath: '/a', subPath: '../x' }, { name: 'v', mountPath: '/a', mountPropagation: 'Bidirectional' }], volumeDevices: [{ name: 'v', devicePath: '/dev/x' }] };
    expect(containerFaults(mounts, { volumes: [{ name: 'v' }] })).toEqual([
      'volumeMounts[0].name: Invalid value: "v": must not already exist in volumeDevices', "volumeMounts.subPath: Invalid value: \"../x\": must not contain '..'",
      'volumeMounts[1].mountPath: Invalid value: "/a": must be unique', 'volumeMounts[1].name: Invalid value: "v": must not already exist in volumeDevices',
      'volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers',
      'volumeDevices[0].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode', 'volumeDevices[0].name: Invalid value: "v": must not already exist in volumeMounts',
    ]);
  });

  it('that initialise have no probes unless they stay', () => {
    const init = (more: object): string[] => faults({ initContainers: [{ name: 'i', image: 'i', livenessProbe: { exec: { command: ['a'] } }, ...more }] });
    expect([init({}), init({ restartPolicy: 'Always' })]).toEqual([['spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always'], []]);
  });

  it('of debuggers have few fields', () => {
    expect(faults({ ephemeralContainers: [{ name: 'c', image: 'i', ports: [{ containerPort: 1 }], targetContainerName: 'x' }] })).toEqual([
      'spec.ephemeralContainers[0].name: Duplicate value: "c"', 'spec.ephemeralContainers[0].targetContainerName: Not found: "x"', 'spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container',
    ]);
  });
});

describe('resources of the whole pod', () => {
  const container = { name: 'c', image: 'i', resources: { requests: { cpu: '2' } } };
  it.each<[string, object, string[]]>([
    ['enough', { requests: { cpu: '3' } }, []],
    ['too little', { requests: { cpu: '1' } }, ['spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 2']],
    ['of another kind', { requests: { storage: '1' } }, ['spec.resources.requests[storage]: Unsupported value: "storage": supported values: "cpu", "hugepages-", "memory"']],
  ])('%s', (_name, resources, expected) => expect(faults({ containers: [container], resources })).toEqual(expected));
});

describe('security contexts of pods', () => {
  it.each<[string, object, string[]]>([
    ['ids', { runAsUser: -1 }, ['spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive']],
    ['sysctls', { sysctls: [{ name: 'net.x', value: '1' }, { name: 'net.x', value: '1' }] }, ['spec.securityContext.sysctls[1].name: Duplicate value: "net.x"']],
    ['profiles', { seccompProfile: { type: 'Localhost' }, appArmorProfile: { type: 'RuntimeDefault', localhostProfile: 'x' } }, [
      'spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost', 'spec.securityContext.appArmorProfile.localhostProfile: Invalid value: "x": can only be set when AppArmor type is Localhost',
    ]],
    ['Windows users', { windowsOptions: { runAsUserName: 'a\\b\\c' } }, ['spec.securityContext.windowsOptions.runAsUserName: Invalid value: "a\\\\b\\\\c": runAsUserName cannot contain more than one backslash']],
  ])('%s', (_name, securityContext, expected) => expect(faults({ securityContext })).toEqual(expected));

  it('keep the kernel settings of a shared network', () => {
    expect(faults({ hostNetwork: true, securityContext: { sysctls: [{ name: 'net/ipv4/x', value: '1' }] } })).toEqual(["spec.securityContext.sysctls[0].name: Invalid value: \"net/ipv4/x\": may not be specified when 'hostNetwork' is true"]);
  });
});

test('claims of devices are taken once, whole or by request', () => {
  const claims = [{ name: 'x', request: 'a' }, { name: 'x', request: 'b' }, { name: 'x', request: 'a' }, { name: 'x' }];
  expect(containerFaults({ resources: { claims } }, { resourceClaims: [{ name: 'x', resourceClaimName: 'y' }] })).toEqual([
    'resources.claims[2]: Duplicate value: "x/a"', 'resources.claims[3]: Duplicate value: "x"', 'resources.claims[3]: Duplicate value: "x"',
  ]);
});

test('huge lists are judged in linear time', () => {
  const many = <T>(make: (index: number) => T): T[] => Array.from({ length: 20_000 }, (_, index) => make(index));
  const spec = containerSpec({ ports: many((index) => ({ containerPort: index % 65_535 + 1 })), volumeMounts: many((index) => ({ name: 'v', mountPath: `/${index}` })) }, { volumes: [{ name: 'v' }], tolerations: many((index) => ({ key: `k${index}`, operator: 'Exists' })) });
  expect(podSpecFaults(spec, 'spec', { isPod: true })).toEqual([]);
});

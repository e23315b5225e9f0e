type Fields = Readonly<Record<string, unknown>>;

const labels = { app: 'a' };
const container = { name: 'c', image: 'i' };
const template = { metadata: { labels }, spec: { containers: [container] } };
const jobTemplate = { spec: { containers: [container], restartPolicy: 'Never' } };
const workload = { selector: { matchLabels: labels }, template };
const policyMatch = { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }] };
const webhook = { name: 'a.example.com', clientConfig: { url: 'https://example.com/x' }, sideEffects: 'None', admissionReviewVersions: ['v1'] };
const scaled = { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' }, maxReplicas: 2 };
const involved = { kind: 'Pod', namespace: 'default', name: 'p', apiVersion: 'v1' };
const subject = { kind: 'User', name: 'u', apiGroup: 'rbac.authorization.k8s.io' };
const rule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };

/** The least that each kind has to say to be accepted, metadata left out, by `group/version/resource`. */
export const minimalObjects: Readonly<Record<string, Fields>> = {
  '/v1/configmaps': {},
  '/v1/endpoints': {},
  '/v1/events': { involvedObject: involved, source: { component: 'x' } },
  '/v1/limitranges': { spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] } },
  '/v1/namespaces': {},
  '/v1/nodes': {},
  '/v1/persistentvolumeclaims': { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
  '/v1/persistentvolumes': { spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } } },
  '/v1/pods': { spec: { containers: [container] } },
  '/v1/podtemplates': { template },
  '/v1/replicationcontrollers': { spec: { selector: labels, template } },
  '/v1/resourcequotas': { spec: { hard: { pods: '1' } } },
  '/v1/secrets': {},
  '/v1/serviceaccounts': {},
  '/v1/services': { spec: { clusterIP: 'None', clusterIPs: ['None'], ports: [{ port: 80 }] } },
  'admissionregistration.k8s.io/v1/mutatingadmissionpolicies': { spec: { reinvocationPolicy: 'Never', matchConstraints: policyMatch, mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: "test", path: "/x", value: 1}]' } }] } },
  'admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings': { spec: { policyName: 'p' } },
  'admissionregistration.k8s.io/v1/mutatingwebhookconfigurations': { webhooks: [webhook] },
  'admissionregistration.k8s.io/v1/validatingadmissionpolicies': { spec: { matchConstraints: policyMatch, validations: [{ expression: 'true' }] } },
  'admissionregistration.k8s.io/v1/validatingadmissionpolicybindings': { spec: { policyName: 'p', validationActions: ['Deny'] } },
  'admissionregistration.k8s.io/v1/validatingwebhookconfigurations': { webhooks: [webhook] },
  'apps/v1/controllerrevisions': { revision: 1, data: { a: 'b' } },
  'apps/v1/daemonsets': { spec: workload },
  'apps/v1/deployments': { spec: workload },
  'apps/v1/replicasets': { spec: workload },
  'apps/v1/statefulsets': { spec: { ...workload, serviceName: 's' } },
  'autoscaling/v1/horizontalpodautoscalers': { spec: scaled },
  'autoscaling/v2/horizontalpodautoscalers': { spec: scaled },
  'batch/v1/cronjobs': { spec: { schedule: '* * * * *', jobTemplate: { spec: { template: jobTemplate } } } },
  'batch/v1/jobs': { spec: { template: jobTemplate } },
  'coordination.k8s.io/v1/leases': {},
  'discovery.k8s.io/v1/endpointslices': { addressType: 'IPv4', endpoints: [{ addresses: ['10.1.2.3'] }] },
  'events.k8s.io/v1/events': { regarding: involved, eventTime: '2024-01-01T00:00:00.000000Z', reportingController: 'example.com/x', reportingInstance: 'i', action: 'a', reason: 'r', type: 'Normal' },
  'flowcontrol.apiserver.k8s.io/v1/flowschemas': { spec: { priorityLevelConfiguration: { name: 'global-default' }, matchingPrecedence: 1000 } },
  'flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations': { spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } } },
  'networking.k8s.io/v1/ingressclasses': { spec: { controller: 'example.com/c' } },
  'networking.k8s.io/v1/ingresses': { spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } } },
  'networking.k8s.io/v1/networkpolicies': { spec: { podSelector: {} } },
  'networking.k8s.io/v1/servicecidrs': { spec: { cidrs: ['10.7.0.0/24'] } },
  'node.k8s.io/v1/runtimeclasses': { handler: 'h' },
  'policy/v1/poddisruptionbudgets': { spec: { minAvailable: 1 } },
  'rbac.authorization.k8s.io/v1/clusterrolebindings': { subjects: [subject], roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'r' } },
  'rbac.authorization.k8s.io/v1/clusterroles': { rules: [rule] },
  'rbac.authorization.k8s.io/v1/rolebindings': { subjects: [subject], roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' } },
  'rbac.authorization.k8s.io/v1/roles': { rules: [rule] },
  'resource.k8s.io/v1/deviceclasses': { spec: {} },
  'resource.k8s.io/v1/resourceclaims': { spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'c' } }] } } },
  'resource.k8s.io/v1/resourceclaimtemplates': { spec: { spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'c' } }] } } } },
  'resource.k8s.io/v1/resourceslices': { spec: { driver: 'd.example.com', pool: { name: 'p', resourceSliceCount: 1 }, nodeName: 'n', devices: [{ name: 'd' }] } },
  'scheduling.k8s.io/v1/priorityclasses': { value: 5 },
  'storage.k8s.io/v1/csidrivers': { spec: {} },
  'storage.k8s.io/v1/csinodes': { spec: { drivers: [] } },
  'storage.k8s.io/v1/csistoragecapacities': { storageClassName: 's' },
  'storage.k8s.io/v1/storageclasses': { provisioner: 'example.com/p' },
  'storage.k8s.io/v1/volumeattachments': { spec: { attacher: 'a', nodeName: 'n', source: { persistentVolumeName: 'v' } } },
  'storage.k8s.io/v1/volumeattributesclasses': { driverName: 'd.example.com', parameters: { a: 'b' } },
};

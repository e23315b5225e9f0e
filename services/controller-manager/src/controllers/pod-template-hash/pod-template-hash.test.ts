import type { coreV1 } from '@kubernode/api';
import hashed from './pod-template-hashes.fixture.json' with { type: 'json' };
import { podTemplateHash } from './pod-template-hash.ts';

const container = { name: 'main', image: 'app:1', imagePullPolicy: 'IfNotPresent', resources: {}, terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' };
const pod = { dnsPolicy: 'ClusterFirst', restartPolicy: 'Always', schedulerName: 'default-scheduler', securityContext: {}, terminationGracePeriodSeconds: 1 };
const labels = { app: 'web' };

/** All kinds of Go types: pointers, lists, maps, quantities, durations, int-or-strings, embedded structs. */
const rich = {
  metadata: {labels: {b: '2', a: '1'}, annotations: {'x/y': 'multi\nline'}, creationTimestamp: null},
  spec: {
    volumes: [{name: 'v', emptyDir: {sizeLimit: '1Gi', medium: 'Memory'}}, {name: 'c', configMap: {name: 'cm', defaultMode: 420, items: [{key: 'a', path: 'b'}]}}, {name: 'p', projected: {sources: [{serviceAccountToken: {path: 't', expirationSeconds: 3600}}], defaultMode: 420}}, {name: 'h', hostPath: {path: '/x', type: ''}}],
    initContainers: [{name: 'i', image: 'x', restartPolicy: 'Always', resources: {}}],
    containers: [{name: 'm', image: 'i:1', command: ['sh', '-c'], args: [],
      env: [{name: 'A', value: 'b'}, {name: 'N', valueFrom: {fieldRef: {apiVersion: 'v1', fieldPath: 'metadata.name'}}}, {name: 'R', valueFrom: {resourceFieldRef: {resource: 'limits.cpu', divisor: '0'}}}], ports: [{containerPort: 80, protocol: 'TCP', name: 'http'}],
      resources: {limits: {cpu: '1', memory: '128Mi', 'ephemeral-storage': '1.5Gi'}, requests: {cpu: '250m', memory: '64Mi', 'example.com/x': '3'}},
      livenessProbe: {httpGet: {path: '/', port: 'http', scheme: 'HTTP'}, timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3}, readinessProbe: {tcpSocket: {port: 80}}, lifecycle: {preStop: {exec: {command: ['true']}}}, securityContext: {runAsUser: 0, capabilities: {add: ['NET_ADMIN']}, privileged: false}, volumeMounts: [{name: 'v', mountPath: '/v', mountPropagation: 'None'}]}],
    nodeSelector: {}, tolerations: [{key: 'a', operator: 'Exists', tolerationSeconds: 5}],
    affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: 'k', operator: 'In', values: ['v']}]}]}}, podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 100, podAffinityTerm: {labelSelector: {matchLabels: {a: 'b'}}, topologyKey: 't'}}]}},
    topologySpreadConstraints: [{maxSkew: 1, topologyKey: 'z', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {matchLabels: {a: '1'}}}],
    imagePullSecrets: [{name: 's'}], securityContext: {fsGroup: 2000, supplementalGroups: [1, 2], sysctls: [{name: 'a', value: 'b'}]}, dnsConfig: {nameservers: ['1.1.1.1'], options: [{name: 'ndots', value: '5'}]}, restartPolicy: 'Always', terminationGracePeriodSeconds: 30, hostAliases: [{ip: '1.2.3.4', hostnames: ['a']}]}};

describe('podTemplateHash', () => {
  test.each<[string, string, unknown]>([
    ['a plain template', '6b66b98567', { metadata: { labels }, spec: { ...pod, containers: [container] } }],
    ['every sort of field', '84644df6d8', rich],
  ])('of %s is what Kubernetes computes', (_name, want, template) => {
    expect(podTemplateHash(template as coreV1.PodTemplateSpec)).toBe(want); // literals of that shape
  });

  test('of sixty templates with anything in any field is what Kubernetes\' own code computes', () => {
    const ours = hashed.map(({ template }) => [undefined, 7].map((collisions) => podTemplateHash(template as unknown as coreV1.PodTemplateSpec, collisions))); // random, by hack/pod-template
    expect(ours).toEqual(hashed.map(({ hashes }) => hashes));
  });

  test.each([['9223372036854775807', '59b44cb965'], ['1234567890123456789', '54d48c6bd6'], ['8Ei', '59b44cb965'], ['1.5Gi', '78d8f797b6']])('of a template that asks for %s is what Kubernetes computes', (cpu, want) => {
    expect(podTemplateHash({ spec: { containers: [{ name: 'c', resources: { limits: { cpu } } }] } })).toBe(want);
  });

  test('does not depend on the order of keys, nor on empty lists and maps', () => {
    const reordered = { spec: { containers: [{ ...container, args: [] }], nodeSelector: {}, ...pod }, metadata: { labels } };
    expect(podTemplateHash(reordered as unknown as coreV1.PodTemplateSpec)).toBe('6b66b98567'); // a template with fields the type makes non-empty
  });

  test('changes with the collision count', () => {
    const template = { metadata: { labels }, spec: { ...pod, containers: [container] } } as unknown as coreV1.PodTemplateSpec; // literals of that shape
    expect(new Set([undefined, 0, 1, 2].map((count) => podTemplateHash(template, count))).size).toBe(4);
  });
});

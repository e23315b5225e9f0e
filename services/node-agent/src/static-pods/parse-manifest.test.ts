import { parseManifest } from './parse-manifest.ts';

const FILE = '/etc/kubernetes/manifests/web.yaml';
const parse = (text: string, { file = FILE, nodeName = 'Node-1' } = {}): ReturnType<typeof parseManifest> => parseManifest({ text, file, nodeName, seenAt: '2026-01-01T00:00:00Z' });
const manifest = (spec: string, metadata = 'name: web'): string => `apiVersion: v1\nkind: Pod\nmetadata: {${metadata}}\nspec: ${spec}\n`;
const CONTAINERS = 'containers: [{name: c, image: "r.io/a:1"}]';

test('parseManifest: name, namespace, annotations, tolerations and defaults as the node agent gives them', () => {
  const pod = parse(manifest(`{hostNetwork: true, containers: [{name: c, image: a, ports: [{containerPort: 80}], resources: {limits: {memory: 1Gi}}, livenessProbe: {httpGet: {port: 80}}}]}`));
  const { uid = '' } = pod.metadata;
  expect(uid).toMatch(/^[0-9a-f]{32}$/);
  expect(pod).toEqual({
    apiVersion: 'v1', kind: 'Pod', status: { phase: 'Pending' },
    metadata: { name: 'web-node-1', namespace: 'default', uid, annotations: { 'kubernetes.io/config.hash': uid, 'kubernetes.io/config.source': 'file', 'kubernetes.io/config.seen': '2026-01-01T00:00:00Z' } },
    spec: {
      hostNetwork: true, nodeName: 'Node-1', restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', schedulerName: 'default-scheduler', securityContext: {}, terminationGracePeriodSeconds: 30, enableServiceLinks: true,
      tolerations: [{ operator: 'Exists', effect: 'NoExecute' }],
      containers: [{
        name: 'c', image: 'a', imagePullPolicy: 'Always', terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File', resources: { limits: { memory: '1Gi' }, requests: { memory: '1Gi' } },
        ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }], livenessProbe: { httpGet: { port: 80, path: '/', scheme: 'HTTP' }, timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
      }],
    },
  });
});

test('parseManifest: the uid follows from content, file and node, unless the manifest gives one', () => {
  const text = manifest(`{${CONTAINERS}}`);
  const uids = [parse(text), parse(text), parse(`${text}\n# a comment`), parse(text.replace('a:1', 'a:2')), parse(text, { file: '/other.yaml' }), parse(text, { nodeName: 'n2' })].map(({ metadata }) => metadata.uid);
  expect(new Set(uids.slice(0, 3)).size).toBe(1);
  expect(new Set(uids).size).toBe(4);
  expect(parse(manifest(`{${CONTAINERS}}`, 'name: web, uid: mine')).metadata.annotations).toMatchObject({ 'kubernetes.io/config.hash': 'mine' });
});

test('parseManifest: JSON is as good', () => {
  expect(parse(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'j', namespace: 'kube-system' }, spec: { containers: [{ name: 'c', image: 'a:1' }] } })).metadata).toMatchObject({ name: 'j-node-1', namespace: 'kube-system' });
});

test.each([
  ['no YAML', 'a: [', "web.yaml: couldn't parse as pod("], ['another kind', 'apiVersion: v1\nkind: Service\nmetadata: {name: x}', 'no kind "Pod" in version "v1"'], ['nothing', '', "couldn't parse as pod("], ['no name', manifest(`{${CONTAINERS}}`, 'labels: {}'), 'invalid pod: name is needed for the pod'],
  ['a wrong type', manifest('{containers: 5}'), "couldn't parse as pod("], ['no containers', manifest('{containers: []}'), 'invalid pod: spec.containers: Required value'], ['a bad name', manifest(`{${CONTAINERS}}`, 'name: A_b'), 'invalid pod: metadata.name: Invalid value: "A_b-node-1"'],
  ['no image', manifest('{containers: [{name: c}]}'), 'invalid pod: spec.containers.image: Required value'], ['twice the same', manifest('{containers: [{name: c, image: a}, {name: c, image: a}]}'), 'Duplicate value: "c"'],
  ['a service account', manifest(`{serviceAccountName: s, ${CONTAINERS}}`), 'static pods may not reference serviceaccounts'], ['a secret', manifest('{containers: [{name: c, image: a, envFrom: [{secretRef: {name: s}}]}]}'), 'static pods may not reference secrets'],
  ['a config map', manifest(`{volumes: [{name: v, configMap: {name: m}}], ${CONTAINERS}}`), 'static pods may not reference configmaps'], ['a claim', manifest(`{volumes: [{name: v, persistentVolumeClaim: {claimName: x}}], ${CONTAINERS}}`), 'static pods may not reference persistentvolumeclaims'],
  ['a token', manifest(`{volumes: [{name: v, projected: {sources: [{serviceAccountToken: {path: t}}]}}], ${CONTAINERS}}`), 'static pods may not reference serviceaccounts (via projected volumes)'],
])('parseManifest: %s is refused', (_what, text, fault) => { expect(() => parse(text)).toThrow(fault); });

import { CONFORMANCE, LINUX, type PodCase, script } from './pod-case.ts';

const mount = { name: 'v', mountPath: '/data' };

function modes(user: 'root' | 'non-root', mode: string, medium: 'default' | 'tmpfs'): PodCase {
  return {
    name: `[sig-storage] EmptyDir volumes should support (${user},${mode},${medium}) ${LINUX}`,
    spec: () => ({
      ...(user === 'non-root' && { securityContext: { runAsUser: 1001 } }),
      volumes: [{ name: 'v', emptyDir: medium === 'tmpfs' ? { medium: 'Memory' } : {} }],
      containers: [{ ...script('echo content > /data/file', `chmod ${mode} /data/file`, 'stat -c "mode %a user %u" /data/file', 'cat /data/file', 'grep " /data " /proc/mounts'), volumeMounts: [mount] }],
    }),
    log: [`mode ${mode.replace(/^0/, '')} user ${user === 'root' ? 0 : 1001}`, 'content', medium === 'tmpfs' ? 'tmpfs' : '!tmpfs'],
  };
}

const ofMode = (name: string, emptyDir: object, mode: string): PodCase => ({
  name: `[sig-storage] EmptyDir volumes volume on ${name} should have the correct mode ${LINUX}`,
  spec: () => ({ volumes: [{ name: 'v', emptyDir }], containers: [{ ...script('stat -c "mode %a" /data'), volumeMounts: [mount] }] }),
  log: [`mode ${mode}`],
});

/** Volumes that begin empty and are shared by a pod's containers. */
export const emptyDirCases: readonly PodCase[] = [
  ...(['root', 'non-root'] as const).flatMap((user) => ['0644', '0666', '0777'].flatMap((mode) => (['default', 'tmpfs'] as const).map((medium) => modes(user, mode, medium)))),
  ofMode('default medium', {}, '777'),
  ofMode('tmpfs', { medium: 'Memory' }, '1777'), // the kernel's own mode, which the statement's test masks
  {
    name: `[sig-storage] EmptyDir volumes pod should support shared volumes between containers ${CONFORMANCE}`,
    spec: () => ({
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [
        { ...script('until [ -s /data/shared ]; do sleep 0.1; done; cat /data/shared'), volumeMounts: [mount] },
        { ...script('echo from the other > /data/shared'), volumeMounts: [mount] },
      ],
    }),
    log: ['from the other'],
  },
  {
    name: `[sig-storage] EmptyDir wrapper volumes should not conflict ${CONFORMANCE}`,
    objects: (id) => [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: id }, data: { m: 'map' } }, { apiVersion: 'v1', kind: 'Secret', metadata: { name: id }, stringData: { s: 'secret' } }],
    spec: (id) => ({ volumes: [{ name: 'v', configMap: { name: id } }, { name: 'w', secret: { secretName: id } }], containers: [{ ...script('cat /data/m /other/s'), volumeMounts: [mount, { name: 'w', mountPath: '/other' }] }] }),
    log: ['mapsecret'],
  },
  {
    name: `[sig-node] Variable Expansion should allow substituting values in a volume subpath ${CONFORMANCE}`,
    spec: () => ({
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [{ ...script('ls /whole; test -d /whole/case && touch /data/file && ls /whole/case'), env: [{ name: 'DIR', value: 'case' }], volumeMounts: [{ ...mount, subPathExpr: '$(DIR)' }, { name: 'v', mountPath: '/whole' }] }],
    }),
    log: ['case', 'file'],
  },
];

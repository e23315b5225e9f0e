import { revisionHash } from './revision-hash.ts';

test('revisionHash is Kubernetes\' own', () => {
  const container = { image: 'app:1', imagePullPolicy: 'IfNotPresent', name: 'main', resources: {}, terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' };
  const spec = { containers: [container], dnsPolicy: 'ClusterFirst', restartPolicy: 'Always', schedulerName: 'default-scheduler', securityContext: {}, terminationGracePeriodSeconds: 1 };
  expect(revisionHash({ spec: { template: { metadata: { labels: { app: 'ss' } }, spec, $patch: 'replace' } } }, 0)).toBe('bd56d785b');
});

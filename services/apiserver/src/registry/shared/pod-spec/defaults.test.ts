import { containerSpec, specOf, templateOf } from './pod-spec.fixture.ts';
import { roundedQuantities } from './rounded-quantities.ts';

describe('defaultPodSpec', () => {
  it('fills a minimal spec', () => {
    expect(specOf({})).toEqual({
      containers: [{ name: 'c', image: 'i', imagePullPolicy: 'Always', resources: {}, terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' }],
      dnsPolicy: 'ClusterFirst', restartPolicy: 'Always', schedulerName: 'default-scheduler', securityContext: {}, terminationGracePeriodSeconds: 30,
    });
  });

  it('leaves what is a matter of pods to pods', () => {
    const { containers, ...spec } = containerSpec({ ports: [{ containerPort: 80 }], resources: { limits: { cpu: '1' } } }, { hostNetwork: true, terminationGracePeriodSeconds: -1 });
    expect(containers[0]).toMatchObject({ ports: [{ containerPort: 80, protocol: 'TCP' }], resources: { limits: { cpu: '1' } } });
    expect([containers[0]?.resources?.requests, containers[0]?.ports?.[0]?.hostPort, spec.enableServiceLinks, spec.terminationGracePeriodSeconds]).toEqual([undefined, undefined, undefined, -1]);
  });

  it('fills probes, hooks and references', () => {
    const [container] = containerSpec({
      livenessProbe: { httpGet: { port: 80 } }, readinessProbe: { grpc: { port: 1 }, periodSeconds: 3 }, lifecycle: { preStop: { httpGet: { port: 'a', scheme: 'HTTPS' } } },
      env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    }).containers;
    expect(container).toMatchObject({
      livenessProbe: { httpGet: { path: '/', port: 80, scheme: 'HTTP' }, timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
      readinessProbe: { grpc: { port: 1, service: '' }, periodSeconds: 3 }, lifecycle: { preStop: { httpGet: { path: '/', port: 'a', scheme: 'HTTPS' } } },
      env: [{ name: 'A', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } }],
    });
  });

  it.each<[string, object, object]>([
    ['nothing is an empty directory', {}, { emptyDir: {} }],
    ['files have a mode', { configMap: { name: 'm' } }, { configMap: { name: 'm', defaultMode: 420 } }],
    ['host paths have a type', { hostPath: { path: '/x' } }, { hostPath: { path: '/x', type: '' } }],
    ['tokens last an hour', { projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }, { projected: { defaultMode: 420, sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600 } }] } }],
    ['iSCSI has an interface', { iscsi: { targetPortal: 'p', iqn: 'q', lun: 0 } }, { iscsi: { targetPortal: 'p', iqn: 'q', lun: 0, iscsiInterface: 'default' } }],
    ['images are pulled as those of containers', { image: { reference: 'x:1' } }, { image: { reference: 'x:1', pullPolicy: 'IfNotPresent' } }],
    ['claims have a mode', { ephemeral: { volumeClaimTemplate: { spec: {} } } }, { ephemeral: { volumeClaimTemplate: { spec: { volumeMode: 'Filesystem' } } } }],
  ])('volumes: %s', (_name, volume, expected) => expect(specOf({ volumes: [{ name: 'v', ...volume }] }).volumes).toMatchObject([{ name: 'v', ...expected }]));

  it('mirrors the account under its old name', () => {
    expect([specOf({ serviceAccount: 'a' }), specOf({ serviceAccountName: 'b', serviceAccount: 'a' })].map(({ serviceAccount, serviceAccountName }) => [serviceAccount, serviceAccountName])).toEqual([['a', 'a'], ['b', 'b']]);
  });

  it('drops the annotations that init containers were', () => expect(templateOf({}, { annotations: { a: 'b', 'pod.beta.kubernetes.io/init-containers': '[]' } }).metadata?.annotations).toEqual({ a: 'b' }));
});

test('roundedQuantities keeps thousandths', () => expect(roundedQuantities({ cpu: '1n', memory: '1Gi', x: '1500u' })).toEqual({ cpu: '1m', memory: '1Gi', x: '2m' }));

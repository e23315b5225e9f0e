import { containerSpec, specOf, templateOf } from './pod-spec.fixture.ts';
import { podWarnings, templateWarnings } from './warnings.ts';

const warnings = (spec: object, annotations: Record<string, string> = {}): string[] => podWarnings(specOf(spec), annotations, { prefix: '', isTemplate: false });

describe('podWarnings', () => {
  it.each<[string, object, string[]]>([
    ['nothing', {}, []],
    ['an old label of nodes', { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } }, ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead']],
    ['a driver that is gone', { volumes: [{ name: 'v', glusterfs: { endpoints: 'e', path: 'p' } }] }, ['spec.volumes[0].glusterfs: deprecated in v1.25, non-functional in v1.26+']],
    ['files that hide each other', { volumes: [{ name: 'v', configMap: { name: 'm', items: [{ key: 'a', path: 'd' }, { key: 'b', path: 'd/e' }] } }] }, ['volume "v" (ConfigMap "m"): overlapping paths: "d/e" with "d"']],
    ['lists that repeat', { hostAliases: [{ ip: '1.2.3.4' }, { ip: '1.2.3.4' }], imagePullSecrets: [{ name: 'a' }, { name: 'a' }, {}] }, [
      'spec.hostAliases[1].ip: duplicate ip "1.2.3.4"', 'spec.imagePullSecrets[1].name: duplicate name "a"', 'spec.imagePullSecrets[2].name: invalid empty name ""',
    ]],
    ['a selector of nothing', { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'z', whenUnsatisfiable: 'DoNotSchedule' }] }, ['spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod']],
    ['parts of a byte', { containers: [{ name: 'c', image: 'i', resources: { limits: { memory: '1500m' } } }] }, ['spec.containers[0].resources.limits[memory]: fractional byte value "1500m" is invalid, must be an integer']],
  ])('%s', (_name, spec, expected) => expect(warnings(spec)).toEqual(expected));

  it('tell which ports and variables hide others', () => {
    const spec = containerSpec({ ports: [{ containerPort: 80, name: 'p' }, { containerPort: 80, hostPort: 1 }, { containerPort: 80, name: 'p' }], env: [{ name: 'A', value: '1' }, { name: 'A', value: '$(A)2' }, { name: 'A', value: '3' }] });
    expect(podWarnings(spec, {}, { prefix: '', isTemplate: false })).toEqual([
      'spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply', 'spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]',
      'spec.containers[0].ports[2]: duplicate port definition with spec.containers[0].ports[0]', 'spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[1]',
      'spec.containers[0].ports[2]: duplicate port name "p" with spec.containers[0].ports[0], services and probes that select ports by name will use spec.containers[0].ports[0]',
    ]);
  });

  it('of templates name their path and the annotations of profiles', () => {
    const annotations = { 'container.apparmor.security.beta.kubernetes.io/c': 'runtime/default', 'seccomp.security.alpha.kubernetes.io/pod': 'runtime/default' };
    expect(templateWarnings(templateOf({}, { annotations }), 'spec.template')).toEqual([
      'spec.template.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field instead',
      'spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: deprecated since v1.30; use the "appArmorProfile" field instead',
    ]);
  });
});

import { createFakeReleaseCluster } from './fake-release-cluster.fixture.ts';
import { joinManifests, parseManifest, resolveManifest, splitManifest } from './manifest-objects.ts';

const map = (name: string, more = ''): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}`;

test('splitManifest undoes joinManifests, and knows separators from text', () => {
  const manifests = [{ source: 'a/templates/x.yaml', content: map('x', 'data:\n  y: |\n    ---\n    in text\n') }, { source: 'a/templates/y.yaml', content: map('y') }];
  expect(splitManifest(joinManifests(manifests)).map(({ source, content }) => [source, content.includes('in text')])).toEqual([['a/templates/x.yaml', true], ['a/templates/y.yaml', false]]);
});

test('splitManifest passes over documents of comments', () => { expect(splitManifest('# nothing\n---\n\n---\n# Source: a\n---\nkind: X')).toEqual([{ source: '', content: 'kind: X' }]); });

describe('parseManifest', () => {
  test('takes lists apart', () => {
    expect(parseManifest('apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- {apiVersion: v1, kind: Pod, metadata: {name: b}}\n').map(({ object }) => object['metadata'])).toEqual([{ name: 'a' }, { name: 'b' }]);
  });

  test('names everything that is wrong at once', () => {
    expect(() => parseManifest(`# Source: a.yaml\nkind: X\n---\n# Source: b.yaml\n[]\n---\n# Source: c.yaml\n{apiVersion: v1, kind: Pod}\n---\n# Source: d.yaml\na: [\n`)).toThrow(/^a.yaml: apiVersion is not set; b.yaml: it is no object; c.yaml: metadata.name of a Pod is not set; d.yaml: yaml: /);
  });
});

describe('resolveManifest', () => {
  const text = `${map('own')}---\n${map('other', '  namespace: there\n')}---\n{apiVersion: v1, kind: Namespace, metadata: {name: space, namespace: odd}}\n---\n{apiVersion: x.io/v1, kind: Thing, metadata: {name: t}}\n`;
  const cluster = createFakeReleaseCluster();

  test('gives objects the namespace of the release where they need one', async () => {
    const entries = await resolveManifest(cluster, text, { namespace: 'here', skipUnknown: true });
    expect(entries.map(({ ref }) => [ref.kind, ref.namespace])).toEqual([['ConfigMap', 'here'], ['ConfigMap', 'there'], ['Namespace', '']]);
    expect(entries[0]?.object['metadata']).toEqual({ name: 'own', namespace: 'here' });
  });

  test('refuses kinds that are not served', async () => {
    await expect(resolveManifest(cluster, text, { namespace: 'here' })).rejects.toThrow('no matches for kind "Thing" in version "x.io/v1"; ensure CRDs are installed first');
  });
});

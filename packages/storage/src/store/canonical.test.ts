import { canonicalBytes, metadataOffset, replaceRevision, spliceRevision, withoutRevision } from './canonical.ts';

describe('canonical bytes', () => {
  test.each([
    [{ spec: { a: 1 }, metadata: { name: 'x', resourceVersion: '5' }, apiVersion: 'v1', kind: 'Pod' }, '{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"7","name":"x"},"spec":{"a":1}}'],
    [{ kind: 'Pod', apiVersion: 'v1', metadata: {} }, '{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"7"}}'],
    [{ kind: 'Pod', apiVersion: 'v1' }, '{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"7"}}'],
    [{ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'ä', annotations: { 'x': '"resourceVersion":"1"' } } }, '{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"7","name":"ä","annotations":{"x":"\\"resourceVersion\\":\\"1\\""}}}'],
  ])('of %j take a revision and give it back', (object, expected) => {
    const stored = canonicalBytes(object);
    const read = spliceRevision(stored, 7);
    expect(read.toString()).toBe(expected);
    expect(replaceRevision(read, 1234).toString()).toBe(expected.replace('"7"', '"1234"'));
    expect(withoutRevision(read).equals(stored)).toBe(true);
  });

  test.each(['', '{}', 'k8s\0\n', '{"apiVersion":"v1","kind":"Pod","metadata":{}}', '{"kind":"Pod","apiVersion":"v1","spec":{}}', '{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"1"}}', '{"kind":"Pod","apiVersion":"v1","metadata":{'])('are not %j', (text) => {
    expect(metadataOffset(Buffer.from(text))).toBe(-1);
  });
});

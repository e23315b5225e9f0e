import type { Json } from '@kubernode/apimachinery';
import { shownPatched } from './shown-patched.ts';

const metadata = { resourceVersion: '7', name: 'a', namespace: 'n', uid: 'u', labels: { z: '1', b: '2' } };
const current = { kind: 'K', apiVersion: 'v1', metadata, spec: { z: [{ y: 1, x: 2 }], a: { q: 1, p: 2 } } };

test.each<[string, Json, boolean, string]>([
  ['what the patch left alone stands as it is encoded', { ...current, spec: { ...current.spec, c: 1 } }, false,
    '{"apiVersion":"v1","kind":"K","metadata":{"name":"a","namespace":"n","uid":"u","resourceVersion":"7","labels":{"z":"1","b":"2"}},"spec":{"a":{"q":1,"p":2},"c":1,"z":[{"y":1,"x":2}]}}'],
  ['where the patch has been, keys are sorted', { ...current, spec: { z: [{ y: 1, x: 3 }] } }, false,
    '{"apiVersion":"v1","kind":"K","metadata":{"name":"a","namespace":"n","uid":"u","resourceVersion":"7","labels":{"z":"1","b":"2"}},"spec":{"z":[{"x":3,"y":1}]}}'],
  ['a custom resource is sorted throughout', current, true,
    '{"apiVersion":"v1","kind":"K","metadata":{"labels":{"b":"2","z":"1"},"name":"a","namespace":"n","resourceVersion":"7","uid":"u"},"spec":{"a":{"p":2,"q":1},"z":[{"x":2,"y":1}]}}'],
  ['what is no object is shown too', 'text', false, '"text"'],
])('%s', (_title, patched, isCustom, want) => { expect(shownPatched(patched, current, isCustom)).toBe(want); });

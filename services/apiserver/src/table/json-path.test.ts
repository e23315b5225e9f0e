import { compileJsonPath } from './json-path.ts';

const OBJECT = {
  spec: { replicas: 3, 'a.b': 'dotted', list: [{ name: 'x' }, { name: 'y' }] },
  status: { conditions: [{ type: 'Synced', status: 'False' }, { type: 'Ready', status: 'True' }] },
  metadata: { annotations: { 'example.com/note': 'n' } },
};

describe('compileJsonPath', () => {
  it.each([
    ['.spec.replicas', 3], ['$.spec.replicas', 3], [`.spec['a.b']`, 'dotted'], ['.spec.a\\.b', 'dotted'], ['.spec.list[1].name', 'y'], ['.spec.list[-1].name', 'y'],
    ['.spec.list[*].name', 'x'], ['.status.conditions[?(@.type=="Ready")].status', 'True'], [`.status.conditions[?(@.type == 'Synced')].status`, 'False'],
    ['.metadata.annotations.example\\.com/note', 'n'], ['.spec.none.deep', undefined], ['.spec.list[7].name', undefined],
  ])('%s', (path, value) => expect(compileJsonPath(path)?.(OBJECT)).toEqual(value));

  it.each(['spec', '.a[', '.a[?(@.b)'])('refuses %s', (path) => expect(compileJsonPath(path)).toBeUndefined());
});

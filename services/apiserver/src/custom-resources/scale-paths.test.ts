import type { JsonObject } from '@kubernode/apimachinery';
import { numberAt, scaleFaults, setAt, textAt } from './scale-paths.ts';

const paths = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.sel' };

describe('scale paths', () => {
  test('read numbers and texts', () => {
    const object = { spec: { replicas: 3 }, status: { sel: 'a=b' } };
    expect([numberAt(object, '.spec.replicas'), numberAt(object, '.status.replicas'), textAt(object, '.status.sel')]).toEqual([3, undefined, 'a=b']);
  });

  test('make what leads to a value', () => {
    const object: JsonObject = { spec: { a: 1 } };
    setAt(object, '.spec.deep.replicas', 2);
    expect(object).toEqual({ spec: { a: 1, deep: { replicas: 2 } } });
    expect(() => { setAt(object, '.spec.a.b', 1); }).toThrow('value cannot be set because .spec.a.b is not a map[string]interface{}');
  });

  test.each<[JsonObject, string[]]>([
    [{ spec: { replicas: 0 } }, []],
    [{ spec: { replicas: -1 } }, ['.spec.replicas: Invalid value: -1: should be a non-negative integer']],
    [{ spec: { replicas: 2_147_483_648 } }, ['.spec.replicas: Invalid value: 2147483648: should be less than or equal to 2147483647']],
    [{ spec: { replicas: 'x' } }, ['.spec.replicas: Invalid value: 0: .spec.replicas accessor error: x is of the type string, expected int64']],
    [{ status: { replicas: 1.5, sel: 1 } }, ['.status.replicas: Invalid value: 0: .status.replicas accessor error: 1.5 is of the type float64, expected int64', '.status.sel: Invalid value: "": .status.sel accessor error: 1 is of the type int64, expected string']],
  ])('%j has the faults %j', (object, faults) => {
    expect(scaleFaults(object, paths, 'all').map(({ field, message }) => `${field}: ${message}`)).toEqual(faults);
  });

  test('say nothing of spec when status is written', () => {
    expect(scaleFaults({ spec: { replicas: -1 } }, paths, 'status')).toEqual([]);
  });
});

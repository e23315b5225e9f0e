import type { Json } from '../json.ts';
import { StatusError } from '../errors/status-error.ts';
import { applyJsonPatch } from './json-patch.ts';
import { PatchMismatch } from './json-pointer.ts';

function mismatchOf(document: Json, operation: Json): PatchMismatch | undefined {
  try { applyJsonPatch(document, [operation]); } catch (error) {
    if (error instanceof StatusError && error.cause instanceof PatchMismatch) return error.cause;
    throw error;
  }
  return undefined;
}

test.each<[Json, string]>([
  [{ op: 'add', path: '/x/y', value: 1 }, 'add operation does not apply: doc is missing path: "/x/y": missing value'],
  [{ op: 'add', path: '/list/9', value: 1 }, "error in add for path: '/list/9': Unable to access invalid index: 9: invalid index referenced"],
  [{ op: 'add', path: '/list/x', value: 1 }, "error in add for path: '/list/x': value was not a proper array index: 'x': strconv.Atoi: parsing \"x\": invalid syntax"],
  [{ op: 'remove', path: '/x' }, "error in remove for path: '/x': Unable to remove nonexistent key: x: missing value"],
  [{ op: 'remove', path: '/x/y' }, 'remove operation does not apply: doc is missing path: "/x/y": missing value'],
  [{ op: 'replace', path: '/list/5', value: 1 }, 'replace operation does not apply: doc is missing key: /list/5: missing value'],
  [{ op: 'move', from: '/x', path: '/y' }, "error in move for path: 'x': Unable to remove nonexistent key: x: missing value"],
  [{ op: 'copy', from: '/x/y', path: '/z' }, 'copy operation does not apply: doc is missing from path: /x/y: missing value'],
  [{ op: 'test', path: '/x/y', value: 1 }, 'test operation does not apply: is missing path: /x/y: missing value'],
  [{ op: 'turn', path: '/a' }, 'Unexpected kind: turn'],
])('a patch that does not fit says why: %j', (operation, message) => {
  const mismatch = mismatchOf({ a: 1, list: [1] }, operation);
  expect([mismatch?.message, mismatch?.testFailed]).toEqual([message, false]);
});

it('tells a test that failed from a patch that does not fit', () => {
  expect(mismatchOf({ a: 1 }, { op: 'test', path: '/a', value: 2 })).toMatchObject({ testFailed: true, message: 'testing value /a failed: test failed' });
});

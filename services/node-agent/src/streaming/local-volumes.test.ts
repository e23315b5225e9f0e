import { LocalPathInUse } from '../volumes/local-paths.ts';
import { removeLocalVolume } from './local-volumes.ts';

test('removeLocalVolume hands the whole name on', async () => {
  const asked: string[] = [];
  await removeLocalVolume({ removeLocalPath: (name) => { asked.push(name); return Promise.resolve(); } }, { method: 'DELETE', name: ['a', 'b'] });
  expect(asked).toEqual(['a/b']);
});

test.each<[string, number, string, Error | undefined]>([
  ['another method', 405, 'GET', undefined],
  ['a name that is no volume\'s', 400, 'DELETE', new RangeError('no')],
  ['a volume in use', 409, 'DELETE', new LocalPathInUse('used')],
])('removeLocalVolume refuses %s with %i', async (_title, code, method, refusal) => {
  const removeLocalPath = (): Promise<void> => (refusal === undefined ? Promise.resolve() : Promise.reject(refusal));
  await expect(removeLocalVolume({ removeLocalPath }, { method, name: ['v'] })).rejects.toMatchObject({ name: 'HttpFault', code });
});

import { controllerNames, controllersHelp, isWanted, unknownControllers } from './controller-names.ts';

const find = (name: string): (typeof controllerNames)[number] => controllerNames.find((one) => one.name === name) ?? { name };

test.each<[string, string, string[], boolean]>([
  ['by the star', 'job-controller', ['*'], true],
  ['by its name', 'job-controller', ['job-controller'], true],
  ['by its alias', 'certificatesigningrequest-signing-controller', ['csrsigning'], true],
  ['not when others are named', 'job-controller', ['cronjob-controller'], false],
  ['not when taken out', 'job-controller', ['*', '-job'], false],
  ['not when taken out before it is named', 'job-controller', ['-job-controller', 'job'], false],
  ['when named before it is taken out', 'job-controller', ['job', '-job'], true],
  ['not by the star when it is off by default', 'token-cleaner-controller', ['*'], false],
  ['by its alias when it is off by default', 'token-cleaner-controller', ['*', 'tokencleaner'], true],
])('a controller runs %s', (_title, name, given, want) => { expect(isWanted(find(name), given)).toBe(want); });

test.each<[string[], string | undefined]>([
  [['*', '-service', 'bootstrapsigner', 'selinux-warning-controller'], undefined],
  [['*', '-jobs'], '"jobs" is not in the list of known controllers'],
  [['a', '-b'], '["a" is not in the list of known controllers, "b" is not in the list of known controllers]'],
])('--controllers=%j', (given, want) => { expect(unknownControllers(given)).toBe(want); });

test('names are sorted and help shows which are off', () => {
  const names = controllerNames.map(({ name }) => name);
  expect(names).toEqual([...names].sort());
  expect(controllersHelp()).toMatch(/Disabled-by-default controllers: bootstrap-signer-controller, selinux-warning-controller, token-cleaner-controller$/);
});

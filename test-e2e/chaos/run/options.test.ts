import { optionsFrom } from './options.ts';

test('optionsFrom takes what is given and has a default for the rest', () => {
  expect(optionsFrom({ SEED: '7', FAULTS: 'a,b', BACKEND: 'containers' })).toEqual({ seed: 7, minutes: 5, backend: 'containers', faults: ['a', 'b'], runs: 0, nodes: 3 });
});

test.each([[{ SEED: 'x' }, 'SEED=x: want a whole number'], [{ MINUTES: '-1' }, 'MINUTES=-1: want a whole number'], [{ BACKEND: 'vms' }, 'BACKEND=vms: want namespaces or containers']])('optionsFrom refuses %j', (env, words) => {
  expect(() => optionsFrom(env)).toThrow(words);
});

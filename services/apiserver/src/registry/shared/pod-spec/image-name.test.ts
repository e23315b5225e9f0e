import { defaultPullPolicy, hasFloatingTag } from './image-name.ts';

describe('hasFloatingTag', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  it.each<[string, boolean]>([
    ['nginx', true], ['nginx:latest', true], ['nginx:1.25', false], [`nginx@${digest}`, false], [`nginx:latest@${digest}`, true], ['registry.io:5000/a/b', true], ['registry.io:5000/a/b:v1', false],
    ['[::1]:5000/a', true], ['a_b/c', true], ['Nginx', false], ['', false], ['a b', false], ['g'.repeat(64), true], ['a'.repeat(64), false], ['nginx:', false], ['g'.repeat(247), true], ['g'.repeat(248), false], [`a.b/${'g'.repeat(255)}`, true], [`a.b/${'g'.repeat(256)}`, false],
  ])('%s: %s', (image, floating) => expect(hasFloatingTag(image)).toBe(floating));

  it('decides how an image is pulled', () => expect([defaultPullPolicy('x'), defaultPullPolicy('x:1'), defaultPullPolicy(undefined)]).toEqual(['Always', 'IfNotPresent', 'IfNotPresent']));
});

import { managerName } from './manager-name.ts';

test.each([
  ['given', 'kubectl/v1.36', 'given'],
  ['', 'kubectl/v1.36 (linux/amd64) kubernetes/abc', 'kubectl'],
  ['', 'no slash', 'no slash'],
  ['', '', ''],
  ['', 'a\u0001b\u00a0c/1', 'abc'],
  ['', `${'x'.repeat(200)}/1`, 'x'.repeat(128)],
  ['', `${'é'.repeat(100)}/1`, 'é'.repeat(64)],
])('managerName(%j, %j) is %j', (fieldManager, userAgent, want) => {
  expect(managerName(fieldManager, userAgent)).toBe(want);
});

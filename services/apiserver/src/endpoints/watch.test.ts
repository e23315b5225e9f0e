import { parseFieldSelector } from '@kubernode/apimachinery';
import { checkName } from './watch.ts';

test.each([
  ['', 'a=b', true], ['x', '', true], ['x', 'metadata.name=x', true], ['x', 'metadata.name=x,status.phase=Running', true],
  ['x', 'metadata.name=y', false], ['x', 'metadata.name!=y', false], ['x', 'status.phase=Running', false],
])('a path that names %j may be watched with %j: %s', (name, selector, isFine) => {
  const check = (): void => checkName({ fields: parseFieldSelector(selector) }, { name });
  if (isFine) check();
  else expect(check).toThrow("fieldSelector metadata.name doesn't match requested name");
});

import { StatusError } from '@kubernode/apimachinery';
import { inputEncoding } from './decode-document.ts';

describe('inputEncoding', () => {
  it.each([
    [undefined, 'json'], ['', 'json'], ['APPLICATION/JSON', 'json'], ['application/json ; charset=utf-8;', 'json'], ['application/yaml;a="b;c"', 'yaml'], ['application/vnd.kubernetes.protobuf;type=x', 'protobuf'],
  ])('of %j is %s', (contentType, encoding) => { expect(inputEncoding(contentType)).toBe(encoding); });

  it.each(['text/plain', 'application/json;a', 'application/json;=b', 'application/json, application/yaml', '*/*'])('of %j is refused', (contentType) => {
    expect(() => inputEncoding(contentType)).toThrow(StatusError);
  });
});

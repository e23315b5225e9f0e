import { StatusError } from '@kubernode/apimachinery';
import { inputEncoding } from './decode-document.ts';

describe('inputEncoding', () => {
  it.each([
    [undefined, 'json'], ['', 'json'], ['APPLICATION/JSON', 'json'], ['application/json ; charset=utf-8;', 'json'], ['application/yaml;a="b;c"', 'yaml'], ['application/vnd.kubernetes.protobuf;type=x', 'protobuf'],
  ])('of %j is %s', (contentType, encoding) => { expect(inputEncoding(contentType)).toBe(encoding); });

  it.each(['text/plain', 'application/json;a', 'application/json;=b', 'application/json, application/yaml', '*/*'])('of %j is refused', (contentType) => {
    expect(() => inputEncoding(contentType)).toThrow(StatusError);
  });

  it.each([[' ', 'x'], [';a=b', '"'], ['; ', ''], [';a="\\b', ''], [';a="', '"']])('of a megabyte of %j is told at once', (piece, end) => {
    const header = `application/json${piece.repeat(1_000_000 / piece.length)}${end}`;
    const startedMs = performance.now();
    expect(() => inputEncoding(header)).toThrow(StatusError);
    expect(performance.now() - startedMs).toBeLessThan(2_000); // ten minutes where it is quadratic
  });
});

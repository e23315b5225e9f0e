import { StatusError } from '@kubernode/apimachinery';
import { negotiate, negotiateError } from './negotiation.ts';

const options = { transforms: ['Table', 'PartialObjectMetadata'], watchable: false } as const;

describe('negotiate', () => {
  it.each([
    [undefined, { encoding: 'json', transform: 'none' }],
    ['application/json;q=0.5,application/yaml', { encoding: 'yaml' }],
    ['application/json;as=Table;v=v1;g=meta.k8s.io,application/json', { transform: 'Table', transformVersion: 'v1' }],
    ['application/json;as=Table;v=v9;g=meta.k8s.io,application/json', { transform: 'none' }],
    ['application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io,application/json', { encoding: 'json', transform: 'none' }],
    ['text/html,*/*', { encoding: 'json' }],
    ['application/json;pretty=1', { encoding: 'json', pretty: true }],
    ['application/yaml;pretty=1', { encoding: 'yaml', pretty: false }],
    ['application/yaml;as=;g=;v', { encoding: 'yaml', transform: 'none' }],
    ['application/yaml;sv=v1', { encoding: 'yaml' }],
  ])('answers %s', (accept, wanted) => {
    expect(negotiate(accept, options)).toMatchObject(wanted);
  });

  it.each([['text/plain', {}], ['application/*', {}], ['application/json;as=Nope;v=v1;g=meta.k8s.io', undefined], ['application/json;v=v1', undefined], ['application/json;sv=v2', undefined], ['application/yaml;stream=watch', undefined]])('refuses %s', (accept, details) => {
    let refusal: unknown;
    try { negotiate(accept, options); } catch (error) { refusal = error; }
    expect(refusal).toBeInstanceOf(StatusError);
    expect(refusal).toMatchObject({ code: 406, details });
  });

  it('falls back to JSON for errors', () => {
    expect(['text/plain', 'application/yaml', undefined, 'application/json;as=Table;v=v1;g=meta.k8s.io'].map((accept) => negotiateError(accept))).toMatchObject([{ encoding: 'json', pretty: true }, { encoding: 'yaml' }, { encoding: 'json', pretty: false }, { encoding: 'json', pretty: true }]);
  });
});

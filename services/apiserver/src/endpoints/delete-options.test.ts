import { StatusError } from '@kubernode/apimachinery';
import { deleteBody, deleteOptions } from './delete-options.ts';

const ofQuery = (text: string): ReturnType<typeof deleteOptions> => deleteOptions(new URLSearchParams(text), undefined);
const ofBody = (body: string, type?: string): unknown => deleteBody({ body: Buffer.from(body), headers: type === undefined ? {} : { 'content-type': type } }, {});

function refusal(act: () => unknown): [number | undefined, string] | undefined {
  try { act(); return undefined; } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return [error.code, error.message];
  }
}

describe('deleteOptions', () => {
  it.each([
    ['', {}], ['uid=a', { uid: 'a' }], ['uid=&resourceVersion=', {}], ['resourceVersion=0', { resourceVersion: '0' }], ['uid=a&resourceVersion=7', { uid: 'a', resourceVersion: '7' }],
  ])('takes preconditions from the query %j', (query, preconditions) => {
    expect(ofQuery(query).preconditions).toEqual(preconditions);
  });

  it.each([
    [{ uid: '' }, { uid: '' }], [{ resourceVersion: '' }, { resourceVersion: '' }], [{}, {}],
  ])('takes what is empty in a body for what was asked for: %j', (given, preconditions) => {
    expect(deleteOptions(new URLSearchParams('uid=other'), { preconditions: given }).preconditions).toEqual(preconditions);
  });
});

describe('deleteBody', () => {
  it('has no body in an empty one, and takes options of any version', () => {
    expect(ofBody('')).toBeUndefined();
    expect(ofBody('{"apiVersion":"foo/v1","kind":"DeleteOptions","gracePeriodSeconds":3,"unknown":1}')).toMatchObject({ gracePeriodSeconds: 3 });
  });

  const noKind = (kind: string, version: string): string => `no kind "${kind}" is registered for version "${version}" in scheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"`;
  it.each([
    ['v1', 'Pod', noKind('Pod', 'v1')], ['', 'Pod', noKind('Pod', 'meta.k8s.io/v1')], ['foo/v1', 'Table', noKind('Table', 'foo/v1')],
    ['foo/v1', 'Status', 'converting (v1.Status) to (v1.DeleteOptions): unknown conversion'],
    ['', 'ListOptions', 'converting (v1.ListOptions) to (v1.DeleteOptions): unknown conversion'],
    ['meta.k8s.io/v1beta1', 'Table', 'converting (v1.Table) to (v1.DeleteOptions): unknown conversion'],
    ['a/b/c', 'DeleteOptions', 'unexpected GroupVersion string: a/b/c'],
  ])('refuses %j %s', (apiVersion, kind, message) => {
    expect(refusal(() => ofBody(JSON.stringify({ apiVersion, kind })))).toEqual([400, message]);
  });
});

import { remoteVersion, type ApiService } from './api-service.ts';
import { downloadIndex, downloadSwagger, type AskForDocument, type DownloadedSwagger } from './openapi-download.ts';

const remote = remoteVersion({ kind: 'APIService', apiVersion: 'apiregistration.k8s.io/v1', metadata: { name: 'v1.g' }, spec: { group: 'g', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1, service: { namespace: 'n', name: 's' } } } as ApiService);
if (remote === undefined) throw new Error('an APIService with a service is another server\'s');
const swagger = { swagger: '2.0', paths: { '/apis/g/v1/things': {}, '/apis/g/v2/things': {} } };

const answering = (status: number, body: unknown = {}, etag = ''): AskForDocument => () => Promise.resolve({ status, contentType: 'application/json', etag, body: Buffer.from(JSON.stringify(body)) });
const download = (ask: AskForDocument, known?: DownloadedSwagger, converts = false): Promise<DownloadedSwagger | undefined> => downloadSwagger(remote, ask, { known, converts });

describe('downloadSwagger', () => {
  test('takes what the APIService is for, once', async () => {
    const first = await download(answering(200, swagger, '"1"'));
    expect(first).toEqual({ etag: '"1"', tag: '"1"', document: { swagger: '2.0', paths: { '/apis/g/v1/things': {} }, definitions: {} }, converted: undefined });
    const asked: string[] = [];
    expect(await download((path, etag) => { asked.push(path, etag); return answering(304)(path, etag); }, first)).toBe(first);
    expect(asked).toEqual(['/openapi/v2', '"1"']);
  });

  test('finds out by itself whether a document without a tag is another one', async () => {
    const first = await download(answering(200, swagger));
    expect(first?.etag).toBe('');
    expect(await download(answering(200, swagger), first)).toBe(first);
    expect((await download(answering(200, { paths: {} }), first))?.document).toEqual({ paths: {}, definitions: {} });
  });

  test('converts all that a server without OpenAPI 3 has', async () => {
    const first = await download(answering(200, swagger, '"1"'), undefined, true);
    expect(Object.keys(first?.converted?.paths ?? {})).toEqual(['/apis/g/v1/things', '/apis/g/v2/things']);
    const asked: string[] = [];
    const later = await download((path, etag) => { asked.push(etag); return answering(200, swagger, '"1"')(path, etag); }, first, false);
    expect([asked, later?.converted]).toEqual([[''], undefined]);
  });

  test.each<[string, AskForDocument, string | undefined]>([
    ['nothing', answering(404), undefined], ['an error', answering(503), 'failed to retrieve openAPI spec, http error: 503'], ['no change of what nobody knows', answering(304), 'failed to retrieve openAPI spec, http error: 304'],
    ['no document', answering(200, []), 'the document is no object'],
  ])('%s', async (_name, ask, failure) => {
    if (failure === undefined) expect(await download(ask)).toBeUndefined();
    else await expect(download(ask)).rejects.toThrow(failure);
  });
});

test('downloadIndex tells addresses, and which servers have none', async () => {
  expect(await downloadIndex(answering(200, { paths: { 'apis/g/v1': { serverRelativeURL: '/u' }, odd: 1 } }))).toEqual(new Map([['apis/g/v1', '/u']]));
  expect(await downloadIndex(answering(404))).toBeUndefined();
  await expect(downloadIndex(answering(500))).rejects.toThrow('status 500');
});

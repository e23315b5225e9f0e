import { optionTable } from '@kubernode/component-base';
import type { ApiRequest, RequestContext } from '../pipeline/api-request.ts';
import { formOf, shownFlags, statusPages } from './status-pages.ts';

test.each([
  [undefined, 'text'], ['text/plain', 'text'], ['text/html, */*', 'text'], ['application/json', undefined], ['text/html', undefined],
  ['application/json;as=Statusz;v=v1beta1;g=config.k8s.io', { type: 'application/json', version: 'v1beta1' }],
  ['application/yaml; v=v1alpha1; g=config.k8s.io; as=Statusz', { type: 'application/yaml', version: 'v1alpha1' }],
  ['application/json;as=Flagz;v=v1beta1;g=config.k8s.io', undefined], ['application/json;as=Statusz;v=v2;g=config.k8s.io', undefined],
])('formOf answers Accept %s with %o', (accept, form) => {
  expect(formOf(accept, 'Statusz')).toEqual(form);
});

test('statusPages tell how long the server runs and by what flags', async () => {
  const pages = statusPages({ startedAt: Date.UTC(2026, 0, 1), now: () => Date.UTC(2026, 0, 1, 1, 2, 3), flags: { v: '2' } });
  const answerOf = async (path: string, accept: string): Promise<string> => {
    const context = { warnings: [] } as unknown as RequestContext; // all that is looked at
    const answer = await pages.find(({ paths }) => paths.includes(path))?.handle({ headers: { accept } } as unknown as ApiRequest, context); // likewise
    return answer?.kind === 'buffered' ? String(answer.body) : '';
  };
  expect(await answerOf('/statusz', '')).toContain('\nUp: 1 hr 02 min 03 sec\n');
  expect(JSON.parse(await answerOf('/statusz', 'application/json;as=Statusz;v=v1beta1;g=config.k8s.io'))).toMatchObject({ kind: 'Statusz', apiVersion: 'config.k8s.io/v1beta1', metadata: { name: 'apiserver' }, startTime: '2026-01-01T00:00:00Z', uptimeSeconds: 3723, binaryVersion: '1.36' });
  expect(JSON.parse(await answerOf('/flagz', 'application/json;as=Flagz;v=v1beta1;g=config.k8s.io'))).toEqual({ kind: 'Flagz', apiVersion: 'config.k8s.io/v1beta1', metadata: { name: 'apiserver' }, flags: { v: '2' } });
  expect(await answerOf('/flagz', '')).toMatch(/purposes only\.\nv=2\n$/);
});

test('shownFlags shows values as Go does', () => {
  const table = optionTable({ names: { kind: 'list', help: '' }, gates: { kind: 'map', help: '' }, wait: { kind: 'duration', help: '' }, on: { kind: 'boolean', help: '' }, file: { kind: 'string', help: '' } });
  expect(shownFlags(table, { names: ['a', 'b'], gates: { A: 'true' }, wait: 1500, on: false })).toEqual({ file: '', gates: 'A=true', names: '[a,b]', on: 'false', wait: '1.5s' });
});

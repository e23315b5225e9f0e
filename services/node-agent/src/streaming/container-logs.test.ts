import { parseLogQuery } from './container-logs.ts';
import { loggedId } from './find-container.ts';

const NOW = 1_000_000;

test.each([
  ['', { follow: false, timestamps: false }],
  ['follow=true&timestamps=1&tailLines=5&limitBytes=9', { follow: true, timestamps: true, tailLines: 5, limitBytes: 9 }],
  ['follow=false&timestamps=0', { follow: false, timestamps: false }],
  ['tail=7', { follow: false, timestamps: false, tailLines: 7 }],
  ['tail=all&tailLines=3', { follow: false, timestamps: false }],
  ['tailLines=0', { follow: false, timestamps: false, tailLines: 0 }],
  ['sinceSeconds=10', { follow: false, timestamps: false, sinceMs: NOW - 10_000 }],
  ['sinceTime=1970-01-01T00:00:10Z', { follow: false, timestamps: false, sinceMs: 10_000 }],
  ['stream=Stderr', { follow: false, timestamps: false, stream: 'stderr' }],
  ['stream=All&tailLines=1', { follow: false, timestamps: false, tailLines: 1 }],
])('parseLogQuery: %s', (query, want) => { expect(parseLogQuery(new URLSearchParams(query), NOW)).toEqual(want); });

test.each([
  ['tailLines=x', 400], ['sinceTime=yesterday', 400], ['limitBytes=1.5', 400], ['tailLines=-1', 422], ['limitBytes=0', 422], ['sinceSeconds=0', 422],
  ['sinceSeconds=1&sinceTime=1970-01-01T00:00:10Z', 422], ['stream=Other', 422], ['stream=Stdout&tailLines=1', 422],
])('parseLogQuery refuses %s', (query, code) => {
  expect(() => parseLogQuery(new URLSearchParams(query), NOW)).toThrow(expect.objectContaining({ code, message: code === 400 ? '{"message": "Unable to decode query."}' : '{"message": "Invalid request."}' }));
});

const status = (more: object) => ({ name: 'c', image: '', imageID: '', ready: false, restartCount: 0, ...more });
const ended = (containerID: string) => ({ terminated: { exitCode: 0, containerID } });

test.each<[string, Parameters<typeof loggedId>[0], boolean, string]>([
  ['running', status({ containerID: 'r://1', state: { running: {} } }), false, 'r://1'],
  ['ended', status({ state: ended('r://2') }), false, 'r://2'],
  ['ended before it was made again', status({ state: ended(''), lastState: ended('r://3') }), false, 'r://3'],
  ['waiting for its next start', status({ state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended('r://4') }), false, 'r://4'],
  ['the one before', status({ containerID: 'r://6', state: { running: {} }, lastState: ended('r://5') }), true, 'r://5'],
])('loggedId: %s', (_title, one, previous, want) => { expect(loggedId(one, { podName: 'p', container: 'c', previous })).toBe(want); });

test.each<[Parameters<typeof loggedId>[0], boolean, string]>([
  [undefined, false, 'container "c" in pod "p" is not available'],
  [status({ state: { running: {} } }), true, 'previous terminated container "c" in pod "p" not found'],
  [status({ state: ended('') }), false, 'container "c" in pod "p" is terminated'],
  [status({ state: { waiting: { reason: 'ErrImagePull' } } }), false, 'container "c" in pod "p" is waiting to start: image can\'t be pulled'],
  [status({ state: { waiting: { reason: 'ImagePullBackOff' } } }), false, 'container "c" in pod "p" is waiting to start: trying and failing to pull image'],
  [status({ state: { waiting: { reason: 'ContainerCreating' } } }), false, 'container "c" in pod "p" is waiting to start: ContainerCreating'],
  [status({}), false, 'container "c" in pod "p" is waiting to start - no logs yet'],
])('loggedId: why there are none: %#', (one, previous, message) => {
  expect(() => loggedId(one, { podName: 'p', container: 'c', previous })).toThrow(expect.objectContaining({ code: 400, message }));
});

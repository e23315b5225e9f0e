import { revisionData } from './controller-revisions.ts';

test('revisionData has its fields in the order in which other clients write them', () => {
  const template = { spec: { containers: [{ name: 'c', image: 'i' }], activeDeadlineSeconds: 1 }, metadata: { name: '', labels: { b: '2', a: '1' } } };
  expect(JSON.stringify(revisionData({ metadata: { name: 'd' }, spec: { template } })))
    .toBe('{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"a":"1","b":"2"},"name":""},"spec":{"activeDeadlineSeconds":1,"containers":[{"image":"i","name":"c"}]}}}}');
});

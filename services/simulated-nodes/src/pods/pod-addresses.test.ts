import { PodAddresses } from './pod-addresses.ts';

test('PodAddresses gives each pod one address for its life and a new one to the next', () => {
  const addresses = new PodAddresses();
  const [a, b] = [addresses.of('a'), addresses.of('b')];
  expect([a, b, addresses.of('a')]).toEqual(['10.128.0.1', '10.128.0.2', '10.128.0.1']);
  addresses.release('a');
  addresses.release('a');
  expect(addresses.of('c')).toBe('10.128.0.3'); // a freed one waits until all others were given
});

test('PodAddresses are unlike for tens of thousands of pods', () => {
  const addresses = new PodAddresses();
  const given = Array.from({ length: 70_000 }, (_, i) => addresses.of(String(i)));
  expect(new Set(given).size).toBe(given.length);
  expect(given.at(-1)).toBe('10.129.17.112');
});

test('PodAddresses does not give away what a pod kept from before a restart', () => {
  const addresses = new PodAddresses();
  addresses.keep('old', '10.128.0.1');
  expect([addresses.of('new'), addresses.of('old')]).toEqual(['10.128.0.2', '10.128.0.1']);
});

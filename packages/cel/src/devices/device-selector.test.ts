import { compileDeviceSelector, deviceActivation, DEVICE_SELECTOR_COST_MAX } from './device-selector.ts';

const device = { driver: 'gpu.test', attributes: { model: { string: 'x' }, 'other.test/fast': { bool: true }, lanes: { int: 8 }, firmware: { version: '1.2.3' } }, capacity: { memory: { value: '16Gi' } } };

test.each<[string, boolean | string]>([
  ["device.driver == 'gpu.test'", true],
  ["device.attributes['gpu.test'].model == 'x' && device.attributes['other.test'].fast", true],
  ["device.attributes['gpu.test'].lanes > 8", false],
  ["device.attributes['gpu.test'].firmware.isGreaterThan(semver('1.0.0'))", true],
  ["device.capacity['gpu.test'].memory.compareTo(quantity('10Gi')) >= 0", true],
  ["'model' in device.attributes['nobody.test']", false],
  ["device.attributes['nobody.test'].model == 'x'", 'no such key: model'],
  ['device.allowMultipleAllocations', false],
])('%s', (text, want) => {
  const compiled = compileDeviceSelector(text);
  if (typeof compiled === 'string') throw new Error(compiled);
  const { result } = compiled.evaluate(deviceActivation(device), DEVICE_SELECTOR_COST_MAX);
  expect(typeof result === 'object' && result !== null && 'message' in result ? result.message : result).toBe(want);
});

import { deviceSelectorFaults, type DeviceSelector } from './device-selector.ts';

test.each<[DeviceSelector[], string[]]>([
  [[{ cel: { expression: "device.driver == 'gpu.example.com' && device.attributes['gpu.example.com'].model == 'x'" } }], []],
  [[{ cel: { expression: "device.capacity['gpu.example.com'].memory.compareTo(quantity('10Gi')) >= 0" } }], []],
  [[{ cel: { expression: "cel.bind(dra, device.attributes['gpu.example.com'], dra.fast && dra.large)" } }], []],
  [[{ cel: { expression: "device.attributes['gpu.example.com'].fast" } }], []],
  [[{ cel: { expression: 'device.nope' } }, { cel: { expression: '1' } }, {}], [
    "s[0].cel.expression: Invalid value: \"device.nope\": compilation failed: ERROR: <input>:1:7: undefined field 'nope'", 's[1].cel.expression: Invalid value: "1": must evaluate to bool or the unknown type, not int', 's[2].cel: Required value']],
  [[{ cel: { expression: `'${'a'.repeat(11_000)}' == 'b'` } }], ['s[0].cel.expression: Too long: may not be more than 10240 bytes']],
  [[{ cel: { expression: 'device.attributes.all(a, device.attributes.all(b, device.attributes.all(c, device.attributes.all(d, device.attributes.all(e, true)))))' } }], ['s[0].cel.expression: Forbidden: too complex, exceeds cost limit']],
])('selectors %j have the faults %j', (selectors, faults) => {
  expect(deviceSelectorFaults(selectors, 's').map(({ field, message }) => `${field}: ${message.split('\n', 1).join()}`)).toEqual(faults);
});

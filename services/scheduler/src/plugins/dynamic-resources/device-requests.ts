import type { resourceV1 } from '@kubernode/api';
import { compileDeviceSelector, DEVICE_SELECTOR_COST_MAX, deviceActivation, type CompiledExpression } from '@kubernode/cel';
import type { PooledDevice } from './device-pools.ts';

type Class = Readonly<resourceV1.DeviceClass>;
type Request = Readonly<resourceV1.DeviceRequest>;

/** A request, or one of its alternatives, in one shape. */
export interface DeviceWish {
  readonly base: string;
  /** Of an alternative. */
  readonly sub: string | undefined;
  readonly class: Class;
  readonly selectors: readonly resourceV1.DeviceSelector[];
  /** Undefined: all that there are. */
  readonly count: number | undefined;
  readonly adminAccess: boolean;
  readonly tolerations: readonly resourceV1.DeviceToleration[];
  readonly capacities: Readonly<Record<string, string>> | undefined;
}

/** The name under which results speak of the request. */
export function wishName({ base, sub }: Pick<DeviceWish, 'base' | 'sub'>): string { return sub === undefined ? base : `${base}/${sub}`; }

/** The request's alternatives, the better first; a plain request has one. */
export function wishesOf({ name, exactly, firstAvailable = [] }: Request, classOf: (name: string) => Class | undefined): DeviceWish[] {
  const parts: readonly { sub: string | undefined; of: Readonly<resourceV1.ExactDeviceRequest> }[] = exactly === undefined ? firstAvailable.map((one) => ({ sub: one.name, of: one })) : [{ sub: undefined, of: exactly }];
  return parts.flatMap(({ sub, of }) => {
    const deviceClass = classOf(of.deviceClassName);
    return deviceClass === undefined ? [] : [{
      base: name, sub, class: deviceClass, selectors: of.selectors ?? [], count: of.allocationMode === 'All' ? undefined : of.count ?? 1,
      adminAccess: of.adminAccess === true, tolerations: of.tolerations ?? [], capacities: of.capacity?.requests,
    }];
  });
}

/** Class names that no class has, in Kubernetes' words; undefined when all are there. */
export function missingClass(requests: readonly Request[], classOf: (name: string) => Class | undefined): string | undefined {
  for (const { name, exactly, firstAvailable = [] } of requests) {
    const named = exactly === undefined ? firstAvailable.map((one) => [`${name}/${one.name}`, one.deviceClassName] as const) : [[name, exactly.deviceClassName] as const];
    const missing = named.find(([, className]) => classOf(className) === undefined);
    if (missing !== undefined) return `request ${missing[0]}: device class ${missing[1]} does not exist`;
  }
  return undefined;
}

/** A selector that cannot be read or fails for a device; the attempt ends with it. */
export class SelectorFault extends Error {
  override readonly name = 'SelectorFault';
}

/** Compiled selectors by text; a class is asked about many devices. */
const COMPILED_MAX = 1000;

/** Whether devices meet selectors; remembers what it compiled. */
export class SelectorCache {
  readonly #compiled = new Map<string, CompiledExpression | string>();

  /** @throws SelectorFault */
  matches(wish: DeviceWish, device: PooledDevice): boolean {
    return this.#allMatch(wish.class.spec.selectors ?? [], device, `class ${wish.class.metadata.name}`) && this.#allMatch(wish.selectors, device, `request ${wishName(wish)}`);
  }

  #allMatch(selectors: readonly resourceV1.DeviceSelector[], { device, pool }: PooledDevice, owner: string): boolean {
    return selectors.every(({ cel }, i) => {
      const compiled = this.#compile(cel?.expression ?? '');
      if (typeof compiled === 'string') throw new SelectorFault(`${owner}: selector #${i}: CEL compile error: ${compiled}`);
      const { result } = compiled.evaluate(deviceActivation({ driver: pool.driver, allowMultipleAllocations: device.allowMultipleAllocations, attributes: device.attributes, capacity: device.capacity }), DEVICE_SELECTOR_COST_MAX);
      if (typeof result === 'object' && result !== null && 'message' in result) throw new SelectorFault(`${owner}: selector #${i}: CEL runtime error: ${result.message}`);
      return result === true;
    });
  }

  #compile(text: string): CompiledExpression | string {
    let compiled = this.#compiled.get(text);
    if (compiled === undefined) {
      if (this.#compiled.size >= COMPILED_MAX) this.#compiled.clear();
      compiled = compileDeviceSelector(text);
      this.#compiled.set(text, compiled);
    }
    return compiled;
  }
}

/** Whether a taint of the device keeps the request off it. */
export function isTaintedFor({ taints = [] }: Readonly<resourceV1.Device>, { tolerations }: DeviceWish): boolean {
  return taints.some((taint) => (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') && !tolerations.some(({ key = '', operator = 'Equal', value = '', effect = '' }) => (
    (effect === '' || effect === taint.effect) && (key === '' || key === taint.key) && (operator === 'Exists' || (operator === 'Equal' && value === (taint.value ?? ''))))));
}

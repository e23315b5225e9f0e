import type { resourceV1 } from '@kubernode/api';
import type { PooledDevice } from './device-pools.ts';

/** Requests by their names; of alternatives `request/alternative`. */
export interface RequestName { readonly base: string; readonly sub: string | undefined }

/** A condition on the devices of a claim together. */
export interface DeviceConstraint {
  /** False: the device does not go with those that were added. */
  add(request: RequestName, device: PooledDevice): boolean;
  remove(request: RequestName, device: PooledDevice): void;
}

export function deviceConstraint({ matchAttribute, distinctAttribute, requests = [] }: Readonly<resourceV1.DeviceConstraint>): DeviceConstraint {
  const concerns = ({ base, sub }: RequestName): boolean => requests.length === 0 || requests.includes(base) || (sub !== undefined && requests.includes(`${base}/${sub}`));
  const name = matchAttribute ?? distinctAttribute ?? '';
  const fits = matchAttribute === undefined ? (values: readonly string[], value: string) => !values.includes(value) : (values: readonly string[], value: string) => values.every((one) => one === value);
  const values: string[] = [];
  return {
    add(request, device) {
      if (!concerns(request)) return true;
      const value = attributeText(device, name);
      if (value === undefined || !fits(values, value)) return false;
      values.push(value);
      return true;
    },
    remove(request, device) {
      const value = concerns(request) ? attributeText(device, name) : undefined;
      const at = value === undefined ? -1 : values.lastIndexOf(value);
      if (at >= 0) values.splice(at, 1);
    },
  };
}

/** Equal for equal values of the same kind; a name without domain is the driver's. */
function attributeText({ device: { attributes = {} }, pool: { driver } }: PooledDevice, name: string): string | undefined {
  const attribute = attributes[name] ?? (name.startsWith(`${driver}/`) ? attributes[name.slice(driver.length + 1)] : undefined);
  return attribute === undefined ? undefined : JSON.stringify([attribute.string, attribute.int, attribute.bool, attribute.version]);
}

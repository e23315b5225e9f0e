import { LocalPathInUse } from '../volumes/local-paths.ts';
import { HttpFault } from './http-fault.ts';
import type { RouteDeps } from './node-routes.ts';

/** `DELETE /localVolumes/NAME`: the provisioner's way to delete what a released volume stores. */
export async function removeLocalVolume({ removeLocalPath }: Pick<RouteDeps, 'removeLocalPath'>, { method, name }: { method: string | undefined; name: readonly string[] }): Promise<void> {
  if (method !== 'DELETE') throw new HttpFault(405, 'volumes can only be deleted');
  try { await removeLocalPath(name.join('/')); } catch (error) {
    if (error instanceof LocalPathInUse) throw new HttpFault(409, error.message);
    if (error instanceof RangeError) throw new HttpFault(400, error.message);
    throw error;
  }
}

/** Why an action on a release was refused or failed, in one sentence for its user. */
export class ReleaseError extends Error {
  override readonly name = 'ReleaseError';
}

export const releaseNotFound = (): ReleaseError => new ReleaseError('release: not found');
export const operationInProgress = (): ReleaseError => new ReleaseError('another operation (install/upgrade/rollback) is in progress');

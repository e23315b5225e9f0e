/**
 * Helm's charts without Helm: Go templates with sprig's and Helm's functions, chart files, values, and what a chart renders to.
 * Guarantees: the same bytes as `helm template` of Helm 3; nothing is asked of a cluster but through the `lookup` that is given; sizes,
 * depths and counts of what others wrote are bounded. Not here: reaching clusters and repositories.
 */
export { ChartError } from './chart/chart-error.ts';
export type { Chart, ChartDependency, ChartFile, ChartLock, ChartMaintainer, ChartMetadata } from './chart/chart.ts';
export { chartFromArchive, chartFromFiles, loadChart } from './chart/load-chart.ts';
export { mergeGivenValues, type GivenValues } from './chart/given-values.ts';
export { valuesFrom, type Values } from './values/values.ts';
export { renderChart } from './render/render-chart.ts';
export { outputDocuments, outputText, selectDocuments, type OutputDocument, type TemplateOutputOptions } from './render/template-output.ts';
export { defaultCapabilities } from './render/kubernetes-version.ts';
export { lintChart, type Finding, type LintOptions, type Severity } from './lint/lint-chart.ts';
export type { Hook, HookDeletePolicy, HookEvent, LookupReader, Manifest, ReleaseFacts, RenderCapabilities, RenderedChart, RenderOptions } from './render/rendered-chart.ts';
// Releases.
export { describePlan, type ObjectAction, type UpdateMethod } from './release/plan-update.ts';
export { diffReleases, type DiffOptions, type ObjectDiff } from './release/diff-releases.ts';
export { FIELD_MANAGER } from './release/take-over-fields.ts';
export { installRelease, type InstallOptions, type ReleaseResult } from './release/install-release.ts';
export { selectReleases, type ReleaseSelection } from './release/select-releases.ts';
export { parseManifest, splitManifest } from './release/manifest-objects.ts';
export { chartNameAndVersion, chartText, newestFirst, type HookExecution, type Release, type ReleaseStatus, type StoredChart, type StoredHook } from './release/release.ts';
export type { CallSignal, ObjectPatch, ObjectRef, ObjectType, Propagation, ReleaseCluster } from './release/release-cluster.ts';
export { ReleaseError } from './release/release-error.ts';
export type { ReleaseEnvironment } from './release/release-operation.ts';
export { decodeRelease, encodeRelease } from './release/release-secret.ts';
export { createReleaseStore, type ReleaseStore } from './release/release-store.ts';
export type { DryRun } from './release/render-release.ts';
export { computedValues, type ValuePolicy } from './release/reuse-values.ts';
export { readReadiness, type ResourceState } from './release/read-readiness.ts';
export { prepareUpgrade, upgradeRelease, type UpgradeOptions } from './release/upgrade-release.ts';
export { rollbackRelease, type RollbackOptions } from './release/rollback-release.ts';
export { uninstallRelease, type UninstallOptions, type UninstallResult } from './release/uninstall-release.ts';
export { testLogs, testRelease, type TestOptions } from './release/test-release.ts';

// Five projects over the same sources: unit tests stand beside the code, integration tests (a real etcd,
// containerd or iptables) in each workspace's test/ folder, end-to-end tests in test-e2e/, and there in machines/ those that take long
// (`make machines`), in clients/ those with Kubernetes' clients of other languages, which have to be installed first (`make clients`).
//
// Unit tests share their modules: a thread loads each once, as Node loads TypeScript by tsx. The others begin with fresh ones for each file, as
// jest does it. So they are started in two ways: `npm run test:unit -- PATTERN`, `npm run test:integration -- PATTERN`.
const asksForUnit = process.argv.some((word) => word.startsWith('--selectProjects=') && word.includes('unit'));
if (asksForUnit && !process.env.NODE_OPTIONS?.includes('--import tsx')) throw new Error("unit tests are started by: npm run test:unit -- PATTERN");

const base = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/hack/jest-transform.cjs' },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

export default {
  maxWorkers: 2,
  projects: [
    { ...base, displayName: 'unit', runner: 'jest-light-runner', setupFiles: ['<rootDir>/hack/jest-typescript.mjs'], setupFilesAfterEnv: ['<rootDir>/hack/jest-time-limits.mjs'], testMatch: ['<rootDir>/{packages,services,hack}/**/src/**/*.test.ts', '<rootDir>/{hack,bench,examples}/**/*.test.ts', '<rootDir>/simulation/src/**/*.test.ts', '<rootDir>/test-e2e/chaos/**/*.test.ts'] },
    { ...base, displayName: 'integration', testMatch: ['<rootDir>/{packages,services}/*/test/**/*.test.ts', '<rootDir>/simulation/test/**/*.test.ts'] },
    { ...base, displayName: 'e2e', testMatch: ['<rootDir>/test-e2e/*.test.ts'] },
    { ...base, displayName: 'machines', testMatch: ['<rootDir>/test-e2e/machines/*.test.ts'] },
    { ...base, displayName: 'clients', testMatch: ['<rootDir>/test-e2e/clients/*.test.ts'] },
  ],
};

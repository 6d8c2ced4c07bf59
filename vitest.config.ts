import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['sallyport-source', 'node', 'default'] },
  // Without import: the conditions reach the workers, whose require would take modules for it.
  ssr: { resolve: { conditions: ['sallyport-source', 'node', 'default'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'conformance/**/*.test.ts', 'examples/**/*.test.ts', 'tools/**/*.test.ts'],
    pool: 'forks',
    execArgv: ['--conditions=sallyport-source'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});

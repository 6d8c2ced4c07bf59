import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['sallyport-source', 'node', 'default'] },
  // Without import: the conditions reach the workers, whose require would take modules for it.
  ssr: { resolve: { conditions: ['sallyport-source', 'node', 'default'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'conformance/**/*.test.ts', 'examples/**/*.test.ts', 'tools/**/*.test.ts'],
    pool: 'forks',
    // Many tests wait for what they have started: one at a time would leave a small machine idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    execArgv: ['--conditions=sallyport-source'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});

import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['sallyport-source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['sallyport-source', 'node', 'import', 'default'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'conformance/**/*.test.ts', 'examples/**/*.test.ts', 'tools/**/*.test.ts'],
    pool: 'forks',
    execArgv: ['--conditions=sallyport-source'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});

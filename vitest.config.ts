import { defineConfig } from 'vitest/config';

const project = (root: string) => ({
  extends: true as const,
  test: { name: root.replace(/^.*\//, ''), root, include: ['test/**/*.test.ts'] },
});

export default defineConfig({
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    projects: [
      'packages/shop-client',
      'packages/cli',
      'packages/infra-check',
      'packages/sandbox',
      'examples/drain-on-shutdown',
      'examples/monitoring',
      'examples/msw-tests',
      'examples/opentelemetry',
      'examples/register',
      'e2e',
      'scripts',
    ].map(project),
    restoreMocks: true,
    testTimeout: 30_000,
    expect: { poll: { timeout: 25_000 } },
    env: { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    coverage: { provider: 'v8', include: ['packages/*/src/**'], reporter: ['text', 'html'] },
  },
});

import { defineConfig } from 'vitest/config';

// Two projects: `unit` runs everything beside the code, in parallel; `system` starts whole systems and
// therefore has the machine to itself.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'packages/**/*.test.ts',
            'shop/{contracts,services,testing}/**/*.test.ts',
            'shop/web/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
          testTimeout: 20_000,
          // What is waited for comes late on a machine that runs everything at once.
          expect: { poll: { timeout: 10_000 } },
          setupFiles: ['scripts/fuzz-seed.ts'],
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/**/*.test.ts', 'shop/e2e/**/*.test.ts', 'exercises/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});

import { spawnSync } from 'node:child_process';

/** Everything but the tests, one step after the other; stops at the first that fails. `npm run ok`. */
const STEPS = ['types', 'lint', 'format:check', 'boundaries', 'docs:check', 'build'];

for (const step of STEPS) {
  const started = Date.now();
  const { status } = spawnSync('npm', ['run', '--silent', step], { stdio: 'inherit' });
  if (status !== 0) {
    console.error(`ok: ${step} failed`);
    process.exit(1);
  }
  console.log(`ok: ${step} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

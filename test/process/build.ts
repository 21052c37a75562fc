/**
 * Builds `dist` once before the process tests start the CLI from it. The build is incremental: it takes
 * a moment when nothing has changed. A build that fails ends the run; what the compiler says goes to
 * stderr, so that a report on stdout stays whole.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export default function build(): void {
  execFileSync('npm', ['run', '--silent', 'build'], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    stdio: ['ignore', process.stderr, process.stderr],
  });
}

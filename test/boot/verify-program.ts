import { fileURLToPath } from 'node:url';
import { converse } from '../../src/process.js';
import type { Verification } from '../../src/verify/verify.js';

export const PROGRAM = fileURLToPath(new URL('../../bin/snapdisc.js', import.meta.url));

const ENV = { program: 'env', purpose: 'runs the program', debianPackage: 'coreutils' };

/** What `snapdisc verify --json` prints of a disc, and how it ends. */
export async function verifyByProgram(iso: string, ...flags: readonly string[]) {
  const child = converse(ENV, [process.execPath, PROGRAM, 'verify', iso, '--json', ...flags]);
  child.stdin?.end();
  child.stderr?.resume();
  let stdout = '';
  child.stdout?.on('data', (piece: Buffer) => {
    stdout += piece.toString();
  });
  const { exitCode } = await child;
  const told = JSON.parse(stdout) as Verification & { error?: { code: string; exitCode: number } };
  return { exitCode, told };
}

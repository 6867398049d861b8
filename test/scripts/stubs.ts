import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { converse } from '../../src/process.js';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

export interface ScriptResult {
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own, gone after the test. */
export async function temporaryFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'snapdisc-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes an executable shell script. */
export async function writeScript(file: string, body: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${body}\n`);
  await chmod(file, 0o755);
}

/** Runs a script with `folder`'s programs found before the machine's own. */
export async function runScript(
  script: string,
  args: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ScriptResult> {
  const search = `PATH=${folder}:${process.env.PATH}`;
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const env = { program: 'env', purpose: 'sets the environment', debianPackage: 'coreutils' };
  const child = converse(env, [search, ...settings, script, ...args]);
  child.stdin?.end();
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('a conversation has no pipes');
  const [out, err, { exitCode }] = await Promise.all([text(stdout), text(stderr), child]);
  return { status: exitCode, stdout: out.trimEnd(), stderr: err.trimEnd() };
}

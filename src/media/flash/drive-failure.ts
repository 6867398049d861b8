import { SnapdiscError } from '../../errors.js';

const NOT_PERMITTED = 'Run it as root: sudo snapdisc ...';
const BUSY = 'Close what reads or writes there, and start over.';

/** What went wrong with a drive that is written, as one of ours: `output.*`. Pure. */
export function driveFailure(path: string, error: unknown): SnapdiscError {
  if (error instanceof SnapdiscError && error.code !== 'tool.failed') return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (isRefusal(error)) {
    return failure('not-permitted', `${path} may not be written.`, NOT_PERMITTED, error);
  }
  if (code === 'EBUSY') return failure('busy', `${path} is in use.`, BUSY, error);
  return failure(
    'drive-failed',
    `${path} failed, or was pulled out: ${message}`,
    'What is on it is not whole. Put it in again and start over; if it fails again, take another.',
    error,
  );
}

/** Whether the system said that this user may not. */
export function isRefusal(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EACCES' || code === 'EPERM';
}

/** What umount said, in the words of util-linux and busybox, as one of ours. Pure. */
export function unmountFailure(mount: string, error: unknown): unknown {
  if (!(error instanceof SnapdiscError) || error.code !== 'tool.failed') return error;
  if (/superuser|not permitted|permission denied/i.test(error.message)) {
    return failure('not-permitted', `${mount} may not be unmounted.`, NOT_PERMITTED, error);
  }
  if (!/busy/i.test(error.message)) return error;
  return failure('busy', `What is mounted at ${mount} is in use.`, BUSY, error);
}

function failure(kind: string, message: string, hint: string, cause: unknown): SnapdiscError {
  return new SnapdiscError(`output.${kind}`, message, { hint, cause });
}

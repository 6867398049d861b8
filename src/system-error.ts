import { getSystemErrorMap } from 'node:util';

/** Why the system refused something, in its words: `permission denied`; of other errors their message. Pure. */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { errno, message }: NodeJS.ErrnoException = error;
  return (errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]) ?? message;
}

/**
 * A kernel parameter: programs run at the same addresses each time. QEMU translates a page of code anew for each
 * address it runs at, and goes through all of its translations whenever something is written to where it was. A
 * Debian, whose boot has many short processes, took 150 s until multi-user.target on a busy machine, with it 57 s.
 */
export const SAME_ADDRESSES = 'norandmaps';

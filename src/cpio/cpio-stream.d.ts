/** The part of cpio-stream 1.4 that newc.ts uses; the package brings no types. */
declare module 'cpio-stream' {
  import type { Readable } from 'node:stream';

  interface Header {
    name: string;
    /** Text is converted; a numeric 0 counts as missing. */
    ino: number | string;
    /** With the file type. */
    mode: number;
    uid: number;
    gid: number;
    nlink: number;
    mtime: Date;
    devmajor: number;
    devminor: number | string;
    rdevmajor: number;
    rdevminor: number;
  }

  interface Pack extends Readable {
    /** Changes `header`. */
    entry(header: Header, content: Buffer): void;
    finalize(): void;
  }

  const cpio: { pack(options: { format: 'newc' }): Pack };
  export default cpio;
}

/** What `openssl passwd` reads of a line; it cuts the rest off. */
export const MAX_PASSWORD_BYTES = 256;

/** Connections to a remote side: what most servers allow one address, and lftp's users choose. */
export const defaultParallel = 4;

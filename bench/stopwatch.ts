/**
 * The one clock of the measurements: fractions of a millisecond, where the product's clock port counts
 * whole ones. It counts from the start of each process, so readings of two processes are never compared.
 */

/** Milliseconds since the start of this process. */
export const elapsedMs = (): number => performance.now();

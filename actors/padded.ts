/**
 * Numbers in keys are padded, so that byte order is their order.
 *
 * One sub-transaction is written under several keys in a row, so the last number is kept with its text.
 */
let last = 0;
let text = '0000000000000000';

/** The number with 16 digits. */
export function padded(n: number): string {
  const whole = Math.floor(n);
  if (whole !== last) {
    last = whole;
    text = String(whole).padStart(16, '0');
  }
  return text;
}

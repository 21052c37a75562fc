/** One sub-transaction: where it is, and why. */
import { Head } from '../parts/head.tsx';
import type { ViewProps } from '../routes.ts';

export function SubTransaction({ name }: ViewProps) {
  return (
    <Head title={name || 'Sub-transaction'} lead="One sub-transaction: where it is, and why." />
  );
}

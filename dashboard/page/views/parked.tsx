/** Sub-transactions that wait for a decision. */
import { Head } from '../parts/head.tsx';
import type { ViewProps } from '../routes.ts';

export function Parked({ name }: ViewProps) {
  return <Head title={name || 'Parked'} lead="Sub-transactions that wait for a decision." />;
}

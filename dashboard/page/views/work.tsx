/** Sub-transactions, by state and job. */
import { Head } from '../parts/head.tsx';
import type { ViewProps } from '../routes.ts';

export function Work({ name }: ViewProps) {
  return <Head title={name || 'Work'} lead="Sub-transactions, by state and job." />;
}

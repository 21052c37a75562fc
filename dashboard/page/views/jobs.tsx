/** All jobs, running ones first. */
import { Head } from '../parts/head.tsx';
import type { ViewProps } from '../routes.ts';

export function Jobs({ name }: ViewProps) {
  return <Head title={name || 'Jobs'} lead="All jobs, running ones first." />;
}

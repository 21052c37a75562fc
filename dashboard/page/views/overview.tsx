/** What needs somebody, what runs, and what comes next. */
import { Head } from '../parts/head.tsx';
import type { ViewProps } from '../routes.ts';

export function Overview({ name }: ViewProps) {
  return (
    <Head title={name || 'Overview'} lead="What needs somebody, what runs, and what comes next." />
  );
}

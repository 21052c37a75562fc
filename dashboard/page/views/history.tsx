/** Everything that was recorded, with filters. */
import { Head } from '../parts/head.tsx';
import type { ViewProps } from '../routes.ts';

export function History({ name }: ViewProps) {
  return <Head title={name || 'History'} lead="Everything that was recorded, with filters." />;
}

/** One agent: its connection, its beats, what runs there. */
import { Head } from '../parts/head.tsx';
import type { ViewProps } from '../routes.ts';

export function Agent({ name }: ViewProps) {
  return (
    <Head title={name || 'Agent'} lead="One agent: its connection, its beats, what runs there." />
  );
}

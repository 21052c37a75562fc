/** One statechart with the live count of each state. */
import { Head } from '../parts/head.tsx';
import type { ViewProps } from '../routes.ts';

export function Machine({ name }: ViewProps) {
  return (
    <Head title={name || 'Statechart'} lead="One statechart with the live count of each state." />
  );
}

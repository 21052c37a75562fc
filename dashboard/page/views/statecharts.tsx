/** Every statechart, drawn from its own definition. */
import { Head } from '../parts/head.tsx';
import type { ViewProps } from '../routes.ts';

export function Statecharts({ name }: ViewProps) {
  return (
    <Head title={name || 'Statecharts'} lead="Every statechart, drawn from its own definition." />
  );
}

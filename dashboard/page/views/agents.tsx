/** All agents, the worst first. */
import { Head } from '../parts/head.tsx';
import type { ViewProps } from '../routes.ts';

export function Agents({ name }: ViewProps) {
  return <Head title={name || 'Agents'} lead="All agents, the worst first." />;
}

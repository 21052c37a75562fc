/** One job: how far it is, how fast, and what stands in its way. */
import { Head } from '../parts/head.tsx';
import type { ViewProps } from '../routes.ts';

export function Job({ name }: ViewProps) {
  return (
    <Head
      title={name || 'Job'}
      lead="One job: how far it is, how fast, and what stands in its way."
    />
  );
}

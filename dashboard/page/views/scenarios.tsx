/** Recordings and scripted stories, played step by step. */
import { Head } from '../parts/head.tsx';
import type { ViewProps } from '../routes.ts';

export function Scenarios({ name }: ViewProps) {
  return (
    <Head
      title={name || 'Scenarios'}
      lead="Recordings and scripted stories, played step by step."
    />
  );
}

/** Which agents belong together, and how much they are given. */
import { Head } from '../parts/head.tsx';
import type { ViewProps } from '../routes.ts';

export function Classes({ name }: ViewProps) {
  return (
    <Head
      title={name || 'Process classes'}
      lead="Which agents belong together, and how much they are given."
    />
  );
}

/** What several views show of sub-transactions: where to read on, and why one waits for a person. */
import { Link } from 'wouter-preact';

export const subPath = (id: string): string => `/sub-transactions/${encodeURIComponent(id)}`;

export const SubLink = ({ id }: { readonly id: string }) => (
  <Link href={subPath(id)} class="mono">
    {id}
  </Link>
);

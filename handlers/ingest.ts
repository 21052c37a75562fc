/**
 * The handler `ingest`: puts one item of a tree in place at the target (ingest-items.ts).
 *
 * It runs in a worker thread (ingest-work.ts), so that it can be killed and that hashing cannot hold up
 * heartbeats. Doing an item twice does no harm: what is in place is left alone, the rest is replaced
 * whole. So an attempt whose end nobody knows is simply given out again.
 */
import { defineHandler } from './define-handler.ts';
import { IngestInput, IngestResult } from './ingest-items.ts';
import { sibling } from './sibling.ts';

/** Retries 0; lost attempts are given out again, up to four times. */
export const ingest = defineHandler({
  name: 'ingest',
  module: sibling('./ingest-work.ts', import.meta.url),
  maxRetries: 0,
  onUnknown: 'retry',
  input: IngestInput,
  result: IngestResult,
});

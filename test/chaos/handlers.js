/**
 * What the agents of a chaos run offer beside `shell`: the same task in a worker thread, and in the agent's
 * own loop, where nothing can kill it but the end of the process.
 */
import { defineHandler } from '../../dist/handlers/define-handler.js';
import run from './worker-task.js';

export const thread = defineHandler({
  name: 'thread',
  module: new URL('./worker-task.js', import.meta.url),
});
export const inline = defineHandler({ name: 'inline', run });

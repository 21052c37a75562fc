/**
 * The first file of a process that plays seeds: each message is a seed, each answer what became of it. Its
 * parent starts one for each core, since two worlds in one process would share its event loop.
 */
import process from 'node:process';
import { playSeed } from './simulate.ts';

process.on('message', (seed: number) => {
  void playSeed(seed).then((result) => process.send!(result));
});

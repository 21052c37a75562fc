/**
 * The controller's store within a data directory: who may open it, and the sentences for those who may not.
 *
 *   DATA/controller/data.mdb   one owner at a time
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openLmdbStore } from '../store/lmdb.ts';
import { OwnerUnknown } from '../store/owner.ts';
import { StoreFailed, StoreInUse, type Store } from '../store/store.ts';
import { addressOf } from './address.ts';
import { CommandFailed, exitCodes, usage } from './failure.ts';

export const controllerDirectory = (data: string) => join(resolve(data), 'controller');

/** Opens the store of a data directory that was used before. @throws {CommandFailed} when there is none */
export async function openIdle(data: string): Promise<Store> {
  const directory = controllerDirectory(data);
  try {
    readdirSync(existsSync(data) ? data : '.');
  } catch (error) {
    const reason = (error as Error).message;
    throw usage(
      `The data directory ${data} cannot be read (${reason}); choose another with --data.`,
      error,
    );
  }
  if (!existsSync(join(directory, 'data.mdb'))) {
    throw new CommandFailed(
      exitCodes.noController,
      `There is no controller, and nothing was ever run in ${data}: name another directory with --data, or begin with \`lifeline run\` or \`lifeline ingest\`.`,
    );
  }
  return openControllerStore(data);
}

/** Takes the store of a data directory, and makes it when there is none. @throws {CommandFailed} */
export async function openControllerStore(data: string): Promise<Store> {
  try {
    return await openLmdbStore(controllerDirectory(data));
  } catch (error) {
    if (error instanceof OwnerUnknown) {
      throw usage(
        `${error.message} If a controller is at work there, name it with --url, and its token with --token-file.`,
        error,
      );
    }
    if (error instanceof StoreFailed) throw usage(error.message, error);
    if (!(error instanceof StoreInUse)) throw error;
    const holder = addressOf(data);
    const where = holder === undefined ? '' : `, which answers at ${holder.url}`;
    throw usage(
      `The data directory ${data} is in use by another lifeline command${where}: wait for its end, or choose another with --data.`,
      error,
    );
  }
}

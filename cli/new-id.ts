/** Names for what must not be mistaken for anything else: stores, controllers, requests. */
import { randomBytes } from 'node:crypto';

/** 128 bits of chance, as letters and digits. */
export const newId = (): string => randomBytes(16).toString('hex');

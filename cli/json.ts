/** JSON as the commands print it: one document, or one line each. */
import { jsonText } from '../dashboard/server/json.ts';

/** One document, indented. */
export const jsonDocument = (value: unknown): string => jsonText(value, 2);

/** One line. */
export const jsonLine = (value: unknown): string => jsonText(value);

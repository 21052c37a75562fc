/** The part of a pino logger that the nodes use. */

/** Takes what a node has to say: fields for programs, a message for people. A pino logger is one. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Logs nothing. */
export const silent: Logger = { info: () => {}, warn: () => {}, error: () => {} };

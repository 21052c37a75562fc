/** A command that cannot be carried out. The message is one sentence for whoever gave it. */
/** A command or query that cannot be: `code` says why for programs, the message for people. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly retryable = false;
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** `unknown`: there is no such thing. The others say why it cannot be done to what there is. */
export type RefusalCode =
  | 'unknown'
  | 'jobTaken'
  | 'idTaken'
  | 'notRunning'
  | 'ended'
  | 'notParked'
  | 'outOfStep'
  | 'onceARun';

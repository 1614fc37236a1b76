/**
 * The one class for operating failures: something outside the program (a file, a disk, a broker, an
 * adapter) did not do what it should. The code is stable and is what callers branch on; the message says
 * what is wrong and where, the remedy what to do. A broken invariant is not one of these: it throws a
 * plain Error and ends the process.
 */

export type ErrorCode =
  | 'config-invalid'
  | 'recording-invalid'
  | 'measurement-malformed'
  | 'store-locked'
  | 'store-unusable'
  | 'store-write-failed'
  | 'uplink-misconfigured'
  | 'radio-unavailable'
  | 'gateway-unavailable'
  | 'bundle-failed';

export class OperatingError extends Error {
  override readonly name = 'OperatingError';
  readonly code: ErrorCode;
  /** What a person can do about it; absent where waiting is all there is. */
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, message: string, options: { remedy?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy;
  }
}

export function isOperatingError(error: unknown, code?: ErrorCode): error is OperatingError {
  return error instanceof OperatingError && (code === undefined || error.code === code);
}

/** The text of whatever was thrown, and what to do about it where that is known. */
export function explanationOf(error: unknown): string {
  const remedy = isOperatingError(error) ? error.remedy : undefined;
  return remedy === undefined ? messageOf(error) : `${messageOf(error)}: ${remedy}`;
}

/** The text of whatever was thrown; the AWS SDK, among others, throws plain strings. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

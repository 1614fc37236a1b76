/** What the command line's exit codes mean. 78 is EX_CONFIG of sysexits.h; the service does not restart on it. */
export const EXIT = { done: 0, failed: 1, usage: 2, configuration: 78 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

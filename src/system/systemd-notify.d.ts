/** The package ships no types. */
declare module 'systemd-notify' {
  /** Runs `systemd-notify`; rejects with its error output, or with the error of starting it. */
  function notify(options: { ready?: boolean; status?: string; pid?: number }): Promise<unknown>;
  export = notify;
}

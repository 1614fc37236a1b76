/** Brings a checked response into the form that the rest of the program uses. */
import { resolve } from 'node:path';
import type { ResponseFile, ResponseSettings } from './response-schema.ts';

/** @param directory what relative paths in the file are relative to */
export function responseSettings(name: string, response: ResponseFile, directory: string): ResponseSettings {
  const { severity, events } = response;
  const choice = { name, severity, events };
  switch (response.kind) {
    case 'topic': {
      const { url, topic, username, password, ca } = response;
      return {
        choice,
        kind: 'topic',
        url,
        topic,
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
        ...(ca === undefined ? {} : { tls: { ca: resolve(directory, ca) } }),
      };
    }
    case 'webhook': {
      const { url, secret, ca, timeout: timeoutMs, give_up_after: giveUpAfterMs } = response;
      return {
        choice,
        kind: 'webhook',
        url,
        secret,
        ...(ca === undefined ? {} : { ca: resolve(directory, ca) }),
        timeoutMs,
        giveUpAfterMs,
      };
    }
    case 'command': {
      const { command, timeout: timeoutMs } = response;
      return { choice, kind: 'command', command, timeoutMs };
    }
  }
}

/** By which a running gateway can be reached: asked how it is, and told what to do. */
import { resolve } from 'node:path';
import { ownSockets } from '../system/socket-places.ts';
import { type ControllingParts, controllingSocket } from './control-answer.ts';
import { type AnsweringParts, answeringSocket } from './status-answer.ts';
import { version } from './version.ts';

/** Not open yet, for a gateway that starts now. */
export function socketsOf(
  given: Omit<AnsweringParts & ControllingParts, 'sockets' | 'version'> & { readonly env: NodeJS.ProcessEnv },
) {
  const parts = { ...given, sockets: ownSockets(resolve(given.store.path), given.env) };
  return [answeringSocket(parts), controllingSocket({ ...parts, version: version() })];
}

/** By which a running gateway can be reached: asked how it is, and told what to do. */
import { resolve } from 'node:path';
import { type ControllingParts, controllingSocket } from './control-answer.ts';
import { type AnsweringParts, answeringSocket } from './status-answer.ts';
import { version } from './version.ts';

/** Not open yet, for a gateway that starts now. */
export function socketsOf(parts: AnsweringParts & Omit<ControllingParts, 'storePath' | 'version'>) {
  const storePath = resolve(parts.store.path);
  return [answeringSocket(parts), controllingSocket({ ...parts, storePath, version: version() })];
}

/** What the test and the program of its straps say to each other, over the channel of the child process. */
import type { Heart } from './numbered-heart.ts';

/** Everything that a strap's program has to know at first; bytes are in hex. */
export interface StrapProgramSettings {
  readonly controllerPath: string;
  readonly name: string;
  readonly advertisement: string;
  readonly scanResponse: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
  readonly firmware: string;
  /** 0x2A38. */
  readonly sensorLocation: number;
  readonly batteryPercent: number;
  readonly heart: Heart;
  /** Notifications a second; 0 is none. */
  readonly hz: number;
}

/** Each is for the strap whose number it carries. */
export type ToStrap = { readonly strap: number } & (
  | { readonly type: 'run'; readonly settings: StrapProgramSettings }
  | { readonly type: 'rate'; readonly hz: number }
  | { readonly type: 'heart'; readonly heart: Heart }
  | { readonly type: 'battery'; readonly percent: number }
  /** One notification with this value, in hex, at once. */
  | { readonly type: 'value'; readonly hex: string }
);

export type FromStrap = { readonly strap: number } & (
  | { readonly type: 'subscribed'; readonly subscribed: boolean }
  | { readonly type: 'failed'; readonly reason: string }
);

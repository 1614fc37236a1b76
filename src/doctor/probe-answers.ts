/** What the program says that looks at adapters in a process of its own, one line of JSON. */
import { z } from 'zod';

export const kernelAnswerSchema = z.discriminatedUnion('state', [
  z.strictObject({
    state: z.literal('open'),
    devices: z.array(z.strictObject({ adapter: z.string(), isUp: z.boolean() })),
  }),
  /** The error's code, as EAFNOSUPPORT, or ERR_DLOPEN_FAILED where the module is no good. */
  z.strictObject({ state: z.literal('refused'), code: z.string(), reason: z.string() }),
]);

export const controllerAnswerSchema = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('answered'), address: z.string() }),
  z.strictObject({ state: z.literal('silent'), reason: z.string(), remedy: z.string().optional() }),
]);

/** The program ended without an answer: native code that fails takes its process with it. */
export interface Crashed {
  readonly state: 'crashed';
  readonly reason: string;
}

export type KernelSocket = z.infer<typeof kernelAnswerSchema> | Crashed;
export type ControllerAnswer = z.infer<typeof controllerAnswerSchema> | Crashed;

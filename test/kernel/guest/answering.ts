/** The side of a steered process: each request names one of its actions, and is answered when that has ended. */
import type { Reply, Request } from './messages.ts';

export type Action = (argument: unknown) => unknown;

export function answer(actions: Readonly<Record<string, Action>>): void {
  const send = (reply: Reply) => process.send?.(reply);
  process.on('message', ({ id, name, argument }: Request) => {
    const action = actions[name];
    if (action === undefined) return void send({ id, error: `there is no action ${name}` });
    new Promise((resolve) => resolve(action(argument))).then(
      (result) => send({ id, result }),
      (error: unknown) => send({ id, error: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
  send({ id: 0, result: 'ready' });
}

/** Does one job, and says what came of it as a line of JSON. */
import { drain } from './drain-job.ts';
import { sampleAt, samplesBetween } from './heartbeats.ts';
import type { AppendJob, Job, LifeJob, Started, TakeJob } from './job.ts';
import { append, deliverNewest, hasEvicted, openStore, recall, Taking } from './product.ts';

// However the measurement ends, this ends with it.
process.stdin.on('end', () => process.exit()).resume();

const job = JSON.parse(process.argv[2] ?? '') as Job;
say(await resultOf(job));
process.exit();

async function resultOf(job: Job): Promise<object> {
  switch (job.kind) {
    case 'append':
      return await appendAll(job);
    case 'take':
      return await takeAll(job);
    case 'drain':
      return await drain(job, say);
    case 'life':
      return await live(job);
    case 'start':
      return await start(job.path);
  }
}

/** Where standard output is a pipe this returns when it is written, so what is told is true whatever comes then. */
function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

async function appendAll({ path, maxBytes, from, to, group, isDelivered, tells }: AppendJob): Promise<object> {
  const outbox = await openStore(path, maxBytes);
  const beginMs = performance.now();
  let before = Promise.resolve();
  for (let accepted = from; accepted < to; ) {
    const end = Math.min(to, accepted + group);
    const appended = append(outbox, samplesBetween(accepted, end));
    // One is got ready while the one before is being written; where something follows from it, it is waited for.
    await (tells || isDelivered ? appended : before);
    before = appended;
    if (isDelivered) await deliverNewest(outbox, end - accepted);
    accepted = end;
    if (tells) say({ accepted });
  }
  await before;
  const seconds = (performance.now() - beginMs) / 1000;
  await outbox.close();
  return { seconds };
}

async function takeAll({ path, from, to, group }: TakeJob): Promise<object> {
  const outbox = await openStore(path);
  const taking = new Taking(outbox);
  const beginMs = performance.now();
  for (let at = from; at < to; at += group) await taking.take(samplesBetween(at, Math.min(to, at + group)));
  await taking.finish();
  const seconds = (performance.now() - beginMs) / 1000;
  await outbox.close();
  return { seconds };
}

async function live({ path, maxBytes, from, to, group }: LifeJob): Promise<object> {
  const outbox = await openStore(path, maxBytes);
  if (!(await hasEvicted(outbox))) throw new Error(`${maxBytes} bytes are not full with ${from} samples`);
  for (let at = from; at < to; at += group) {
    await append(outbox, samplesBetween(at, at + group));
    await deliverNewest(outbox, group);
  }
  await outbox.close();
  return {};
}

async function start(path: string): Promise<Started> {
  const beginMs = performance.now();
  const outbox = await openStore(path);
  await recall(outbox);
  await append(outbox, [sampleAt(0)]);
  const seconds = (performance.now() - beginMs) / 1000;
  await outbox.close();
  return { seconds };
}

/** A store with a webhook as a process, to be killed: stores an alert for each athlete named, and goes on until it is ended. */
import { SqliteOutbox } from '../../../src/outbox/sqlite-outbox.ts';
import { samplesOf } from '../../contract/outbox.ts';
import { webhookOn } from './webhook-rig.ts';

const [path = '', url = '', ...athletes] = process.argv.slice(2);

const outbox = await SqliteOutbox.open({ path, maxBytes: 100_000_000, bootId: 'boot-1', uplinks: ['primary'] });
const { webhook, raise } = webhookOn(outbox, new URL(url));
webhook.start();
// An alert follows samples.
if (athletes.length > 0) await outbox.append(samplesOf('7', 0, 3));
for (const athlete of athletes) await raise(athlete);
process.stdout.write('stored\n');
// What is acknowledged goes to the disk now and then, as the gateway's delivery does it.
setInterval(() => void outbox.sync(), 50);

/**
 * The power-cut drill at its full length, against the package's own services. Prints what it came to as JSON, and fails
 * where a cut has cost something that was accepted.
 *
 *     npm run drill:powercut -- [--rounds NUMBER]
 */
import { parseArgs } from 'node:util';
import { cutPower } from './rounds.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } });
process.stdout.write(`${JSON.stringify(await cutPower(Number(values.rounds)))}\n`);

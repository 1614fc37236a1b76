import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { SystemTimeAuthority } from '../../src/system/time-authority.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';

/** What a machine's programs print, and which files it has under /run. */
interface Machine {
  readonly programs?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
}

const NEVER = new AbortController().signal;

function asking(machine: Machine, signal = NEVER): Promise<boolean | undefined> {
  return TemporaryFolder.with(async (folder) => {
    const bin = join(folder.path, 'bin');
    const run = join(folder.path, 'run');
    await mkdir(bin);
    for (const [name, script] of Object.entries(machine.programs ?? {})) {
      await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
      await chmod(join(bin, name), 0o755);
    }
    for (const file of machine.files ?? []) {
      await mkdir(dirname(join(run, file)), { recursive: true });
      await writeFile(join(run, file), '');
    }
    const options = { run, answerAtMostMs: 2_000, env: { PATH: bin } };
    return await new SystemTimeAuthority(options).isSynchronised(signal);
  });
}

/** As `chronyc -c tracking` prints it. */
const chrony = (leap: string) =>
  `echo "C0A80101,192.168.1.1,3,1700000000.1,0.000001,-0.000002,0.00003,-12.3,0.001,0.05,0.01,0.002,64.5,${leap}"`;

const SYSTEMD = 'systemd/system/here';

test('systemd is asked for the state of the kernel’s clock', async () => {
  for (const [printed, answer] of [
    ['yes', true],
    ['no', false],
  ] as const) {
    const script = `[ "$*" = "show --property=NTPSynchronized --value" ] && echo ${printed}`;
    assert.equal(await asking({ programs: { timedatectl: script }, files: [SYSTEMD] }), answer);
  }
});

test('where systemd does not answer, the mark of its time service and chrony do', async () => {
  const timedatectl = 'echo "Failed to connect to bus: Host is down" >&2; exit 1';
  const files = ['systemd/timesync/synchronized'];
  assert.equal(await asking({ programs: { timedatectl }, files }), true);
  assert.equal(await asking({ programs: { timedatectl, chronyc: chrony('Normal') } }), true);
  assert.equal(await asking({ programs: { chronyc: chrony('Not synchronised') } }), false);
});

test('where there is nobody to ask, that is the answer', async () => {
  assert.equal(await asking({}), undefined);
  const chronyc = 'echo "506 Cannot talk to daemon"; exit 1';
  const timedatectl = 'echo "System has not been booted with systemd" >&2; exit 1';
  assert.equal(await asking({ programs: { chronyc, timedatectl } }), undefined);
});

test('a machine with systemd whose programs fail or hang has a clock that nobody holds, for now', async () => {
  const timedatectl = 'exit 1';
  assert.equal(await asking({ programs: { timedatectl }, files: [SYSTEMD] }), false);
  const hanging = 'exec /bin/sleep 600';
  assert.equal(await asking({ programs: { timedatectl: hanging }, files: [SYSTEMD] }), false);
  assert.equal(await asking({ programs: { chronyc: hanging } }), false);
});

test('an answer that is not needed any more is not waited for', async () => {
  const end = new AbortController();
  const asked = asking(
    { programs: { timedatectl: 'exec /bin/sleep 600', chronyc: 'exec /bin/sleep 600' } },
    end.signal,
  );
  end.abort();
  assert.notEqual(await asked, true);
});

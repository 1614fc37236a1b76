/**
 * Runs a program in the very sandbox of one of the services: the unit with another command, so that each directive of it
 * is in force, and nothing that is only said about it here.
 */
import type { SystemdContainer } from './systemd-container.ts';

const PROBE = 'probe.service';

/** In place of what the unit does itself. */
const INSTEAD = `[Service]
Type=oneshot
Restart=no
WatchdogSec=0
RuntimeDirectoryPreserve=yes
ExecStartPre=
ExecStart=
ExecStart=/bin/sh /run/probe.sh
StandardOutput=truncate:/run/probe.out
StandardError=truncate:/run/probe.err
`;

/** How a line of the script has ended, and what it has printed. */
export interface Probed {
  readonly code: number;
  readonly printed: string;
}

/** Runs each line by itself in the sandbox of this unit. */
export async function probe(
  container: SystemdContainer,
  unit: string,
  lines: readonly string[],
): Promise<Record<string, Probed>> {
  const script = lines.map((line, index) => `(${line}) 2>&1; echo "=${index}=$?="`).join('\n');
  await container.sure('tee', ['/run/probe.sh'], { input: `${script}\nexit 0\n` });
  await container.sure('mkdir', ['-p', `/run/systemd/system/${PROBE}.d`]);
  await container.sure('cp', [`/usr/lib/systemd/system/${unit}`, `/run/systemd/system/${PROBE}`]);
  await container.sure('tee', [`/run/systemd/system/${PROBE}.d/instead.conf`], { input: INSTEAD });
  await container.sure('systemctl', ['daemon-reload']);
  await container.sure('systemctl', ['start', PROBE]);
  const printed = await container.sure('cat', ['/run/probe.out']);
  const probed: Record<string, Probed> = {};
  let rest = printed;
  for (const [index, line] of lines.entries()) {
    const [end, code = ''] = new RegExp(`=${index}=(\\d+)=\\n`).exec(rest) ?? [];
    if (end === undefined) throw new Error(`the probe did not come as far as "${line}":\n${printed}`);
    const at = rest.indexOf(end);
    probed[line] = { code: Number(code), printed: rest.slice(0, at).trim() };
    rest = rest.slice(at + end.length);
  }
  return probed;
}

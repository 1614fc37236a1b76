/** The man page of the command line: the program's help, with what else belongs on such a page. */
import { allCommands, type CommandHelp, type HelpItem } from './help.ts';

export interface PageFacts {
  readonly version: string;
  /** Day of the release, ISO 8601. */
  readonly date: string;
}

/** @returns sideline(1) in the man macros of groff */
export function manPage(help: CommandHelp, { version, date }: PageFacts): string {
  return [
    `.TH SIDELINE 1 "${date}" "sideline ${version}" "User Commands"`,
    '.SH NAME',
    'sideline \\- edge gateway for Bluetooth LE heart\\-rate straps',
    '.SH SYNOPSIS',
    `.B sideline\n${text('COMMAND [OPTIONS]')}`,
    '.SH DESCRIPTION',
    text(help.description),
    '.SH OPTIONS',
    ...help.options.map(tagged),
    '.SH COMMANDS',
    ...allCommands(help).flatMap(commandLines),
    '.SH EXIT STATUS',
    ...EXIT_STATUS.map(tagged),
    '.SH FILES',
    ...FILES.map(tagged),
    '.SH SEE ALSO',
    '.BR systemctl (1),\n.BR journalctl (1),\n.BR sideline\\-radio (8)',
    '',
  ].join('\n');
}

const EXIT_STATUS: readonly HelpItem[] = [
  { term: '0', meaning: 'done' },
  { term: '1', meaning: 'failed, or with findings' },
  { term: '2', meaning: 'wrong usage' },
  { term: '78', meaning: 'invalid configuration; the service is not started again before it is mended' },
];

const FILES: readonly HelpItem[] = [
  { term: '/etc/sideline/gateway.yaml', meaning: 'the gateway: its name, adapters, store and uplink' },
  { term: '/etc/sideline/athletes.yaml', meaning: 'the athletes, their straps and their rules' },
  { term: '/etc/sideline/environment', meaning: 'variables that gateway.yaml refers to; optional' },
  { term: '/var/lib/sideline', meaning: 'the store of what is not delivered yet, and of open alerts' },
  { term: '/usr/share/doc/sideline/sbom.cdx.json', meaning: 'what the package is made of (CycloneDX)' },
];

function commandLines(command: CommandHelp): string[] {
  return [
    `.SS "${text(command.usage)}"`,
    text(sentence(command.description)),
    ...command.options.filter(({ term }) => !term.includes('--help')).map(tagged),
  ];
}

function tagged({ term, meaning }: HelpItem): string {
  return `.TP\n.B ${text(term)}\n${text(meaning)}`;
}

function sentence(words: string): string {
  const whole = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

/** Backslashes and hyphens mean something to groff, and so does a point or a quote at the start of a line. */
function text(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(['.])/, '\\&$1')
    .replaceAll('"', '\\(dq');
}

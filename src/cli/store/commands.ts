/** `sideline store …`: looks after a store that no gateway has in use. */

import { compact as compactStore } from '../../outbox/tools/compaction.ts';
import { inspect } from '../../outbox/tools/inspection.ts';
import { restored as restoredStore } from '../../outbox/tools/restored.ts';
import { salvageInto } from '../../outbox/tools/salvage-into.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { complain, complainOfFailure, counted, print } from '../output.ts';
import { OWNER_ONLY, type Place, type PlaceOptions, placeOf } from './place.ts';

export function check(options: PlaceOptions & { readonly json?: true }): ExitCode {
  return at(options, ({ path }) => {
    const { findings, ...found } = inspect(path);
    const ok = findings.length === 0;
    if (options.json) print(JSON.stringify({ ok, path, ...found, findings }));
    else if (ok) print(`${path}: good: ${countsText(found)}`);
    else {
      for (const finding of findings) print(`${path}: ${finding}`);
      complain(
        `sideline: ${path}: ${counted(findings.length, 'finding')}; the gateway passes over what is damaged and says so, and moves aside a store that it cannot use; what can be read comes out with sideline store salvage --store ${path} --into NEWFILE`,
      );
    }
    return ok ? EXIT.done : EXIT.failed;
  });
}

export function salvage(options: PlaceOptions & { readonly into: string; readonly all?: true }): ExitCode {
  return at(options, ({ path }) => {
    process.umask(OWNER_ONLY);
    const {
      epoch,
      isComplete: _,
      ...found
    } = salvageInto({
      from: path,
      into: options.into,
      isAll: options.all === true,
    });
    const identity = epoch === undefined ? 'under new ids, since the old epoch cannot be read' : `of epoch ${epoch}`;
    print(`${options.into}: ${countsText(found)} ${identity}`);
    const nothing = found.samples + found.alerts + found.gaps === 0;
    if (nothing) complain(`sideline: ${path}: nothing in it can be read, or everything was acknowledged (--all)`);
    return nothing ? EXIT.failed : EXIT.done;
  });
}

export function compact(options: PlaceOptions): ExitCode {
  return at(options, ({ path, maxBytes, uplinks }) => {
    const { bytesBefore, bytesAfter, evicted } = compactStore(path, maxBytes, uplinks);
    print(`${path}: ${bytesBefore} bytes before, ${bytesAfter} now`);
    if (evicted > 0)
      complain(`sideline: ${path}: ${evicted} undelivered samples went to hold the size; the ledger has them`);
    return EXIT.done;
  });
}

export function restored(options: PlaceOptions): ExitCode {
  return at(options, ({ path }) => {
    restoredStore(path);
    print(`${path}: from the gateway's next start on, new records have numbers that none had before; start it now`);
    return EXIT.done;
  });
}

function countsText({ samples, alerts, gaps }: { samples: number; alerts: number; gaps: number }): string {
  return `${counted(samples, 'sample')}, ${counted(alerts, 'alert')}, ledger entries: ${gaps}`;
}

function at(options: PlaceOptions, action: (place: Place) => ExitCode): ExitCode {
  const place = placeOf(options);
  if (typeof place === 'number') return place;
  try {
    return action(place);
  } catch (error) {
    return complainOfFailure(error);
  }
}

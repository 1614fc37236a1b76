/** Real noble without anything between it and the controller: what the fuzz must find fault with. */
import type { HciNoble } from '../../device/radio/hci/hci-noble.ts';
import { H4HciSocket } from '../../device/radio/hci/hci-socket.ts';
import { loadBindings, type NobleBindings, nobleOverBindings } from '../../device/radio/hci/noble-internals.ts';
import { endPolling, initialise } from '../../device/radio/hci/noble-life.ts';
import { prune } from '../../device/radio/hci/tamed-bindings.ts';
import { SimulatedClock } from '../../simulator/clock.ts';
import type { ScriptedController } from '../device/radio/hci/scripted-controller.ts';

export type FuzzedRadio = Pick<HciNoble, 'noble' | 'links' | 'scanning' | 'counts' | 'prune' | 'release'>;

const NOTHING = {
  malformed: 0,
  malformedAdvertisements: 0,
  malformedEvents: 0,
  passersBy: 0,
  foreign: 0,
  swallowed: 0,
};

export async function unguardedRadio(controller: ScriptedController, onLost: () => void): Promise<FuzzedRadio> {
  const socket = new H4HciSocket({ transport: controller.transport(), clock: new SimulatedClock(), random: () => 0.5 });
  await socket.open();
  socket.on('lost', onLost);
  const bindings = loadBindings(0);
  bindings._hci._socket = socket;
  const noble = nobleOverBindings(bindings);
  initialise(noble, bindings);
  return {
    noble,
    get links() {
      return linksOf(bindings);
    },
    get scanning() {
      return controller.rules.scanning;
    },
    counts: NOTHING,
    prune: (keep) => prune(noble, bindings, keep),
    release: async () => {
      endPolling(bindings);
      await socket.close();
    },
  };
}

function linksOf(bindings: NobleBindings): HciNoble['links'] {
  const handles = Object.entries(bindings._handles).filter(([, handle]) => typeof handle === 'number');
  return handles.map(([strap, handle]) => ({ strap, handle: Number(handle), parameters: NO_PARAMETERS }));
}

const NO_PARAMETERS = { intervalMs: 0, latency: 0, supervisionTimeoutMs: 0 };

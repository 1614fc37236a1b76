/**
 * The bill of materials (SBOM) of what a package carries, in CycloneDX 1.5 (https://cyclonedx.org/docs/1.5/json/).
 * npm can write one too, of what it would install: neither of what ships nor, on this lock, of all that is needed.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Architecture, MACHINES, NODE_VERSION } from './architecture.ts';
import type { ShippedPackage } from './dependencies.ts';

export interface Contents {
  readonly version: string;
  readonly architecture: Architecture;
  /** Seconds since 1970: the same source gives the same bytes. */
  readonly epochS: number;
  readonly packages: readonly ShippedPackage[];
  /** The Node as it is carried. */
  readonly runtime: string;
}

const NODE_REF = `nodejs@${NODE_VERSION}`;

/** @returns a document whose components are Node and every npm package, each with the folder that it lies in */
export function billOfMaterials({ version, architecture, epochS, packages, runtime }: Contents): object {
  const [application, ...libraries] = packages;
  const names = new Map(packages.map(({ folder }) => [folder, folder === '' ? `sideline@${version}` : folder]));
  const ref = (folder: string) => names.get(folder) ?? folder;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      timestamp: new Date(epochS * 1000).toISOString(),
      lifecycles: [{ phase: 'build' }],
      component: {
        'bom-ref': ref(''),
        type: 'application',
        name: 'sideline',
        version,
        purl: `pkg:deb/sideline@${version}?arch=${architecture}`,
      },
    },
    components: [runtimeComponent(architecture, runtime), ...libraries.map(libraryComponent)],
    dependencies: [
      { ref: ref(''), dependsOn: [NODE_REF, ...(application?.needs.map(ref) ?? [])] },
      { ref: NODE_REF, dependsOn: [] },
      ...libraries.map(({ folder, needs }) => ({ ref: ref(folder), dependsOn: needs.map(ref) })),
    ],
  };
}

function runtimeComponent(architecture: Architecture, runtime: string): object {
  return {
    'bom-ref': NODE_REF,
    type: 'platform',
    name: 'nodejs',
    version: NODE_VERSION,
    purl: `pkg:generic/nodejs@${NODE_VERSION}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${NODE_VERSION}:*:*:*:lts:*:*:*`,
    licenses: [{ license: { id: 'MIT' } }],
    hashes: [{ alg: 'SHA-512', content: createHash('sha512').update(readFileSync(runtime)).digest('hex') }],
    properties: [
      { name: 'sideline:path', value: 'usr/lib/sideline/bin/node' },
      {
        name: 'sideline:from',
        value: `node-linux-${MACHINES[architecture].node}@${NODE_VERSION}, without its symbols`,
      },
    ],
  };
}

function libraryComponent(library: ShippedPackage): object {
  // A package that is installed by another name is known to the world by its own.
  const name = library.name ?? library.importName;
  return {
    'bom-ref': library.folder,
    type: 'library',
    name,
    version: library.version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${library.version}`,
    ...(library.license === undefined ? {} : { licenses: [licence(library.license)] }),
    ...(library.integrity === undefined ? {} : { hashes: [hash(library.integrity)] }),
    properties: [{ name: 'sideline:path', value: `usr/lib/sideline/app/${library.folder}` }],
  };
}

/** `(MIT AND Zlib)` is an expression, and `MIT` is one as well. */
function licence(expression: string): object {
  return /[ ()]/.test(expression) ? { expression } : { license: { id: expression } };
}

function hash(integrity: string): object {
  const [algorithm, base64 = ''] = integrity.split('-');
  return { alg: algorithm === 'sha1' ? 'SHA-1' : 'SHA-512', content: Buffer.from(base64, 'base64').toString('hex') };
}

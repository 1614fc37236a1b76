/** What differs between the machines that there is a package for. */

export const ARCHITECTURES = ['amd64', 'arm64'] as const;
/** By Debian's names. */
export type Architecture = (typeof ARCHITECTURES)[number];

/** The version of Node that every package carries, and that its native modules are compiled for. */
export const NODE_VERSION = '24.21.0';

export interface Machine {
  /** Node's own name for it, in `process.arch` and in the names of prebuilt modules. */
  readonly node: 'x64' | 'arm64';
  /** What `uname -m` says on a kernel that runs it. */
  readonly kernel: string;
  /** The npm package `node-linux-<node>` holds the runtime and its headers; this is what the registry says of it. */
  readonly runtimeIntegrity: string;
  /** The prefix of the cross compiler's programs, as in Debian's `crossbuild-essential-<architecture>`. */
  readonly tools: string;
}

export const MACHINES: Readonly<Record<Architecture, Machine>> = {
  amd64: {
    node: 'x64',
    kernel: 'x86_64',
    runtimeIntegrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    tools: 'x86_64-linux-gnu-',
  },
  arm64: {
    node: 'arm64',
    kernel: 'aarch64',
    runtimeIntegrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    tools: 'aarch64-linux-gnu-',
  },
};

export function isArchitecture(name: string): name is Architecture {
  return ARCHITECTURES.some((each) => each === name);
}

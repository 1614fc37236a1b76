/** `${NAME}` in a value takes an environment variable; `$${` is a `${` that stays. */

/** A reference, an escape, or an opening that is neither. */
const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{/g;

/** The reference to a variable as it is written in a file. */
export function referenceTo(name: string): string {
  return `\${${name}}`;
}

export interface Expansion {
  readonly text: string;
  readonly missing: readonly string[];
  /** A `${` begins here that names no variable. */
  readonly malformed: boolean;
}

/** An empty variable is taken as it is: whether emptiness will do is for the schema to say. */
export function expand(text: string, env: NodeJS.ProcessEnv): Expansion {
  const missing: string[] = [];
  let malformed = false;
  const expanded = text.replace(REFERENCE, (whole: string, name: string | undefined) => {
    if (whole === '$${') return '${';
    const value = name === undefined ? undefined : env[name];
    if (name === undefined) malformed = true;
    else if (value === undefined) missing.push(name);
    return value ?? whole;
  });
  return { text: expanded, missing, malformed };
}

/**
 * Figures in the text format of Prometheus, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
 */

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = Readonly<Record<string, string>>;

interface Named {
  /** With its unit last, and `_total` behind that of a counter. */
  readonly name: string;
  readonly help: string;
}

/** One figure, or one for each of its labels' values. */
interface Figures extends Named {
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly { readonly labels?: Labels; readonly value: number }[];
}

interface Histograms extends Named {
  readonly type: 'histogram';
  readonly samples: readonly { readonly labels?: Labels; readonly value: Distribution }[];
}

interface Distribution {
  /** The upper bounds of the buckets but the last, which has none; ascending. */
  readonly bounds: readonly number[];
  /** How many observations are in each bucket and in none before it; one more than there are bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
}

export type Metric = Figures | Histograms;

/** A metric that nothing is known of is left out. */
export function exposition(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map(familyOf)
    .join('');
}

function familyOf(metric: Metric): string {
  const { name, help, type } = metric;
  const lines =
    metric.type === 'histogram' ? metric.samples.flatMap(bucketsOf(name)) : metric.samples.map(lineOf(name));
  return `# HELP ${name} ${escaped(help, /[\\\n]/g)}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function lineOf(name: string) {
  return ({ labels = {}, value }: { readonly labels?: Labels; readonly value: number }): string => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text, /[\\\n"]/g)}"`);
    return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberOf(value)}\n`;
  };
}

/** Each bucket counts what is in those before it, too. */
function bucketsOf(name: string) {
  return ({ labels = {}, value }: Histograms['samples'][number]): string[] => {
    let count = 0;
    const buckets = value.counts.map((more, i) => {
      count += more;
      const le = numberOf(value.bounds[i] ?? Number.POSITIVE_INFINITY);
      return lineOf(`${name}_bucket`)({ labels: { ...labels, le }, value: count });
    });
    return [
      ...buckets,
      lineOf(`${name}_sum`)({ labels, value: value.sum }),
      lineOf(`${name}_count`)({ labels, value: count }),
    ];
  };
}

/** As Go writes them. */
function numberOf(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

function escaped(text: string, special: RegExp): string {
  return text.replace(special, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}

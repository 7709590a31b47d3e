import type { EChartsOption } from './echarts.bundle.ts';

/** One chart, ready to be drawn at any size. */
export interface Chart {
  /** Names its file and its anchor. */
  readonly id: string;
  readonly title: string;
  /** What the picture shows, in words: for those who do not see it, and as its caption. */
  readonly description: string;
  /** Everything but colours of text and ground, which {@link drawSvg} adds. */
  readonly option: EChartsOption;
  /** The figures of the chart as rows, the first one a heading. Short: long series stay in the file. */
  readonly table: readonly (readonly string[])[];
}

/** Colours that a drawing refers to by name, so that one drawing serves light and dark pages. */
export type ColorName =
  | 'ink'
  | 'faint'
  | 'grid'
  | 'ground'
  | 'blue'
  | 'orange'
  | 'green'
  | 'red'
  | 'purple'
  | 'sky';

/**
 * The placeholder of a colour in an option. Charting code computes with colours, so they must be
 * real ones: these occur nowhere else and are replaced in the finished drawing.
 */
export const placeholder: Readonly<Record<ColorName, string>> = {
  ink: '#010203',
  faint: '#010204',
  grid: '#010205',
  ground: '#010206',
  blue: '#010207',
  orange: '#010208',
  green: '#010209',
  red: '#01020a',
  purple: '#01020b',
  sky: '#01020c',
};

export type Palette = Readonly<Record<ColorName, string>>;

/** Series colours after Okabe and Ito, which colour-blind readers can distinguish. */
export const lightPalette: Palette = {
  ink: '#1c2024',
  faint: '#5f666d',
  grid: '#dfe3e6',
  ground: '#ffffff',
  blue: '#0072b2',
  orange: '#c65d00',
  green: '#00805d',
  red: '#c1272d',
  purple: '#a2528a',
  sky: '#3b9bd1',
};

export const darkPalette: Palette = {
  ink: '#eceef0',
  faint: '#a3abb2',
  grid: '#363c42',
  ground: '#16191c',
  blue: '#5fb4ea',
  orange: '#f0a04b',
  green: '#3fc79a',
  red: '#ff7a75',
  purple: '#dc94c6',
  sky: '#a9d7f2',
};

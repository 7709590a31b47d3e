import { element } from './dom.js';
import * as echarts from './echarts.js';
import { latency, shortLatency } from './format.js';

const charts = new Set();

/**
 * A chart that is drawn again and again: `lines` name a column of the points each. Colours are the
 * page's own, and follow its light or dark setting.
 */
export class LineChart {
  #options;
  #drawing;
  #canvas;
  #last;

  /** @param {{title: string, about: string, lines: {name: string, column: number, color: string, axis?: number, width?: number}[], axes: {name: string, format: (value: number) => string, log?: boolean, max?: number}[], time: (value: number) => string, describe: (point: (number|null)[]) => string}} options */
  constructor(container, options) {
    this.#options = options;
    this.#canvas = element('div', { className: 'canvas' });
    this.#canvas.setAttribute('role', 'img');
    const caption = element('figcaption', {}, options.about);
    const title = element('h2', {}, options.title);
    const legend = element('ul', { className: 'legend' }, ...options.lines.map(legendEntry));
    container.append(
      element('figure', { className: 'chart' }, title, legend, this.#canvas, caption),
    );
    this.#drawing = echarts.init(this.#canvas, null, { renderer: 'canvas' });
    this.describe(undefined);
    this.restyle();
    charts.add(this);
  }

  /** Everything that depends on the page's colours. */
  restyle() {
    const style = getComputedStyle(document.documentElement);
    const color = (name) => style.getPropertyValue(`--${name}`).trim();
    const { axes, lines, time } = this.#options;
    const faint = color('faint');
    const axisStyle = {
      nameTextStyle: { color: faint, fontSize: 12 },
      axisLabel: { color: faint, fontSize: 12, hideOverlap: true },
      axisLine: { lineStyle: { color: faint } },
      axisTick: { lineStyle: { color: faint } },
      splitLine: { lineStyle: { color: color('grid') } },
    };
    this.#drawing.setOption({
      animation: false,
      textStyle: { fontFamily: 'system-ui, "DejaVu Sans", sans-serif', color: color('ink') },
      grid: { left: 8, right: 28, top: 30, bottom: 8, containLabel: true },
      title: {
        text: 'no figures yet',
        left: 'center',
        top: 'middle',
        textStyle: { color: faint, fontSize: 13, fontWeight: 'normal' },
      },
      // Rich text is drawn on the canvas: the page's policy forbids styles within markup.
      tooltip: {
        trigger: 'axis',
        renderMode: 'richText',
        confine: true,
        backgroundColor: color('ground'),
        borderColor: color('grid'),
        textStyle: { color: color('ink'), fontSize: 12 },
        axisPointer: { lineStyle: { color: faint }, label: { show: false } },
      },
      xAxis: {
        ...axisStyle,
        type: 'value',
        min: 'dataMin',
        splitLine: { show: false },
        axisLabel: { ...axisStyle.axisLabel, formatter: time, showMaxLabel: false },
        axisPointer: { label: { formatter: ({ value }) => time(value) } },
      },
      yAxis: axes.map((axis, index) => ({
        ...axisStyle,
        type: axis.log ? 'log' : 'value',
        name: axis.name,
        nameTextStyle: { ...axisStyle.nameTextStyle, align: index === 0 ? 'left' : 'right' },
        ...(axis.log ? {} : { min: 0 }),
        ...(axis.max === undefined ? {} : { max: axis.max }),
        ...(index === 0 ? {} : { position: 'right', splitLine: { show: false } }),
        axisLabel: { ...axisStyle.axisLabel, formatter: axis.format },
      })),
      series: lines.map(
        ({ name, color: colorName, axis = 0, width = 1.8, dashed = false, connect = false }) => ({
          type: 'line',
          name,
          yAxisIndex: axis,
          color: color(colorName),
          symbolSize: 5,
          connectNulls: connect,
          lineStyle: { width, type: dashed ? 'dashed' : 'solid' },
          tooltip: {
            valueFormatter: (value) =>
              value === null || value === undefined ? '–' : axes[axis].format(value),
          },
        }),
      ),
    });
  }

  /** @param {(number|null)[][]} points */
  draw(points, { min, max } = {}) {
    const { lines, axes } = this.#options;
    this.#drawing.setOption({
      title: { show: points.length === 0 },
      xAxis: { min: min ?? 'dataMin', max: max ?? 'dataMax' },
      series: lines.map((line) => ({
        data: points.map((point) => [point[0], figureOf(line, point, axes[line.axis ?? 0].log)]),
        // A single point has no line: it is shown as a dot.
        showSymbol: points.length < 3,
      })),
    });
    this.describe(lastKnown(points));
  }

  /** Says in words what the picture shows, for those who do not see it. */
  describe(point) {
    const { title, about, describe } = this.#options;
    const last = point === undefined ? 'no figures yet' : describe(point);
    if (last === this.#last) return;
    this.#last = last;
    this.#canvas.setAttribute('aria-label', `${title}. ${about} Last: ${last}.`);
  }

  resize() {
    this.#drawing.resize();
  }
}

/** Percentiles of latency over time; both pages keep them in columns 5 to 7 of their points. */
export function latencyChart(container, options) {
  return new LineChart(container, {
    ...options,
    axes: [{ name: 'latency', format: shortLatency, log: true }],
    lines: [
      { name: 'P50', column: 5, color: 'green' },
      { name: 'P95', column: 6, color: 'blue', width: 2.5 },
      { name: 'P99', column: 7, color: 'orange' },
    ],
    describe: (point) =>
      `P50 ${latency(point[5])}, P95 ${latency(point[6])}, P99 ${latency(point[7])}`,
  });
}

/** Beside the drawing and not in it: it wraps where the page is narrow, and can be read out. */
function legendEntry({ name, color, dashed }) {
  const swatch = element('span', { className: dashed ? 'swatch dashed' : 'swatch' });
  swatch.style.borderTopColor = `var(--${color})`;
  return element('li', {}, swatch, name);
}

/** The last figure of each column, where one of the last points has it. */
function lastKnown(points) {
  return points.at(-1)?.map((_, column) => {
    return points.slice(-5).findLast((point) => point[column] !== null)?.[column] ?? null;
  });
}

/** A logarithmic axis has no 0. */
function figureOf({ column, value, scale = 1 }, point, isLog) {
  const found = value === undefined ? point[column] : value();
  if (found === null || found === undefined || (isLog && found <= 0)) return null;
  return found * scale;
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const chart of charts) chart.restyle();
});
new ResizeObserver(() => {
  for (const chart of charts) chart.resize();
}).observe(document.documentElement);

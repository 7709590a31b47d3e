import { element, setText } from './dom.js';
import * as echarts from './echarts.js';

const charts = new Set();

/**
 * A chart that is drawn again and again: `lines` name a column of the points each. Colours are the
 * page's own, and follow its light or dark setting.
 */
export class LineChart {
  #options;
  #drawing;
  #caption;
  #canvas;
  #last;

  /** @param {{title: string, about: string, lines: {name: string, column: number, color: string, axis?: number, width?: number}[], axes: {name: string, format: (value: number) => string, log?: boolean, max?: number}[], time: (value: number) => string, describe: (point: (number|null)[]) => string}} options */
  constructor(container, options) {
    this.#options = options;
    this.#canvas = element('div', { className: 'canvas' });
    this.#canvas.setAttribute('role', 'img');
    this.#caption = element('figcaption', {}, options.about);
    const title = element('h2', {}, options.title);
    container.append(element('figure', { className: 'chart' }, title, this.#canvas, this.#caption));
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
      grid: { left: 8, right: 16, top: 62, bottom: 8, containLabel: true },
      legend: {
        top: 0,
        left: 0,
        icon: 'roundRect',
        itemWidth: 14,
        itemHeight: 8,
        itemGap: 16,
        textStyle: { color: color('ink'), fontSize: 12 },
        inactiveColor: faint,
      },
      // Rich text is drawn on the canvas: the page's policy takes no styles within markup.
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
      series: lines.map(({ name, color: colorName, axis = 0, width = 1.8, dashed = false }) => ({
        type: 'line',
        name,
        yAxisIndex: axis,
        color: color(colorName),
        symbolSize: 5,
        connectNulls: false,
        lineStyle: { width, type: dashed ? 'dashed' : 'solid' },
        tooltip: {
          valueFormatter: (value) =>
            value === null || value === undefined ? '–' : axes[axis].format(value),
        },
      })),
    });
  }

  /** @param {(number|null)[][]} points */
  draw(points, { min, max } = {}) {
    const { lines, axes } = this.#options;
    this.#drawing.setOption({
      xAxis: { min: min ?? 'dataMin', max: max ?? 'dataMax' },
      series: lines.map((line) => ({
        data: points.map((point) => [point[0], figureOf(line, point, axes[line.axis ?? 0].log)]),
        // A single point has no line: it is shown as a dot.
        showSymbol: points.length < 3,
      })),
    });
    this.describe(points.at(-1));
  }

  /** Says in words what the picture shows, for those who do not see it. */
  describe(point) {
    const { title, about, describe } = this.#options;
    const last = point === undefined ? 'no figures yet' : describe(point);
    if (last === this.#last) return;
    this.#last = last;
    this.#canvas.setAttribute('aria-label', `${title}. ${about} Last: ${last}.`);
    setText(this.#caption, `${about}`);
  }

  resize() {
    this.#drawing.resize();
  }
}

/** A logarithmic axis has no 0. */
function figureOf({ column, value }, point, isLog) {
  const found = value === undefined ? point[column] : value();
  return isLog && found !== null && found <= 0 ? null : found;
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const chart of charts) chart.restyle();
});
new ResizeObserver(() => {
  for (const chart of charts) chart.resize();
}).observe(document.documentElement);

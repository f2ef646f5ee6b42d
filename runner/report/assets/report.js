// Replaces each drawing by a chart that says the same and answers to the
// pointer. Where this does not run, the drawings stay.
'use strict';
(() => {
  const echarts = window.echarts;
  if (!echarts) return;

  const live = new Map(); // figure -> its chart
  const dark = matchMedia('(prefers-color-scheme: dark)');

  // Numbers as people write them.
  const digits = (v) => String(Number(v.toPrecision(4)));
  const stepped = (steps) => (v) => {
    if (v === 0) return '0';
    const [size, name] = steps.find(([s]) => Math.abs(v) >= s * 0.9995) || steps[steps.length - 1];
    return digits(v / size) + ' ' + name;
  };
  const formats = {
    plain: digits,
    times: (v) => (v ? digits(v) + '×' : '0'),
    percent: (v) => (v ? digits(v * 100) + ' %' : '0'),
    seconds: stepped([[1, 's'], [1e-3, 'ms'], [1e-6, 'µs'], [1e-9, 'ns']]),
    bytes: stepped([[1e12, 'TB'], [1e9, 'GB'], [1e6, 'MB'], [1e3, 'kB'], [1, 'B']]),
  };
  const escaped = (s) => echarts.format.encodeHTML(String(s));
  const unmarked = (s) => s.replace(/[{}|]/g, ' '); // no rich text from data

  // What the option cannot say as data it names: colours and functions.
  const resolve = (v, styles, named) => {
    if (Array.isArray(v)) return v.map((x) => resolve(x, styles, named));
    if (v && typeof v === 'object') {
      return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, resolve(x, styles, named)]));
    }
    if (typeof v !== 'string') return v;
    if (v.startsWith('var(--')) return styles.getPropertyValue(v.slice(4, -1)).trim();
    if (v.startsWith('@')) return named[v.slice(1)] || formats[v.slice(1)] || v;
    return v;
  };

  const kinds = {
    rows(option, t, styles, width) {
      const narrow = width < 400;
      const ink = styles.getPropertyValue('--ink').trim();
      const muted = styles.getPropertyValue('--muted').trim();
      const [left, right] = option.yAxis;
      const heads = new Set(t.heads);
      const longest = Math.max(...t.names.filter((_, i) => !heads.has(i)).map((n) => n.length), 4);
      const room = narrow ? {} : { width: Math.min(longest * 6.4, width * 0.36) };
      const words = { fontSize: 12, color: ink };
      left.axisLabel.rich = {
        h: { ...words, ...room, fontWeight: 600, align: 'left' },
        r: { ...words, ...room, align: narrow ? 'left' : 'right' },
      };
      left.axisLabel.formatter = (_, i) => '{' + (heads.has(i) ? 'h' : 'r') + '|' + unmarked(t.names[i]) + '}';
      right.axisLabel.rich = { v: { ...words, fontWeight: 600 }, e: { fontSize: 11, color: muted } };
      right.axisLabel.formatter = (_, i) => {
        const [value, extra, note] = t.values[i];
        if (note) return '{e|' + unmarked(note) + '}';
        return (value && '{v|' + unmarked(value) + '}') + (extra && '{e|  ' + unmarked(extra) + '}');
      };
      for (const series of option.series) {
        if (series.type === 'scatter') series.z = series.symbolSize > 8 ? 6 : 2;
      }
      for (const series of option.series) { // a hollow bar is not from this run
        if (series.type !== 'bar') continue;
        for (const item of series.data) {
          if (item.itemStyle.color !== 'transparent') continue;
          item.itemStyle.decal = { symbol: 'rect', dashArrayX: [1, 0], dashArrayY: [1, 4], rotation: -Math.PI / 4, color: item.itemStyle.borderColor };
        }
      }
      for (const axis of option.yAxis) axis.axisTick = { show: false };
      if (narrow) {
        for (const axis of option.yAxis) {
          Object.assign(axis.axisLabel, { inside: true, margin: 0, verticalAlign: 'bottom', padding: [0, 0, 11, 0] });
        }
        left.axisLabel.align = 'left';
        right.axisLabel.align = 'right';
        option.grid[0].left = 12;
        option.grid[0].right = 14;
      }
      option.yAxis.forEach((axis) => { axis.z = 5; });
      return 34 + t.names.length * (narrow ? 40 : 25);
    },

    curves(option, t, styles, width) {
      if (width < 400) option.legend.type = 'scroll';
      return 0;
    },

    lanes(option, t, styles, width) {
      const columns = width < 400 ? 2 : 4;
      const gap = width < 400 ? 16 : 26;
      const cell = (width - gap * (columns - 1)) / columns;
      const ink = styles.getPropertyValue('--ink').trim();
      const muted = styles.getPropertyValue('--muted').trim();
      const most = Math.max(1, ...t.panels.map((p) => (p.cores || []).length));
      const body = t.lane * most;
      const height = body + 56;
      let y = 4;
      let column = 0;
      option.title = [];
      t.panels.forEach((p, i) => {
        if (i === 0 || p.heading !== t.panels[i - 1].heading) {
          if (i > 0) y += height;
          option.title.push({ text: p.heading, left: 0, top: y, padding: 0, textStyle: { fontSize: 12, fontWeight: 600, color: ink } });
          y += 24;
          column = 0;
        } else if (column === columns) {
          y += height;
          column = 0;
        }
        const x = column * (cell + gap);
        option.title.push({ text: p.label, left: x, top: y + 4, padding: 0, textStyle: { fontSize: 12, fontWeight: 400, color: ink } });
        if (p.empty) {
          option.title.push({ text: p.empty, left: x + cell / 2, textAlign: 'center', top: y + 16 + body / 2, padding: 0, textStyle: { fontSize: 11, fontWeight: 400, color: muted } });
        }
        option.grid[i] = { left: x + 1, width: cell - 2, top: y + 24, height: body };
        option.yAxis[i].axisTick = { show: false };
        option.xAxis[i].axisLabel.customValues = [0, p.end];
        option.xAxis[i].axisLabel.alignMinLabel = 'left';
        option.xAxis[i].axisLabel.alignMaxLabel = 'right';
        column++;
      });
      return y + height;
    },
  };

  const functions = (t) => ({
    x: (v) => t.labels && t.labels[String(v)] !== undefined ? t.labels[String(v)] : '',
    lanes: (points) => {
      const lines = new Map();
      for (const p of points) {
        const [, core, what, floor] = p.seriesId.split('/');
        if (what !== 'own' && what !== 'all') continue;
        if (!lines.has(core)) lines.set(core, {});
        lines.get(core)[what] = (p.value[1] - floor) / t.fill;
      }
      const rows = [...lines].sort((a, b) => a[0] - b[0]).map(([core, v]) =>
        'core ' + escaped(core) + ': ' + Math.round(100 * v.own) + ' %, others ' + Math.round(100 * (v.all - v.own)) + ' %');
      const steps = points.filter((p) => p.seriesId.includes('/own/'));
      return (steps.length ? escaped('until ' + formats.seconds(steps[0].value[0])) + '<br>' : '') + rows.join('<br>');
    },
  });

  const build = (figure) => {
    const box = figure.querySelector('.chart');
    const data = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    const t = data.tandem;
    delete data.tandem;
    const styles = getComputedStyle(document.documentElement);
    const option = resolve(data, styles, functions(t));
    const width = figure.querySelector('.art').clientWidth;
    figure.classList.add('live');
    box.hidden = false;
    const height = kinds[t.kind](option, t, styles, width) || t.height;
    box.style.height = height + 'px';
    for (const axis of [...option.xAxis, ...option.yAxis]) {
      if (axis.type === 'log' && t.ticks) axis.logBase = 10;
    }
    if (t.ticks) {
      const axis = option[t.tickAxis][0];
      axis.axisLabel.customValues = t.ticks;
      axis.axisTick = { show: false, customValues: t.ticks };
    }
    if (t.xs) {
      option.xAxis[0].axisLabel.customValues = t.xs;
      option.xAxis[0].axisTick = { show: true, customValues: t.xs };
    }
    option.textStyle = { fontFamily: getComputedStyle(document.body).fontFamily };
    option.tooltip.textStyle = { color: styles.getPropertyValue('--ink').trim(), fontSize: 13 };
    option.tooltip.confine = true;
    option.tooltip.extraCssText = 'max-width:min(26rem,80vw);white-space:normal';
    let chart = live.get(figure);
    if (!chart) {
      chart = echarts.init(box, null, { renderer: 'svg' });
      live.set(figure, chart);
    }
    chart.resize();
    chart.setOption(option, true);
    chart.tandemWidth = width;
  };

  // Charts are built when they come near, so that a long page opens at once.
  const near = new IntersectionObserver((entries) => {
    for (const e of entries) {
      if (!e.isIntersecting) continue;
      near.unobserve(e.target);
      build(e.target);
    }
  }, { rootMargin: '800px' });
  for (const data of document.querySelectorAll('figure script[type="application/json"]')) {
    near.observe(data.closest('figure'));
  }

  dark.addEventListener('change', () => live.forEach((_, figure) => build(figure)));
  let timer = 0;
  addEventListener('resize', () => {
    clearTimeout(timer);
    timer = setTimeout(() => live.forEach((chart, figure) => {
      if (figure.querySelector('.art').clientWidth !== chart.tandemWidth) build(figure);
    }), 120);
  });
})();

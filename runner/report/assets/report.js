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
      const bottom = option.xAxis[0];
      bottom.axisTick = { show: false, customValues: t.ticks };
      Object.assign(bottom.axisLabel, { customValues: t.ticks });
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
        const lift = option.series.some((s) => s.type === 'bar') ? 17 : 11;
        for (const axis of option.yAxis) {
          Object.assign(axis.axisLabel, { inside: true, margin: 0, verticalAlign: 'bottom', padding: [0, 0, lift, 0] });
        }
        Object.assign(bottom.axisLabel, { alignMinLabel: 'left', alignMaxLabel: 'right' });
        left.axisLabel.align = 'left';
        right.axisLabel.align = 'right';
        option.grid[0].left = 12;
        option.grid[0].right = 14;
      }
      option.yAxis.forEach((axis) => { axis.z = 5; });
      return 34 + t.names.length * (narrow ? 42 : 25);
    },

    curves(option, t, styles, width) {
      const narrow = width < 400;
      const columns = narrow || t.panels.length === 1 ? 1 : 2;
      const gap = 40;
      const cell = (width - gap * (columns - 1)) / columns;
      const body = 230;
      const room = narrow ? 12 : Math.min(t.longest * 6.4 + 24, width * 0.2);
      const words = { fontSize: 12, color: styles.getPropertyValue('--ink').trim() };
      option.title = [];
      t.panels.forEach((name, i) => {
        const x = (i % columns) * (cell + gap);
        const y = Math.floor(i / columns) * (body + 92);
        option.title.push({ text: name, left: x, top: y + 4, padding: 0, textStyle: { ...words, fontWeight: 600 } });
        option.grid[i] = { left: x + 54, width: cell - 54 - room, top: y + 34, height: body };
        option.yAxis[i].axisLabel.customValues = t.ticks;
        option.yAxis[i].axisTick = { show: false, customValues: t.ticks };
        option.xAxis[i].axisLabel.customValues = t.xs;
        option.xAxis[i].axisTick = { show: true, customValues: t.xs };
      });
      let height = Math.ceil(t.panels.length / columns) * (body + 92);
      const named = option.series.filter((s) => s.name);
      option.legend.data = named.map((s) => s.name);
      option.legend.type = 'scroll';
      option.legend.show = narrow; // elsewhere each line carries its name
      for (const s of named) {
        s.z = 4;
        s.emphasis = { focus: 'series' };
        if (narrow) continue;
        s.endLabel = { ...words, show: true, distance: 8, formatter: (p) => p.seriesName.split(' · ')[0] };
      }
      t.panels.forEach((_, i) => { // names of lines that end together stand apart
        const axis = option.yAxis[i];
        const at = axis.type === 'log' ? Math.log : (v) => v;
        const ends = named.filter((s) => (s.yAxisIndex || 0) === i && s.endLabel).map((s) => {
          const last = s.data[s.data.length - 1].value[1];
          const y = body * (1 - (at(last) - at(axis.min)) / (at(axis.max) - at(axis.min)));
          return { s, y, to: y, x: s.data[s.data.length - 1].value[0] };
        }).sort((a, b) => a.y - b.y);
        for (const x of new Set(ends.map((e) => e.x))) {
          const here = ends.filter((e) => e.x === x);
          here.forEach((e, n) => { if (n) e.to = Math.max(e.to, here[n - 1].to + 14); });
          here.reverse().forEach((e, n) => { e.to = Math.min(e.to, n ? here[n - 1].to - 14 : body); });
          for (const e of here) e.s.endLabel.offset = [0, e.to - e.y];
        }
      });
      if (narrow) height += 30;
      return height;
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

    timeline(option, t, styles, width) {
      const columns = width < 700 ? 1 : 3;
      const gap = 30;
      const cell = (width - gap * (columns - 1)) / columns;
      const ink = styles.getPropertyValue('--ink').trim();
      const muted = styles.getPropertyValue('--muted').trim();
      t.paper = styles.getPropertyValue('--paper').trim();
      const word = (text, left, top, style) =>
        option.title.push({ text: unmarked(text), left, top, padding: 0, textStyle: { fontSize: 12, fontWeight: 400, color: ink, ...style } });
      let y = 0;
      let column = 0;
      let tallest = 0;
      option.title = [];
      t.panels.forEach((p, i) => {
        if (i === 0 || p.heading !== t.panels[i - 1].heading) {
          y += tallest;
          word(p.heading, 0, y + 8, { fontWeight: 600 });
          y += 26;
          column = tallest = 0;
        } else if (column === columns) {
          y += tallest;
          column = tallest = 0;
        }
        const x = column * (cell + gap);
        const height = t.strip * Math.max(2, p.names.length);
        tallest = Math.max(tallest, height + 52);
        word(p.label, x, y + 5, {});
        if (p.empty) word(p.empty, x + t.gutter, y + 30, { fontSize: 11, color: muted });
        p.names.forEach((name, n) => {
          option.title.push({ text: unmarked(name), left: x + t.gutter - 7, textAlign: 'right', top: y + 27 + t.strip * n, padding: 0, textStyle: { fontSize: 11, fontWeight: 400, color: muted } });
        });
        option.grid[i] = { left: x + t.gutter, width: cell - t.gutter - 4, top: y + 24, height };
        option.yAxis[i].axisTick = { show: false };
        option.xAxis[i].splitLine.customValues = p.ticks;
        option.xAxis[i].axisTick = { show: false, customValues: p.ticks };
        Object.assign(option.xAxis[i].axisLabel, { customValues: p.ticks, alignMinLabel: 'left', formatter: (v) => p.words[p.ticks.findIndex((at) => Math.abs(at - v) <= 1e-9 * Math.abs(v))] || '' });
        column++;
      });
      for (const series of option.series) {
        series.encode = { x: [1, 2], y: 0 };
        series.renderItem = bit(t, series.data);
      }
      return y + tallest;
    },
  };

  // One thing that a worker did: a bar where it lasted, else a dot; or a label.
  const bit = (t, data) => (params, api) => {
    const [lane, from, until, how, fill, text] = data[params.dataIndex].value;
    const [x, y] = api.coord([from, lane + 0.5]);
    const [to] = api.coord([until, lane + 0.5]);
    const align = ['', '', '', 'left', 'right', 'center'][how];
    if (align) {
      return { type: 'text', silent: true, x, y, style: { text: t.texts[text], fill, fontSize: 10, align, verticalAlign: 'middle' }, z2: 6 };
    }
    if (from === until) {
      return { type: 'circle', shape: { cx: x, cy: y, r: 3 }, style: { fill, stroke: t.paper, lineWidth: 0.6 }, z2: 5 };
    }
    const height = how ? t.bar / 2 : t.bar;
    return {
      type: 'rect',
      shape: { x, y: y - height / 2, width: Math.max(1.5, to - x), height },
      style: { fill, opacity: how ? 0.38 : 1 },
      z2: how ? 1 : 2,
    };
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
    box.style.height = kinds[t.kind](option, t, styles, width) + 'px';
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
      try {
        build(e.target);
      } catch (err) { // the drawing is still there
        e.target.classList.remove('live');
        e.target.querySelector('.chart').hidden = true;
        console.error(err);
      }
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

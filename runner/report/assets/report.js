// Shows one view at a time, and builds charts where a figure has one. Where this
// does not run, all views stand one after the other, for a view is the content
// of a noscript element: text that costs nothing until it is shown.
'use strict';
(() => {
  const root = document.documentElement;
  const main = document.getElementById('main');
  const rail = document.getElementById('rail');
  const opening = document.getElementById('answer');
  const stage = document.createElement('div');
  const views = new Map();
  for (const inert of document.querySelectorAll('noscript[data-view]')) views.set(inert.dataset.view, inert.textContent);
  main.append(stage);
  root.classList.add('scripts');
  for (const e of document.querySelectorAll('.filters, .keys')) e.hidden = false;

  const order = ['answer', ...views.keys()];
  const asked = new Map(); // view -> what was predicted: the rest is open
  let at = '';

  const build = (name) => {
    const t = document.createElement('template');
    t.innerHTML = views.get(name); // as the page has it, where scripts are off
    return t.content;
  };

  const button = (text, act) => {
    const b = document.createElement('button');
    b.type = 'button';
    b.textContent = text;
    b.addEventListener('click', () => act(b));
    return b;
  };

  const copy = async (b, text) => {
    const was = b.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch { // not allowed from a file in every browser
      const area = document.createElement('textarea');
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
    b.textContent = 'copied';
    setTimeout(() => { b.textContent = was; }, 1500);
  };

  // What a view does beside standing there.
  const wire = (name) => {
    for (const pre of stage.querySelectorAll('.command')) {
      pre.before(button('copy', (b) => copy(b, pre.textContent)));
      pre.previousSibling.className = 'copy';
    }
    for (const link of stage.querySelectorAll('a.link')) {
      link.addEventListener('click', () => setTimeout(() => copy(link, location.href)));
    }
    const predict = stage.querySelector('.predict');
    if (predict && !name.startsWith('compare=')) {
      const reply = stage.querySelector('.reply');
      const section = predict.closest('.view');
      const show = predict.querySelector('.show');
      const open = (input) => {
        asked.set(name, input ? [...predict.querySelectorAll('input')].indexOf(input) : -1);
        section.classList.remove('asking');
        show.hidden = true;
        if (input) {
          input.checked = true;
          reply.textContent = input.dataset.reply;
          reply.hidden = false;
        }
        watch();
      };
      predict.addEventListener('change', (e) => open(e.target));
      show.addEventListener('click', () => open(null));
      if (asked.has(name)) {
        open(predict.querySelectorAll('input')[asked.get(name)]);
      } else {
        section.classList.add('asking');
        show.hidden = false;
      }
    }
  };

  // Two pairs beside each other: their speed-ups on one axis.
  const compare = (names) => {
    const box = document.createElement('section');
    box.className = 'view compare';
    for (const name of names.filter((n) => views.has(n)).slice(0, 2)) {
      const from = build(name);
      const part = document.createElement('section');
      for (const e of [from.querySelector('h2'), from.querySelector('.question'), from.querySelector('.answer'), from.getElementById(name + '/speedup')]) {
        if (e) part.append(e);
      }
      part.querySelector('.reply')?.remove();
      box.append(part);
    }
    const tables = [...box.querySelectorAll('.rows[data-log]')];
    const lo = Math.min(...tables.map((t) => Number(t.dataset.lo)));
    const hi = Math.max(...tables.map((t) => Number(t.dataset.hi)));
    for (const t of tables) {
      const [from, to] = [Number(t.dataset.lo), Number(t.dataset.hi)];
      const x = (v) => 1000 * (v - from) / (to - from);
      for (const svg of t.querySelectorAll('svg')) svg.setAttribute('viewBox', [x(lo), 0, x(hi) - x(lo), 22].join(' '));
      for (const tick of t.querySelectorAll('.axis span')) {
        tick.style.left = 100 * (from + parseFloat(tick.style.left) / 100 * (to - from) - lo) / (hi - lo) + '%';
      }
    }
    return box;
  };

  const show = () => {
    let to = 'answer';
    try {
      to = decodeURIComponent(location.hash.slice(1)) || to;
    } catch { /* no address of ours */ }
    const pairs = to.startsWith('compare=') ? to.slice(8).split(',') : null;
    const name = pairs ? to : to.split('/')[0];
    if (!pairs && name !== 'answer' && !views.has(name)) return; // within the view, as #main
    if (name !== at) {
      const then = at; // the page's first view takes no focus
      drop();
      at = name;
      opening.hidden = name !== 'answer';
      stage.replaceChildren(...(pairs ? [compare(pairs)] : name === 'answer' ? [] : [build(name)]));
      wire(name);
      if (document.getElementById('library')) lenses();
      for (const a of rail.querySelectorAll('li a')) {
        if (a.hash === '#' + name) {
          a.setAttribute('aria-current', 'page');
          a.scrollIntoView({ block: 'nearest', inline: 'nearest' });
        } else {
          a.removeAttribute('aria-current');
        }
      }
      scrollTo(0, 0);
      if (then) document.querySelector('.view:not([hidden]) h2')?.focus({ preventScroll: true });
    }
    const target = to !== name && document.getElementById(to);
    if (target) {
      stage.querySelector('.asking')?.classList.remove('asking');
      for (let e = target; e; e = e.parentElement) if (e.tagName === 'DETAILS') e.open = true;
      target.scrollIntoView();
    }
    watch();
  };

  const go = (by) => {
    const to = order[order.indexOf(at) + by];
    if (to) location.hash = to;
  };

  // Search: what is typed filters the rail.
  const search = document.createElement('input');
  search.type = 'search';
  search.placeholder = 'search ( / )';
  search.setAttribute('aria-label', 'Search the experiments');
  const texts = new Map([...document.querySelectorAll('.cards li')].map((li) => [li.querySelector('a').hash, li.textContent.toLowerCase()]));
  search.addEventListener('input', () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const a of rail.querySelectorAll('li a')) {
      const text = texts.get(a.hash) || a.textContent.toLowerCase();
      a.parentElement.hidden = !words.every((w) => text.includes(w));
    }
  });
  search.addEventListener('keydown', (e) => {
    const first = rail.querySelector('li:not([hidden]) a');
    if (e.key === 'Enter' && first) location.hash = first.hash;
    if (e.key === 'Enter' || e.key === 'Escape') {
      search.value = '';
      search.dispatchEvent(new Event('input'));
      search.blur();
    }
  });
  rail.querySelector('.brand').after(search);

  addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest?.('input, textarea, select, .scroll, pre')) return;
    const act = { '/': () => search.focus(), ArrowLeft: () => go(-1), ArrowRight: () => go(1), p: () => root.classList.toggle('projector') }[e.key];
    if (!act) return;
    e.preventDefault();
    act();
  });

  for (const b of document.querySelectorAll('.filters button')) {
    b.addEventListener('click', () => {
      b.setAttribute('aria-pressed', b.getAttribute('aria-pressed') === 'true' ? 'false' : 'true');
      const tags = [...document.querySelectorAll('.filters [aria-pressed=true]')].map((o) => o.dataset.tag);
      for (const li of document.querySelectorAll('.cards li')) {
        li.hidden = !tags.every((tag) => li.dataset.tags.split(' ').includes(tag));
      }
    });
  }

  // What a row says, beside the pointer or for the row that was chosen with the
  // keys: a figure is one stop, and up and down go through its rows.
  const tip = document.createElement('p');
  tip.id = 'tip';
  tip.hidden = true;
  tip.setAttribute('role', 'status');
  document.body.append(tip);
  const tell = (row) => {
    tip.hidden = !row;
    if (!row) return;
    tip.textContent = row.dataset.tip;
    const box = row.querySelector('.plot').getBoundingClientRect();
    tip.style.left = Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 8)) + scrollX + 'px';
    tip.style.top = box.bottom + scrollY + 2 + 'px';
  };
  stage.addEventListener('pointerover', (e) => tell(e.target.closest('[data-tip]')));
  stage.addEventListener('pointerleave', () => tell(null));
  stage.addEventListener('focusout', () => tell(null));
  stage.addEventListener('keydown', (e) => {
    const table = e.target.closest('.rows');
    const by = { ArrowUp: -1, ArrowDown: 1 }[e.key];
    if (e.key === 'Escape') tell(null);
    if (!table || !by) return;
    e.preventDefault();
    const all = [...table.querySelectorAll('[data-tip]')];
    const now = table.querySelector('.now');
    now?.classList.remove('now');
    const next = all[Math.max(0, Math.min(all.length - 1, now ? all.indexOf(now) + by : 0))];
    next.classList.add('now');
    tell(next);
  });

  // Charts: built when their figure comes into view, dropped when it leaves.
  let echarts = null;
  const library = async () => {
    const packed = document.getElementById('library');
    if (!packed || echarts) return echarts;
    const bytes = Uint8Array.from(atob(packed.textContent), (c) => c.charCodeAt(0));
    const text = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
    const run = document.createElement('script');
    run.textContent = text; // the policy knows its hash
    document.head.append(run);
    echarts = window.echarts || null;
    return echarts;
  };
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
  };

  const functions = (t) => ({
    x: (v) => t.labels && t.labels[String(v)] !== undefined ? t.labels[String(v)] : '',
  });

  const chart = (figure) => {
    const box = figure.querySelector('.chart');
    const width = figure.querySelector('.art').clientWidth;
    const data = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    const t = data.tandem;
    delete data.tandem;
    const styles = getComputedStyle(root);
    const option = resolve(data, styles, functions(t));
    figure.classList.add('live');
    box.hidden = false;
    box.style.height = kinds[t.kind](option, t, styles, width) + 'px';
    option.textStyle = { fontFamily: getComputedStyle(document.body).fontFamily };
    option.tooltip.textStyle = { color: styles.getPropertyValue('--ink').trim(), fontSize: 13 };
    option.tooltip.confine = true;
    option.tooltip.extraCssText = 'max-width:min(26rem,80vw);white-space:normal';
    const one = live.get(figure) || echarts.init(box, null, { renderer: 'svg' });
    live.set(figure, one);
    one.resize();
    one.setOption(option, true);
    one.tandemWidth = width;
  };

  const still = (figure) => {
    live.get(figure)?.dispose();
    live.delete(figure);
    figure.classList.remove('live');
    figure.querySelector('.chart').hidden = true;
  };

  // A panel of lanes is drawn large where a reader asks for it, with what else
  // the figures show of that variant on the same axis of time: to be zoomed.
  const panels = () => [...stage.querySelectorAll('.pieces svg[data-x]')].map((svg) => {
    let p = svg;
    while (p && p.tagName !== 'P') p = p.previousElementSibling;
    return { svg, figure: svg.closest('figure'), name: [p?.textContent, svg.querySelector('text').textContent].filter(Boolean).join(', ') };
  });
  const corners = (d) => { // of a path of straight lines
    const out = [];
    let [x, y] = [0, 0];
    for (const [, to, v] of d.matchAll(/([MLHVZ])([^MLHVZ]*)/g)) {
      const n = v.trim().split(' ').map(Number);
      if (to === 'Z') continue;
      [x, y] = to === 'H' ? [n[0], y] : to === 'V' ? [x, n[0]] : n;
      out.push([x, y]);
    }
    return out;
  };
  const shapes = (svg, seconds) => [...svg.querySelectorAll('path[class^="f-"]:not(:first-child), circle:not(:first-child)')].map((e) => {
    const style = getComputedStyle(e);
    const points = e.tagName === 'circle' ? [[Number(e.getAttribute('cx')), Number(e.getAttribute('cy'))]] : corners(e.getAttribute('d'));
    return { points: points.map(([x, y]) => [seconds(x), y]), fill: style.fill, opacity: Number(style.fillOpacity), lane: e.classList.contains('f-lane') };
  });
  const large = new Map(); // figure -> what is drawn large below it
  const enlarge = async (figure, name) => {
    const box = figure.querySelector('.lens');
    large.get(figure)?.one.dispose();
    large.delete(figure);
    box.hidden = !name;
    if (!name || !await library()) return;
    const styles = getComputedStyle(root);
    const words = { fontSize: 12, color: styles.getPropertyValue('--ink').trim() };
    const faint = { color: styles.getPropertyValue('--muted').trim(), fontSize: 11 };
    const rule = { lineStyle: { color: styles.getPropertyValue('--rule').trim() } };
    const option = { animation: false, title: [], grid: [], xAxis: [], yAxis: [], series: [], tooltip: { confine: true, textStyle: words } };
    const same = panels().filter((p) => p.name === name);
    const end = Math.max(...same.map(({ svg }) => Number(svg.dataset.x.split(' ')[2])));
    let top = 4;
    for (const { svg, figure: of } of same) {
      const [left, right, lasts] = svg.dataset.x.split(' ').map(Number);
      const seconds = (x) => (x - left) / (right - left) * lasts;
      const all = shapes(svg, seconds);
      const finest = 10 ** Math.ceil(Math.log10(lasts / (right - left) / 5)); // that the drawing can tell
      const read = (v) => formats.seconds(Math.round(v / finest) * finest);
      const ys = all.flatMap((s) => s.points.map((p) => p[1]));
      const [lo, hi] = [Math.min(...ys) - 6, Math.max(...ys) + 6];
      const names = new Map([...svg.querySelectorAll('text[text-anchor=end]')].map((t) => [Number(t.getAttribute('y')) - 3.8, t.textContent]).filter(([y]) => y < hi));
      const i = option.grid.length;
      const height = Math.max(60, 1.6 * (hi - lo));
      option.title.push({ text: of.querySelector('h3').firstChild.textContent.trim(), top, left: 0, padding: 0, textStyle: { ...words, fontWeight: 600 } });
      option.grid.push({ left: 90, right: 36, top: top + 24, height });
      option.xAxis.push({ gridIndex: i, type: 'value', min: 0, max: end, axisLabel: { ...faint, formatter: formats.seconds, hideOverlap: true }, splitLine: rule });
      option.yAxis.push({ gridIndex: i, type: 'value', inverse: true, min: lo, max: hi, splitLine: { show: false }, axisTick: { show: false }, axisLine: { show: false },
        axisLabel: { ...faint, show: names.size > 0, customValues: [...names.keys()], formatter: (v) => names.get(v) || '' } });
      option.series.push({ type: 'custom', xAxisIndex: i, yAxisIndex: i, clip: true, encode: { x: [0, 1], y: 2 },
        data: all.map((s) => [Math.min(...s.points.map((p) => p[0])), Math.max(...s.points.map((p) => p[0])), s.points[0][1]]),
        tooltip: { formatter: ({ value: [from, to] }) => to - from < 2 * lasts / (right - left) ? 'at ' + read(from) : read(from) + ' to ' + read(to) + ': ' + read(to - from) },
        renderItem: (params, api) => {
          const s = all[params.dataIndex];
          const at = s.points.map((p) => api.coord(p));
          return { silent: s.lane, style: { fill: s.fill, opacity: s.opacity }, ...at.length > 1 ? { type: 'polygon', shape: { points: at } } : { type: 'circle', shape: { cx: at[0][0], cy: at[0][1], r: 4 } } };
        } });
      top += height + 62;
    }
    const every = option.grid.map((_, i) => i);
    option.dataZoom = [{ type: 'slider', xAxisIndex: every, top, height: 22, labelFormatter: formats.seconds, textStyle: faint, filterMode: 'none' }, { type: 'inside', xAxisIndex: every, filterMode: 'none', zoomOnMouseWheel: 'ctrl' }];
    option.toolbox = { right: 0, top: -4, itemSize: 13, feature: { dataZoom: { yAxisIndex: 'none', filterMode: 'none', title: { zoom: 'choose a stretch', back: 'back' } }, restore: { title: 'all' } } };
    option.textStyle = { fontFamily: getComputedStyle(document.body).fontFamily };
    box.style.height = top + 34 + 'px';
    const one = echarts.init(box, null, { renderer: 'svg' });
    one.setOption(option);
    large.set(figure, { one, name });
  };
  const lenses = () => {
    const all = panels();
    for (const figure of new Set(all.map((p) => p.figure))) {
      const box = document.createElement('div');
      box.className = 'lens';
      box.hidden = true;
      const choose = document.createElement('select');
      choose.setAttribute('aria-label', 'Draw one variant large, to zoom: ' + figure.querySelector('h3').firstChild.textContent.trim());
      choose.append(new Option('one large, to zoom', ''));
      for (const { svg, name } of all.filter((p) => p.figure === figure)) {
        choose.append(new Option(name));
        svg.addEventListener('click', () => { choose.value = name; enlarge(figure, name); });
      }
      choose.addEventListener('change', () => enlarge(figure, choose.value));
      figure.querySelector('.art').append(choose, box);
    }
  };

  const near = new IntersectionObserver(async (entries) => {
    for (const e of entries) {
      if (!e.isIntersecting) {
        still(e.target);
      } else if (!live.has(e.target)) {
        try {
          if (await library() && e.target.isConnected) chart(e.target);
        } catch (err) { // the drawing is still there
          still(e.target);
          console.error(err);
        }
      }
    }
  }, { rootMargin: '200px' });
  const watch = () => {
    for (const data of stage.querySelectorAll('figure script[type="application/json"]')) near.observe(data.closest('figure'));
  };
  const drop = () => {
    near.disconnect();
    for (const figure of [...live.keys()]) still(figure);
    for (const { one } of large.values()) one.dispose();
    large.clear();
    tell(null);
  };

  dark.addEventListener('change', () => {
    live.forEach((_, figure) => chart(figure));
    large.forEach(({ name }, figure) => enlarge(figure, name));
  });
  let timer = 0;
  addEventListener('resize', () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      live.forEach((one, figure) => {
        if (figure.querySelector('.art').clientWidth !== one.tandemWidth) chart(figure);
      });
      large.forEach(({ one }) => one.resize());
    }, 120);
  });

  // On paper all stands, as it does without scripts.
  addEventListener('beforeprint', () => {
    drop();
    opening.hidden = false;
    stage.replaceChildren(...[...views.keys()].map(build));
    at = '';
  });
  addEventListener('afterprint', show);
  addEventListener('hashchange', show);
  show();
})();

// Plays what gophers did, from the steps that were recorded of them. Where this
// does not run, the still pictures stay. The rules are those of haul.go.
'use strict';
(() => {
  const ticks = 4096; // of each block's clock
  const lane = 72;
  const high = 25;
  const middle = 46;
  const low = 67;
  const width = 220; // of a scene
  const settle = 0.14; // of a step: the way to where it begins
  const gap = 15; // between a gopher and its cart
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  const mix = (a, b, p) => [a[0] + (b[0] - a[0]) * p, a[1] + (b[1] - a[1]) * p];
  const SVG = 'http://www.w3.org/2000/svg';
  const add = (to, tag, attributes) => {
    const e = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
    return to.appendChild(e);
  };

  const read = (svg) => {
    const { lanes, halves, loads, thick, dashes, ways, gophers } = svg.dataset;
    const scene = { svg, lanes: +lanes, halves: +halves, loads: +loads, thick: +thick };
    scene.ways = ways.split(';').map((text, w) => {
      const [books, empty, back] = text.split(' ').map(Number);
      const first = w % scene.halves === 0;
      const last = w % scene.halves === scene.halves - 1;
      return { books, empty, back, first, last, from: first ? 24 : 108, to: last ? 174 : 90, top: Math.floor(w / halves) * lane };
    });
    scene.gophers = gophers.split(';').map((text) => {
      const [w, among, what, ...times] = text.split(' ');
      const steps = [];
      let at = 0;
      times.forEach((time, i) => {
        const [length, pause] = time.split(',').map(Number).reverse();
        const from = at + (pause || 0);
        at = from + length;
        steps.push({ what: what[i % what.length], from, to: at });
      });
      const way = scene.ways[w];
      const put = (x, y) => [x + 7 * among, way.top + y - 5 * among];
      const spans = {
        l: [put(way.from + 9, middle), put(way.from + 9, middle)],
        m: [put(way.from + 16, low), put(way.to - 28, low)],
        u: [put(way.to - 9, middle), put(way.to - 9, middle)],
        r: [put(way.to - 16, high), put(way.from + 28, high)],
      };
      return { w: +w, steps, spans };
    });
    // What stays, and what only grows or shrinks.
    const fires = [];
    for (let l = 0; l < scene.lanes; l++) {
      add(svg, 'use', { href: '#h-w', y: l * lane });
      fires.push(add(svg, 'use', { x: 187, y: l * lane + low + 1 }));
    }
    scene.fires = fires;
    const heap = (kind) => add(svg, 'path', { class: 's-' + kind, 'stroke-width': 17, 'stroke-dasharray': dashes });
    scene.piles = scene.ways.map(() => heap('w-3'));
    scene.ashes = fires.map(() => heap('source'));
    scene.cast = add(svg, 'g', {});
    scene.sprites = [];
    scene.words = svg.parentNode.querySelector('.told');
    // How many were at work, over time.
    const changes = scene.gophers.flatMap((g) => g.steps.flatMap((s) => [[Math.min(ticks, s.from), 1], [Math.min(ticks, s.to), -1]]));
    changes.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const busy = svg.parentNode.querySelector('.busy');
    const unit = busy.viewBox.baseVal.height / Math.max(4, scene.gophers.length);
    const floor = busy.viewBox.baseVal.height;
    let line = `M0 ${floor}`;
    let n = 0;
    changes.forEach(([at, change], i) => {
      n += change;
      if (i + 1 < changes.length && changes[i + 1][0] === at) return;
      line += `H${(at / ticks * width).toFixed(1)}V${(floor - n * unit).toFixed(1)}`;
    });
    line += `V${floor}Z`;
    add(busy, 'path', { class: 'f-lane', d: `M0 0H${width}V${floor}H0Z` });
    add(busy, 'path', { class: 'f-' + svg.dataset.tone, d: line });
    scene.veil = add(busy, 'path', { class: 'f-paper', 'fill-opacity': 0.72 });
    scene.hand = add(busy, 'path', { class: 's-ink', 'stroke-width': 1.5 });
    scene.floor = floor;
    return scene;
  };

  const draw = (scene, t) => {
    const n = scene.ways.map(() => ({ l: [0, 0], m: [0, 0], u: [0, 0], r: [0, 0] })); // begun, ended
    const carts = [];
    const front = [];
    const lit = scene.fires.map(() => false);
    let working = 0;
    for (const g of scene.gophers) {
      let was = g.spans[g.steps[0].what][0];
      let now = null;
      for (const s of g.steps) {
        if (s.from > t) break;
        const c = n[g.w][s.what];
        c[0]++;
        now = s;
        if (s.to <= t) {
          c[1]++;
          was = g.spans[s.what][1];
          now = null;
        }
      }
      if (!now) {
        front.push(['i', ...was]);
        continue;
      }
      working++;
      const [from, to] = g.spans[now.what];
      const p = (t - now.from) / (now.to - now.from);
      const at = p < settle ? mix(was, from, p / settle) : mix(from, to, (p - settle) / (1 - settle));
      const cart = p < settle ? from : at;
      const { what } = now;
      const empty = what === 'r' || (what === 'l' && p < 0.5) || (what === 'u' && p >= 0.5);
      const way = scene.ways[g.w];
      if (what === 'u' && way.last) lit[Math.floor(g.w / scene.halves)] = true;
      carts.push([empty ? 'e' : 'f', cart[0] + (what === 'u' || what === 'r' ? -gap : gap), cart[1]]);
      front.push([what === 'r' ? 'l' : 'g', ...at]);
    }
    const waiting = [];
    let burnt = 0;
    const pile = (path, many, x, top) => path.setAttribute('d', many > 0 ? `M${x} ${top + low + 1}v-${many * scene.thick}` : '');
    scene.ways.forEach((way, w) => {
      const c = n[w];
      const before = way.first ? 0 : n[w - 1].u[1];
      pile(scene.piles[w], way.books + before - c.l[0], way.from - 10, way.top);
      if (way.last) {
        burnt += c.u[1];
        pile(scene.ashes[Math.floor(w / scene.halves)], c.u[1], 208, way.top);
      }
      const queue = (kind, many, x, y, step) => {
        for (let k = 0; k < Math.min(5, many); k++) waiting.push([kind, x + step * k, way.top + y]);
      };
      queue('f', c.l[1] - c.m[0], way.from + 24, low, 4);
      queue('f', c.m[1] - c.u[0], way.to - 11, low, -4);
      queue('e', way.back + c.u[1] - c.r[0], way.to - 11, high, -4);
      queue('e', way.empty + c.r[1] - c.l[0], way.from + 11, high, 4);
    });
    const all = [...waiting, ...carts, ...front];
    while (scene.sprites.length < all.length) scene.sprites.push(add(scene.cast, 'use', {}));
    scene.sprites.forEach((use, i) => {
      const [kind, x, y] = all[i] || ['', 0, 0];
      use.setAttribute('href', kind && '#h-' + kind);
      use.setAttribute('x', x.toFixed(1));
      use.setAttribute('y', y.toFixed(1));
    });
    scene.fires.forEach((use, l) => use.setAttribute('href', lit[l] ? '#h-b' : '#h-o'));
    const x = t / ticks * width;
    scene.veil.setAttribute('d', `M${x} 0H${width}V${scene.floor}H${x}Z`);
    scene.hand.setAttribute('d', `M${x} 0V${scene.floor}`);
    scene.words.textContent = `${burnt} of ${scene.loads} burnt, ${working} at work`;
  };

  const time = (s) => {
    const [size, name] = [[1, 's'], [1e-3, 'ms'], [1e-6, 'µs']].find(([size]) => s >= size * 0.9995) || [1e-3, 'ms'];
    return (s / size).toPrecision(3) + ' ' + name;
  };

  for (const reel of document.querySelectorAll('.reel')) {
    const scenes = [...reel.querySelectorAll('.scene')].map(read);
    const clocks = [...reel.querySelectorAll('.clock')];
    const button = reel.querySelector('button');
    const slider = reel.querySelector('input');
    const speed = reel.querySelector('select');
    let share = 0; // of the clock, 0 to 1
    let playing = 0;
    let last = 0;
    const show = () => {
      scenes.forEach((scene) => draw(scene, share * ticks));
      clocks.forEach((c) => { c.textContent = time(share * c.dataset.seconds) + ' of ' + time(+c.dataset.seconds); });
      slider.value = Math.round(share * slider.max);
      slider.setAttribute('aria-valuetext', Math.round(share * 100) + ' % of the time');
    };
    const name = () => {
      button.textContent = playing ? 'Pause' : share >= 1 ? 'Play again' : 'Play';
    };
    const stop = () => {
      cancelAnimationFrame(playing);
      playing = 0;
      name();
    };
    const frame = (now) => {
      const passed = Math.max(0, now - last) / 1000 * speed.value / reel.dataset.seconds;
      // Who wants no motion gets pictures that follow each other slowly.
      if (!calm.matches || passed >= 1 / 24) {
        share = Math.min(1, share + passed);
        last = now;
        show();
      }
      if (share >= 1) stop();
      else playing = requestAnimationFrame(frame);
    };
    const play = () => {
      if (share >= 1) share = 0;
      last = performance.now();
      playing = requestAnimationFrame(frame);
      name();
    };
    button.addEventListener('click', () => (playing ? stop() : play()));
    slider.addEventListener('input', () => {
      stop();
      share = slider.value / slider.max;
      show();
      name();
    });
    reel.hidden = false;
    reel.closest('figure').classList.add('live');
    show();
    name();
    // It begins by itself, once, when it is seen; not for whom motion is bad.
    if (calm.matches) continue;
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((e) => e.isIntersecting)) return;
      seen.disconnect();
      if (share === 0 && !playing) play();
    }, { threshold: 1 });
    seen.observe(reel.querySelector('.scene'));
    addEventListener('pagehide', stop);
  }
})();

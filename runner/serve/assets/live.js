// The live page: the state as the server sends it, drawn as it changes.
"use strict";
const $ = id => document.getElementById(id);
const make = (tag, cls, text) => {
  const e = document.createElement(tag);
  if (cls) e.className = cls;
  if (text !== undefined) e.textContent = text;
  return e;
};
let S = null, cores = null, lost = "";

// Time.
const show = s => {
  for (const [unit, f] of [["s", 1], ["ms", 1e3], ["µs", 1e6]])
    if (s * f >= 0.9995 || unit === "µs") return (+(s * f).toPrecision(3)) + " " + unit;
};

// A show of hands on a prediction. Its form is kept, so that nothing that is
// being typed gets lost.
const ballots = {};
function ballot(p) {
  const form = ballots[JSON.stringify([p.id, p.ask, p.choices])] ??= newBallot(p), most = Math.max(1, ...p.hands);
  form.querySelectorAll("label").forEach((label, i) => {
    const [n, , bar, mark] = label.children, hands = p.hands[i] || "";
    if (n.dataset.was !== "" + hands) n.dataset.was = n.value = hands;
    n.disabled = p.shown;
    bar.style.width = 8 * p.hands[i] / most + "em";
    const right = p.shown && p.right[1] - p.right[0] < p.choices.length - 1 && i >= p.right[0] && i <= p.right[1];
    label.classList.toggle("right", right);
    mark.textContent = !right ? "" : p.right[0] === p.right[1] ? "✓ so it is here" : "? stays open here";
  });
  if (p.shown && form.contains(document.activeElement)) document.activeElement.blur(); // keys are the page's again
  form.lastChild.hidden = p.shown;
  return form;
}
function newBallot(p) {
  const form = make("form"), set = make("fieldset"), cover = make("p", "cover");
  set.append(make("legend", "", p.ask));
  p.choices.forEach(c => {
    const label = make("label", "hand"), n = make("input");
    n.type = "number"; n.name = "hands"; n.min = 0; n.max = 9999; n.placeholder = "0";
    label.append(n, make("span", "", c), make("i"), make("b"));
    set.append(label);
  });
  cover.append(make("button", "", "Show what is measured"), " ", make("span", "note", "The run goes on meanwhile."));
  form.append(...p.choices.length ? [set] : [], cover); // a folder's pair may predict nothing
  const vote = show => {
    const body = new URLSearchParams([["pair", p.id], ...show]);
    form.querySelectorAll("input").forEach(n => body.append("hands", n.value));
    post("/hands", body);
  };
  form.addEventListener("change", () => vote([]));
  form.addEventListener("submit", e => { e.preventDefault(); vote([["show", "1"]]); });
  return form;
}
function drawAsk() {
  const p = S.pair, form = ballot(p);
  $("source").textContent = p.title + " · " + p.source;
  $("question").textContent = p.question;
  if ($("hands").firstChild !== form) $("hands").replaceChildren(form);
}
function post(to, body) {
  fetch(to, {method: "POST", body}).then(r => r.ok || r.text().then(t => { S.message = t; draw(); }), () => {}); // source.onerror says so
}

// The pairs that are measured: each with its answer, once its prediction is made.
function drawBefore() {
  const box = $("before");
  while (box.children.length > S.before.length) box.lastChild.remove();
  S.before.forEach((p, i) => {
    const e = box.children[i] || box.appendChild(make("div")), form = ballot(p), holds = p.shown ? p.answer + ". " + p.votes : p.question;
    if (e.dataset.holds === holds) return;
    e.dataset.holds = holds;
    e.replaceChildren(make("b", "", p.title + " "), holds, ...p.shown ? [] : [form]);
  });
}
$("stop").addEventListener("click", () => post("/stop"));

// What runs, and the cores.
function drawNow() {
  const p = S.pair, row = p.rows[p.now];
  const text = row ? row.variant : S.phase === "preparing" ? "getting ready" : S.phase === "ended" ? "finished" : "";
  if (row || S.phase !== "running") {
    $("running").textContent = text;
    $("running").className = row ? row.side : "";
    if (row) $("running").append(make("small", "", row.runtime + (row.params ? ", " + row.params : "")));
  }
  $("round").textContent = S.phase !== "running" ? "" : p.round ? "round " + p.round + " of at most " + p.rounds : p.rows.some(r => r.dots.length) ? "tracing: once more, to see who does what" : "warming up";
  $("now").hidden = S.phase === "ended" || !S.pair.shown;
  $("cores").className = row ? row.side : "";
  [...$("rows").children].forEach((e, i) => e.classList.toggle("now", i === p.now));
}

// The cores move some times a second, and a browser on this machine uses the
// very cores that are measured: nothing else is drawn then.
function drawCores() {
  const box = $("cores"), none = Array(S.cores).fill(0), c = cores || {own: none, other: none};
  if (box.children.length !== S.cores) box.replaceChildren(...none.map((_, i) => {
    const e = make("div", "core");
    e.append(make("i", "other"), make("i", "own"), make("span", "", "core " + i));
    return e;
  }));
  [...box.children].forEach((e, i) => {
    e.children[0].style.transform = "scaleY(" + (c.own[i] + c.other[i]) / 100 + ")";
    e.children[1].style.transform = "scaleY(" + c.own[i] / 100 + ")";
  });
  drawChip();
}

// Quiet, or who disturbs.
let chip = ["", ""];
function drawChip() {
  const e = $("chip"), [cls, text] = lost ? ["chip bad", lost] : S.phase === "running" ? ["chip " + chip[0], chip[1]] : ["chip", ""];
  if (e.textContent !== text) [e.className, e.textContent] = [cls, text];
}
function disturbed(why) { chip = why ? ["bad", why] : ["good", "quiet"]; }

// Each language has a scale of its own: from 0, or by factors where the times
// lie far apart.
function axis(rows) {
  const all = rows.flatMap(r => r.dots.map(d => d.s)).filter(s => s > 0);
  const lo = Math.min(...all), hi = Math.max(...all);
  return hi < 20 * lo ? s => 2 + 94 * s / hi + "%" : s => 2 + 94 * Math.log(s / lo) / Math.log(hi / lo) + "%";
}

// A row a variant, a dot a trial.
function drawRows() {
  const p = S.pair, axes = {};
  $("rows").replaceChildren(...p.rows.map(r => {
    const at = axes[r.side] ??= axis(p.rows.filter(o => o.side === r.side));
    const row = make("div", "row " + r.side);
    const name = make("p", "name", r.variant);
    name.append(make("small", "", r.runtime + (r.params ? ", " + r.params : "")));
    const strip = make("div", "strip");
    if (r.hi > 0) {
      const band = make("i", "band");
      band.style.left = at(r.lo);
      band.style.right = 100 - parseFloat(at(r.hi)) + "%";
      strip.append(band);
    }
    r.dots.forEach((d, n) => {
      const e = make("i", d.why ? "dot hollow" : "dot");
      e.title = show(d.s) + (d.why ? ": " + d.why : "");
      if (n === r.dots.length - 1) e.classList.add("last");
      e.style.left = at(d.s);
      strip.append(e);
    });
    if (r.median) {
      const m = make("i", "median");
      m.style.left = at(r.median);
      strip.append(m);
    }
    const summary = make("p", "summary"), last = r.dots.at(-1);
    if (r.median) summary.append(make("b", "", show(r.median) + (r.hi ? " (" + show(r.lo) + " to " + show(r.hi) + ") " : " ")));
    summary.append(r.summary);
    const hollow = r.dots.filter(d => d.why).length;
    if (hollow) summary.append(make("small", "", hollow + " of " + r.dots.length + " disturbed" + (last.why ? "; last: " + last.why : "")));
    row.append(name, strip, summary);
    return row;
  }));
}

// The answer beside what was predicted.
function drawAnswer() {
  const p = S.pair, box = $("answer");
  box.hidden = !p.answer || !S.pair.shown;
  if (box.hidden) return;
  box.replaceChildren(...p.answer.split(/; (?![^(]*\))/).map(part => make("h2", "", part)));
  if (p.votes) box.append(make("p", "votes", p.votes));
  box.append(make("p", "note", p.explain));
  if (p.verdicts.length) {
    const list = make("ul");
    p.verdicts.forEach(v => list.append(make("li", "", v)));
    box.append(list);
  }
}

function draw() {
  $("live").hidden = false;
  const p = S.pair, shown = !!p && p.shown;
  $("ask").hidden = !p;
  for (const id of ["now", "rows"]) $(id).hidden = !shown;
  $("key").hidden = !shown || !p.rows.length;
  $("stop").hidden = S.phase !== "running";
  $("stop").disabled = S.stopping;
  $("where").textContent = S.of > 1 && S.at ? "pair " + S.at + " of " + S.of : "";
  if (p) { drawAsk(); drawRows(); drawNow(); drawAnswer(); drawCores(); }
  drawChip();
  drawBefore();
  const stopping = S.stopping && S.phase === "running";
  $("message").textContent = S.phase === "idle" ? "Nothing runs now." : stopping ? "Stopping after this trial." : S.message || (S.phase === "preparing" && !shown ? "Getting ready." : "");
  if (S.report) link(S.report, S.phase === "ended" ? "Open the report (Enter)" : "The report so far");
  if (S.phase === "idle" || S.phase === "ended") link("/", "Start a run");
  document.body.dataset.phase = S.phase;
}
// At the end a key leads from the votes to the report, whose place this was.
addEventListener("keydown", e => {
  if (e.key === "Enter" && e.target === document.body && S?.phase === "ended" && S.report) location = S.report;
});
function link(href, text) {
  const a = make("a", S.phase === "running" ? "" : "act", text);
  a.href = href;
  $("message").append(" ", a);
}

const due = new Set(); // what is drawn with the next frame
function later(what) {
  if (!due.size) requestAnimationFrame(() => {
    const all = due.has(draw) ? [draw] : [...due];
    due.clear();
    if (S) all.forEach(f => f());
  });
  due.add(what);
}

const on = {
  state: d => { S = d; cores = null; chip = ["", ""]; },
  run: d => Object.assign(S, d),
  pair: d => { if (S.pair) Object.assign(S.pair, d); },
  row: d => { S.pair.rows[d.row].summary = d.summary; },
  rows: d => d.forEach((r, i) => Object.assign(S.pair.rows[i], r)),
  dot: d => { S.pair.rows[d.row].dots.push(d.dot); disturbed(d.dot.why); },
  cores: d => { cores = d; if (d.foreign > 0.08) disturbed("others use " + d.foreign.toFixed(1) + " cores"); },
};
const source = new EventSource("/events");
for (const name of Object.keys(on)) source.addEventListener(name, e => {
  lost = "";
  document.body.dataset.id = e.lastEventId;
  const d = JSON.parse(e.data);
  on[name](d);
  later(name === "cores" ? drawCores : name === "pair" && "now" in d && S.pair ? drawNow : draw);
});
source.onerror = () => {
  if (!S) S = {phase: "idle", before: [], pair: null, message: ""};
  lost = source.readyState === EventSource.CLOSED
    ? "not admitted: open the address that tandem printed"
    : S.phase === "ended" ? "tandem is gone; this page stays as it is" : "connection lost, trying again";
  later(draw);
};

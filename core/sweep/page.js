"use strict";
(() => {
const $ = (id) => document.getElementById(id);
const data = JSON.parse($("data").textContent);
const axes = data.axes;
const strides = axes.map((_, i) => axes.slice(0, i).reduce((n, a) => n * a.labels.length, 1));
const STATES = ["not made", "running", "", "failed", "skipped"];
const clamp = (v, low, high) => Math.min(Math.max(v, low), high);
const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};

// --- what is shown; kept in the address, so that a view can be shared ---------------------------------
const state = { mode: "grid", x: data.x, y: data.y, at: axes.map(() => 0), size: 0, z: 1, px: 0, py: 0, twin: false, diff: false, gain: 4, theme: "", speed: 4 };
let holding = false, playing = -1, timer = 0;

function readHash() {
  const hash = new URLSearchParams(location.hash.slice(1));
  const number = (key, low, high, other) => {
    const value = parseFloat(hash.get(key));
    return Number.isFinite(value) ? clamp(value, low, high) : other;
  };
  state.mode = hash.get("mode") === "single" ? "single" : "grid";
  const last = axes.length - 1;
  state.x = Math.round(number("x", -1, last, data.x));
  state.y = Math.round(number("y", -1, last, data.y));
  if (state.x === state.y) state.y = -1;
  const at = (hash.get("at") || "").split(",").map((text) => parseInt(text, 10));
  state.at = axes.map((axis, i) => Number.isInteger(at[i]) ? clamp(at[i], 0, axis.labels.length - 1) : 0);
  state.size = Math.round(number("size", 24, 1024, defaultSize()));
  state.z = number("z", 1, 64, 1);
  state.px = number("px", 100 * (1 - state.z), 0, 0);
  state.py = number("py", 100 * (1 - state.z), 0, 0);
  state.twin = hash.get("twin") === "1";
  state.diff = hash.get("diff") === "1";
  state.gain = number("gain", 1, 16, 4);
  state.speed = number("speed", 0.25, 30, 4);
  state.theme = ["dark", "light"].includes(hash.get("theme")) ? hash.get("theme") : "";
}
let written = "";
function writeHash() {
  const hash = new URLSearchParams();
  hash.set("mode", state.mode);
  hash.set("x", state.x);
  hash.set("y", state.y);
  hash.set("at", state.at.join(","));
  hash.set("size", state.size);
  if (state.z > 1) { hash.set("z", state.z.toFixed(3)); hash.set("px", state.px.toFixed(2)); hash.set("py", state.py.toFixed(2)); }
  if (state.twin) hash.set("twin", "1");
  if (state.diff) { hash.set("diff", "1"); hash.set("gain", state.gain); }
  if (state.speed !== 4) hash.set("speed", state.speed);
  if (state.theme) hash.set("theme", state.theme);
  written = "#" + hash.toString();
  try { history.replaceState(null, "", written); } catch (e) { /* some browsers refuse it for files */ }
}
let saveTimer = 0;
const saveSoon = () => { clearTimeout(saveTimer); saveTimer = setTimeout(writeHash, 200); };

// --- cells -------------------------------------------------------------------------------------------
const length = (axis) => axis < 0 ? 1 : axes[axis].labels.length;
function cellAt(at) { return at.reduce((sum, place, i) => sum + place * strides[i], 0); }
function placeOf(column, row) {
  const at = state.at.slice();
  if (state.x >= 0) at[state.x] = column;
  if (state.y >= 0) at[state.y] = row;
  return at;
}
// A picture: [state, file, seconds, guidance norm, twin distance, row evaluations, how made, error].
const pictureOf = (cell) => data.pictures[data.of[cell]] || [0, ""];
const twinOf = (cell) => data.pictures[data.twins[cell]] || [0, ""];
const url = (file) => data.prefix + file;
const wantsTwin = () => state.twin || state.diff || holding;

const gone = new Set();  // files that could not be shown
const fileOf = (picture) => picture[0] === 2 && !gone.has(picture[1]) ? picture[1] : "";
function setSource(img, file) {
  if (img.dataset.file === file) return;
  img.dataset.file = file;
  img.hidden = !file;
  if (file) img.src = url(file); else img.removeAttribute("src");
}
function makeFrame() {
  const frame = make("div", "frame");
  frame.a = make("img", "a");
  frame.b = make("img", "b");
  for (const img of [frame.a, frame.b]) { img.alt = ""; img.draggable = false; img.decoding = "async"; img.hidden = true; img.dataset.file = ""; }
  frame.mark = make("div", "mark");
  frame.append(frame.a, frame.b, frame.mark);
  for (const img of [frame.a, frame.b]) img.onerror = () => { gone.add(img.dataset.file); if (frame.at) fillFrame(frame, frame.at); };
  return frame;
}
function showMark(frame, text, name) {
  frame.mark.hidden = !text;
  frame.mark.className = "mark " + name;
  frame.mark.textContent = text;
}
function fillFrame(frame, at) {
  const cell = cellAt(at), picture = pictureOf(cell), file = fileOf(picture), twinFile = fileOf(twinOf(cell));
  frame.at = at.slice();
  const text = picture[0] === 2 ? (file ? "" : "picture missing") : STATES[picture[0]];
  showMark(frame, text, picture[0] === 3 ? "failed" : picture[0] === 1 ? "running" : "");
  setSource(frame.a, file);
  frame.classList.toggle("has-twin", !!twinFile && !!file);
  if (wantsTwin() || !twinFile) setSource(frame.b, twinFile);
  else if (frame.b.dataset.file !== twinFile) setSource(frame.b, "");
  frame.setAttribute("role", "img");
  frame.setAttribute("aria-label", describe(at) + (text ? ", " + text : ""));
}
const describe = (at) => axes.map((axis, i) => axis.name + " " + axis.labels[at[i]]).join(", ") || "the picture";

// --- the grid: only what can be seen is in the page -----------------------------------------------------
const scroller = $("scroller"), body = $("body"), topBar = $("top"), leftBar = $("left");
const shown = new Map(), columnLabels = new Map(), rowLabels = new Map();
function defaultSize() {
  const room = Math.max(320, innerWidth - 480);
  return clamp(Math.floor(room / length(data.x) / 4) * 4, 96, 320);
}
const cellWidth = () => data.aspect >= 1 ? state.size : Math.max(16, Math.round(state.size * data.aspect));
const cellHeight = () => data.aspect >= 1 ? Math.max(16, Math.round(state.size / data.aspect)) : state.size;
let labelWidth = 0, labelHeight = 0;

function layOut() {
  labelHeight = state.x >= 0 ? 48 : 24;
  const names = [state.x, state.y].filter((axis) => axis >= 0).map((axis) => axes[axis].name.length + 2);
  const labels = state.y >= 0 ? axes[state.y].labels : [];
  const longest = labels.reduce((n, text) => Math.max(n, text.length), Math.max(0, ...names));
  labelWidth = names.length ? clamp(longest * 8 + 24, 72, 220) : 0;
  const sheet = $("sheet");
  sheet.style.gridTemplateColumns = labelWidth + "px " + length(state.x) * cellWidth() + "px";
  sheet.style.gridTemplateRows = labelHeight + "px " + length(state.y) * cellHeight() + "px";
  sheet.style.width = labelWidth + length(state.x) * cellWidth() + "px";
  const corner = $("corner");
  corner.replaceChildren();
  if (state.x >= 0) corner.append(make("div", "", axes[state.x].name + " \u2192"));
  if (state.y >= 0) corner.append(make("div", "", axes[state.y].name + " \u2193"));
  for (const child of corner.children) child.title = child.textContent;
  for (const map of [shown, columnLabels, rowLabels]) { for (const node of map.values()) node.remove(); map.clear(); }
}
function visible() {
  const w = cellWidth(), h = cellHeight();
  const first = (offset, size) => Math.max(0, Math.floor(offset / size) - 1);
  const last = (offset, room, size, count) => Math.min(count - 1, Math.floor((offset + room) / size) + 1);
  return { c0: first(scroller.scrollLeft, w), c1: last(scroller.scrollLeft, scroller.clientWidth, w, length(state.x)),
           r0: first(scroller.scrollTop, h), r1: last(scroller.scrollTop, scroller.clientHeight, h, length(state.y)) };
}
function keep(map, from, to, step, parent, create) {
  for (const [key, node] of map) if (key < from || key > to) { node.remove(); map.delete(key); }
  for (let i = from; i <= to; i += 1) {
    if (i % step || map.has(i)) continue;
    const node = create(i);
    parent.append(node);
    map.set(i, node);
  }
}
function label(text, x, y, width, height) {
  const node = make("div", "label");
  const span = make("span", "", text);
  span.dir = "auto";
  node.title = text;
  node.append(span);
  Object.assign(node.style, { left: x + "px", top: y + "px", width: width + "px", height: height + "px" });
  return node;
}
function render() {
  if (state.mode === "single") return renderSingle();
  const w = cellWidth(), h = cellHeight(), see = visible();
  const columns = Math.max(1, Math.ceil(28 / w)), rows = Math.max(1, Math.ceil(18 / h));
  keep(columnLabels, see.c0, see.c1, columns, topBar, (c) => label(state.x < 0 ? "" : axes[state.x].labels[c], c * w, 0, w * columns, labelHeight));
  keep(rowLabels, see.r0, see.r1, rows, leftBar, (r) => {
    const node = label(state.y < 0 ? "" : axes[state.y].labels[r], 0, r * h, labelWidth, h);
    node.firstChild.style.webkitLineClamp = Math.max(1, Math.floor((h - 4) / 18));
    return node;
  });
  for (const [key, node] of shown) {
    if (node.column >= see.c0 && node.column <= see.c1 && node.row >= see.r0 && node.row <= see.r1) continue;
    node.remove();
    shown.delete(key);
  }
  const count = length(state.x);
  for (let r = see.r0; r <= see.r1; r += 1) {
    for (let c = see.c0; c <= see.c1; c += 1) {
      const key = r * count + c;
      let node = shown.get(key);
      if (!node) {
        node = make("div", "cell");
        node.column = c;
        node.row = r;
        node.frame = makeFrame();
        node.append(node.frame);
        Object.assign(node.style, { left: c * w + "px", top: r * h + "px", width: w + "px", height: h + "px" });
        shown.set(key, node);
        body.append(node);
      }
      const at = placeOf(c, r);
      fillFrame(node.frame, at);
      node.classList.toggle("selected", (state.x < 0 || state.at[state.x] === c) && (state.y < 0 || state.at[state.y] === r));
    }
  }
}
let waiting = false;
function renderSoon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; render(); });
}
const singleFrame = makeFrame();
$("single").append(singleFrame);
function renderSingle() { fillFrame(singleFrame, state.at); showInfo(state.at); }

function bringIntoView() {
  if (state.mode === "single") return;
  const w = cellWidth(), h = cellHeight();
  const along = (place, size, offset, room) => place * size < offset ? place * size : (place + 1) * size > offset + room ? (place + 1) * size - room : offset;
  scroller.scrollLeft = along(state.x < 0 ? 0 : state.at[state.x], w, scroller.scrollLeft, scroller.clientWidth - labelWidth);
  scroller.scrollTop = along(state.y < 0 ? 0 : state.at[state.y], h, scroller.scrollTop, scroller.clientHeight - labelHeight);
}

// --- details -----------------------------------------------------------------------------------------
function row(table, name, value, changed) {
  const line = table.insertRow();
  line.insertCell().textContent = name;
  const cell = line.insertCell();
  cell.textContent = value;
  cell.dir = "auto";
  if (changed) line.className = "changed";
}
let infoKey = "";
function showInfo(at) {
  const cell = cellAt(at);
  if (infoKey === String(cell)) return;
  infoKey = String(cell);
  const info = $("info");
  info.replaceChildren(make("h2", "", "Cell " + (cell + 1) + " of " + data.of.length));
  const picture = pictureOf(cell), table = make("table");
  axes.forEach((axis, i) => row(table, axis.name, axis.texts[at[i]] === "" ? "(empty)" : axis.texts[at[i]]));
  for (const [index, text] of (data.jobs && data.jobs[cell]) || []) row(table, data.params[index][0], text, true);
  row(table, "State", picture[0] === 2 ? "finished" : STATES[picture[0]]);
  const number = (name, value, unit) => { if (typeof value === "number" && value >= 0) row(table, name, value + unit); };
  if (picture[0] === 2) {
    number("Time", picture[2], " s");
    number("Row evaluations", picture[5], "");
    number("Guidance norm", picture[3], "");
    number("Distance from twin", picture[4], "");
    if (picture[6]) row(table, "Made", picture[6]);
  }
  info.append(table);
  if (picture[7]) info.append(make("p", "error", picture[7]));
  const changes = make("table");
  for (const [axis, word] of [[state.x, "left"], [state.y, "above"]]) {
    if (axis < 0 || at[axis] === 0) continue;
    row(changes, "From the " + (word === "left" ? "left" : "one above"), axes[axis].name + ": " + axes[axis].labels[at[axis] - 1] + " \u2192 " + axes[axis].labels[at[axis]], true);
  }
  if (data.jobs && cell > 0) jobChanges(changes, cell);
  if (changes.rows.length) {
    const head = make("h2", "", "Differences from neighbours");
    head.style.marginTop = "12px";
    info.append(head, changes);
  }
}
function jobChanges(table, cell) {
  const before = new Map(data.jobs[cell - 1] || []), now = new Map(data.jobs[cell] || []);
  for (const index of new Set([...before.keys(), ...now.keys()])) {
    const text = (map) => map.has(index) ? map.get(index) : data.params[index][1];
    if (text(before) !== text(now)) row(table, data.params[index][0], text(before) + " \u2192 " + text(now), true);
  }
}
const frameOf = (event) => event.target.closest ? event.target.closest(".cell") : null;
body.addEventListener("pointerover", (event) => {
  const cell = frameOf(event);
  if (cell) showInfo(placeOf(cell.column, cell.row));
});
body.addEventListener("pointerleave", () => showInfo(state.at));

// --- sliders of the other axes, and running along one ------------------------------------------------
function slider(axis) {
  const box = make("div", "slider"), input = make("input"), value = make("output"), play = make("button", "", playing === axis ? "\u275A\u275A" : "\u25B6");
  const name = make("span", "name", axes[axis].name);
  name.title = axes[axis].name;
  input.type = "range";
  input.min = 0;
  input.max = axes[axis].labels.length - 1;
  input.value = state.at[axis];
  input.setAttribute("aria-label", axes[axis].name);
  input.dataset.axis = axis;
  input.oninput = () => moveTo(axis, +input.value);
  value.dataset.axis = axis;
  value.dir = "auto";
  play.type = "button";
  play.dataset.axis = axis;
  play.title = "Run along " + axes[axis].name;
  play.setAttribute("aria-label", play.title);
  play.onclick = () => run(playing === axis ? -1 : axis);
  box.append(name, input, value, play);
  return box;
}
const isFree = (axis) => state.mode === "single" || (axis !== state.x && axis !== state.y);
function buildSliders() {
  const place = $("sliders");
  place.replaceChildren();
  axes.forEach((axis, i) => { if (isFree(i) && axis.labels.length > 1) place.append(slider(i)); });
  if (place.children.length) {
    const speed = make("label", "", "Speed"), input = make("input");
    Object.assign(input, { type: "range", min: -2, max: 5, step: 0.25, value: Math.log2(state.speed), id: "speed" });
    input.oninput = () => { state.speed = 2 ** input.value; if (playing >= 0) run(playing); saveSoon(); };
    speed.append(input);
    place.append(speed);
  }
  showSliders();
}
function showSliders() {
  for (const node of $("sliders").querySelectorAll("[data-axis]")) {
    const axis = +node.dataset.axis, text = axes[axis].labels[state.at[axis]];
    if (node.tagName === "INPUT") { node.value = state.at[axis]; node.setAttribute("aria-valuetext", text); }
    if (node.tagName === "OUTPUT") { node.textContent = text; node.title = text; }
    if (node.tagName === "BUTTON") node.textContent = playing === axis ? "\u275A\u275A" : "\u25B6";
  }
}
function moveTo(axis, place) {
  state.at[axis] = clamp(place, 0, axes[axis].labels.length - 1);
  infoKey = "";
  showSliders();
  renderSoon();
  showInfo(state.at);
  saveSoon();
}
const ahead = [];
function fetchAhead(axis, place) {
  ahead.length = 0;
  const places = state.mode === "single" ? [state.at] : [...shown.values()].map((node) => placeOf(node.column, node.row));
  for (const at of places.slice(0, 200)) {
    const next = at.slice();
    next[axis] = place;
    const picture = pictureOf(cellAt(next));
    if (picture[0] !== 2 || !picture[1]) continue;
    const img = new Image();
    img.src = url(picture[1]);
    ahead.push(img);
  }
}
function run(axis) {
  clearInterval(timer);
  playing = axis;
  showSliders();
  if (axis < 0) return;
  const count = axes[axis].labels.length;
  timer = setInterval(() => {
    const next = (state.at[axis] + 1) % count;
    moveTo(axis, next);
    fetchAhead(axis, (next + 1) % count);
  }, 1000 / state.speed);
}

// --- switches -----------------------------------------------------------------------------------------
function applyLooks() {
  document.body.classList.toggle("single", state.mode === "single");
  document.body.classList.toggle("twin", (state.twin || holding) && !state.diff);
  document.body.classList.toggle("diff", state.diff);
  document.body.classList.toggle("zoomed", state.z > 1);
  document.body.classList.toggle("near", state.z >= 4);
  const style = document.body.style;
  style.setProperty("--z", state.z);
  style.setProperty("--px", state.px);
  style.setProperty("--py", state.py);
  style.setProperty("--gain", state.gain);
  if (state.theme) document.documentElement.dataset.theme = state.theme; else delete document.documentElement.dataset.theme;
  $("theme").textContent = state.theme === "dark" ? "Dark" : state.theme === "light" ? "Light" : "Theme";
  $("mode-grid").setAttribute("aria-pressed", state.mode === "grid");
  $("mode-single").setAttribute("aria-pressed", state.mode === "single");
  $("twin").setAttribute("aria-pressed", state.twin || holding);
  $("diff").setAttribute("aria-pressed", state.diff);
  $("gain-label").hidden = !state.diff;
  $("gain").value = state.gain;
  $("reset-zoom").hidden = state.z <= 1;
  $("reset-zoom").textContent = "Zoom " + Math.round(state.z * 100) + "%";
  $("size").value = state.size;
}
function refresh() {
  if (playing >= 0 && !isFree(playing)) run(-1);
  for (const [id, axis] of [["x-axis", state.x], ["y-axis", state.y]]) $(id).value = axis;
  infoKey = "";
  applyLooks();
  layOut();
  buildSliders();
  render();
  showInfo(state.at);
  saveSoon();
}
function setMode(mode) {
  state.mode = mode;
  refresh();
  (mode === "single" ? $("single") : scroller).focus({ preventScroll: true });
  if (mode === "grid") { bringIntoView(); render(); }
}
function setSize(size) {
  state.size = clamp(Math.round(size / 4) * 4, 24, 1024);
  applyLooks();
  layOut();
  bringIntoView();
  render();
  saveSoon();
}
function toggle(name, on) { state[name] = on; applyLooks(); render(); saveSoon(); }
function setAxis(which, axis) {
  const other = which === "x" ? "y" : "x";
  if (axis >= 0 && state[other] === axis) state[other] = state[which];
  state[which] = axis;
  refresh();
}
for (const id of ["x-axis", "y-axis"]) {
  const select = $(id);
  axes.forEach((axis, i) => select.append(new Option(axis.name, i)));
  select.append(new Option("\u2013", -1));
  select.onchange = () => setAxis(id[0], +select.value);
}
$("mode-grid").onclick = () => setMode("grid");
$("mode-single").onclick = () => setMode("single");
$("size").oninput = (event) => setSize(+event.target.value);
$("twin").onclick = () => toggle("twin", !state.twin);
$("diff").onclick = () => toggle("diff", !state.diff);
$("gain").onchange = (event) => toggle("gain", +event.target.value);
$("reset-zoom").onclick = () => zoomTo(1, 0, 0);
$("theme").onclick = () => { state.theme = state.theme === "" ? "dark" : state.theme === "dark" ? "light" : ""; applyLooks(); saveSoon(); };
$("help-button").onclick = () => { $("help").hidden = false; $("help-close").focus(); };
$("help-close").onclick = () => { $("help").hidden = true; };

// --- looking closer, at the same place in all pictures --------------------------------------------------
function zoomTo(z, px, py) {
  state.z = clamp(z, 1, 64);
  state.px = clamp(px, 100 * (1 - state.z), 0);
  state.py = clamp(py, 100 * (1 - state.z), 0);
  applyLooks();
  saveSoon();
}
let drag = null, moved = false;
function watch(area) {
  area.addEventListener("wheel", (event) => {
    const frame = event.target.closest(".frame");
    if (!frame || !(event.ctrlKey || event.metaKey || state.mode === "single")) return;
    event.preventDefault();
    const box = frame.getBoundingClientRect();
    const x = 100 * (event.clientX - box.left) / box.width, y = 100 * (event.clientY - box.top) / box.height;
    const z = clamp(state.z * Math.exp(-event.deltaY / 400), 1, 64), by = z / state.z;
    zoomTo(z, x - (x - state.px) * by, y - (y - state.py) * by);
  }, { passive: false });
  area.addEventListener("pointerdown", (event) => {
    const frame = event.target.closest(".frame");
    moved = false;
    if (!frame || state.z <= 1 || event.button !== 0) return;
    drag = { x: event.clientX, y: event.clientY, px: state.px, py: state.py, box: frame.getBoundingClientRect() };
    area.setPointerCapture(event.pointerId);
  });
  area.addEventListener("pointermove", (event) => {
    if (!drag) return;
    moved = moved || Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > 3;
    zoomTo(state.z, drag.px + 100 * (event.clientX - drag.x) / drag.box.width, drag.py + 100 * (event.clientY - drag.y) / drag.box.height);
  });
  for (const name of ["pointerup", "pointercancel"]) area.addEventListener(name, () => { drag = null; });
}
watch(body);
watch($("single"));
function select(column, line) {
  if (state.x >= 0) state.at[state.x] = column;
  if (state.y >= 0) state.at[state.y] = line;
  infoKey = "";
  render();
  showInfo(state.at);
  saveSoon();
}
const cellUnder = (event) => {
  const box = body.getBoundingClientRect();
  return [clamp(Math.floor((event.clientX - box.left) / cellWidth()), 0, length(state.x) - 1), clamp(Math.floor((event.clientY - box.top) / cellHeight()), 0, length(state.y) - 1)];
};
body.addEventListener("click", (event) => { if (!moved) select(...cellUnder(event)); });
body.addEventListener("dblclick", (event) => { if (!moved) { select(...cellUnder(event)); setMode("single"); } });
$("single").addEventListener("dblclick", () => setMode("grid"));

// --- keys ----------------------------------------------------------------------------------------------
function step(axis, by) {
  if (axis < 0) return;
  state.at[axis] = clamp(state.at[axis] + by, 0, axes[axis].labels.length - 1);
  infoKey = "";
  bringIntoView();
  showSliders();
  render();
  showInfo(state.at);
  saveSoon();
}
const keys = {
  ArrowLeft: () => step(state.x, -1), ArrowRight: () => step(state.x, 1), ArrowUp: () => step(state.y, -1), ArrowDown: () => step(state.y, 1),
  Enter: () => setMode("single"), Escape: () => { if (!$("help").hidden) $("help").hidden = true; else setMode("grid"); }, g: () => setMode("grid"),
  d: () => toggle("diff", !state.diff), "+": () => setSize(state.size * 1.25), "=": () => setSize(state.size * 1.25), "-": () => setSize(state.size / 1.25),
  0: () => zoomTo(1, 0, 0), "?": () => { $("help").hidden = false; },
  " ": () => run(playing >= 0 ? -1 : axes.findIndex((axis, i) => isFree(i) && axis.labels.length > 1)),
};
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const tag = event.target.tagName;
  const typing = tag === "INPUT" || tag === "SELECT" || ((tag === "BUTTON" || tag === "SUMMARY") && (event.key === "Enter" || event.key === " "));
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "t") {
    if (!holding) { holding = true; applyLooks(); render(); }
    return;
  }
  if (!(key in keys) || (typing && key !== "Escape")) return;
  event.preventDefault();
  keys[key]();
});
const release = () => { if (holding) { holding = false; applyLooks(); } };
addEventListener("keyup", (event) => { if (event.key.toLowerCase() === "t") release(); });
addEventListener("blur", release);
scroller.addEventListener("scroll", renderSoon, { passive: true });
addEventListener("resize", renderSoon);
addEventListener("hashchange", () => { if (location.hash !== written) { readHash(); refresh(); } });

// --- start ---------------------------------------------------------------------------------------------
$("title").textContent = data.title;
$("title").title = data.title;
document.title = data.title;
const hasTwins = data.twins.some((index) => index >= 0);
$("twin").hidden = $("diff").hidden = !hasTwins;
for (const [name, value] of data.params) row($("base"), name, value === "" ? "(empty)" : value === null ? "default" : value);
readHash();
refresh();
bringIntoView();
render();
})();

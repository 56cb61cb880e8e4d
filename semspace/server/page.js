"use strict";

const at = id => document.getElementById(id);
const state = { token: "", found: [], map: null, scale: null, labels: [], turn: 0 };

// The token comes behind the # that no server is told, and does not stay in the address.
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  sessionStorage.setItem("token", given);
  history.replaceState(null, "", location.pathname);
}
state.token = sessionStorage.getItem("token") || "";

async function ask(path, body) {
  const headers = { Authorization: `Bearer ${state.token}` };
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
  const said = await answer.json();
  if (answer.status === 401) at("door").hidden = false;
  if (!answer.ok) throw new Error([said.error.message, said.error.hint].filter(Boolean).join(" "));
  return said;
}

function made(tag, name, text) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
}

// What comes out of a document is text and never markup.
function shown(hit) {
  const item = made("li");
  item.dataset.id = hit.id;
  const line = hit.start_line ? `:${hit.start_line}` : "";
  item.append(made("span", "where", `${hit.path || hit.key || ""}${line}`));
  const relevance = hit.relevance === null || hit.relevance === undefined ? "" : `  relevance ${hit.relevance.toFixed(2)}`;
  item.append(made("span", "score", `  #${hit.id}${relevance}`));
  if (hit.heading) item.append(made("div", "heading", hit.heading.join(" › ")));
  const text = made("p", "text");
  // Offsets count characters, not the halves that a script counts.
  const chars = Array.from(hit.text);
  const kinds = new Array(chars.length).fill("");
  if (hit.answer) kinds.fill("a", hit.answer.start, hit.answer.end);
  for (const [from, to] of hit.marks) for (let i = from; i < to; i += 1) kinds[i] += "m";
  for (let i = 0; i < chars.length;) {
    let j = i + 1;
    while (j < chars.length && kinds[j] === kinds[i]) j += 1;
    const part = chars.slice(i, j).join("");
    const element = made(kinds[i].includes("m") ? "mark" : "span", kinds[i].includes("a") ? "answer" : "", part);
    text.append(element);
    i = j;
  }
  item.append(text);
  return item;
}

function show(hits) {
  state.found = hits;
  at("hits").replaceChildren(...hits.map(shown));
  draw();
}

function tell(said) {
  if (said.verdict !== "nothing") {
    at("note").textContent = `${said.hits.length} ${said.hits.length === 1 ? "hit" : "hits"} in ${said.took_ms} ms`;
    return;
  }
  at("note").textContent = "Nothing looks like an answer. ";
  if (!said.nearest) return;
  const nearest = made("button", "", `Read the nearest, #${said.nearest.id}`);
  nearest.type = "button";
  nearest.addEventListener("click", () => show([said.nearest]));
  at("note").append(nearest);
}

async function search(event) {
  event.preventDefault();
  const query = at("query").value.trim();
  if (!query) return;
  // Who asks again before the answer comes wants the later one, whichever comes first.
  const turn = state.turn += 1;
  at("note").textContent = "Searching.";
  try {
    const wish = { query, index: at("index").value, mode: at("mode").value, everything: at("all").checked, k: 20 };
    const said = await ask("/search", wish);
    if (turn !== state.turn) return;
    show(said.hits);
    tell(said);
  } catch (error) {
    if (turn === state.turn) at("note").textContent = error.message;
  }
}

async function toggle() {
  const open = at("place").hidden;
  at("place").hidden = !open;
  at("draw").setAttribute("aria-pressed", String(open));
  if (!open) return;
  const index = at("index").value;
  if (!state.map || state.map.index !== index) {
    at("faith").textContent = "The map is being made.";
    try {
      state.map = await ask("/map", { index });
    } catch (error) {
      at("faith").textContent = error.message;
      return;
    }
  }
  const kept = Math.round(100 * (state.map.faithfulness.kept_15 || 0));
  at("faith").textContent = `${state.map.count} texts; the map keeps ${kept} % of true neighbours`;
  draw();
}

function draw() {
  if (!state.map || at("place").hidden) return;
  const canvas = at("map"), ratio = devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext("2d"), style = getComputedStyle(document.documentElement);
  const color = name => style.getPropertyValue(name).trim();
  pen.scale(ratio, ratio);
  pen.clearRect(0, 0, width, height);
  const points = state.map.points;
  if (!points.length) return;
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of points) {
    left = Math.min(left, x); right = Math.max(right, x); low = Math.min(low, y); high = Math.max(high, y);
  }
  const room = 24, unit = Math.min((width - 2 * room) / (right - left || 1), (height - 2 * room) / (high - low || 1));
  const place = ({ x, y }) => [width / 2 + (x - (left + right) / 2) * unit, height / 2 - (y - (low + high) / 2) * unit];
  state.scale = place;
  const lit = new Set(state.found.map(hit => hit.id));
  const size = points.length > 5000 ? 1 : points.length > 1000 ? 2 : 4;
  for (const point of points) {
    const [x, y] = place(point);
    pen.globalAlpha = point.kept === 0 ? 0.35 : 0.8;
    pen.fillStyle = color("--point");
    pen.fillRect(x - size / 2, y - size / 2, size, size);
  }
  pen.globalAlpha = 1;
  pen.strokeStyle = color("--lit");
  pen.lineWidth = 2;
  for (const point of points) {
    if (!lit.has(point.id)) continue;
    const [x, y] = place(point);
    pen.beginPath();
    pen.arc(x, y, 5, 0, 2 * Math.PI);
    pen.stroke();
  }
  pen.fillStyle = color("--ink");
  pen.font = "12px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.strokeStyle = color("--ground");
  pen.lineWidth = 3;
  // A label that would lie on one of more texts is left out.
  state.labels = [];
  for (const label of [...state.map.labels].sort((one, other) => other.count - one.count)) {
    const half = pen.measureText(label.text).width / 2 + 4, [x, y] = place(label);
    const middle = Math.max(half, Math.min(width - half, x));
    if (state.labels.some(drawn => Math.abs(drawn.y - y) < 16 && Math.abs(drawn.middle - middle) < drawn.half + half)) continue;
    state.labels.push({ middle, y, half });
    pen.strokeText(label.text, middle, y);
    pen.fillText(label.text, middle, y);
  }
}

async function read(event) {
  if (!state.map || !state.scale) return;
  const box = at("map").getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  let best = null, least = 144;
  for (const point of state.map.points) {
    const [px, py] = state.scale(point), far = (px - x) ** 2 + (py - y) ** 2;
    if (far < least) [best, least] = [point, far];
  }
  if (!best) return;
  try {
    const hit = await ask("/passage", { id: best.id, index: state.map.index });
    show([hit]);
  } catch (error) {
    at("note").textContent = error.message;
  }
}

async function enter() {
  try {
    const said = await ask("/status");
    at("door").hidden = true;
    at("index").replaceChildren(...said.spaces.map(space => made("option", "", space.index)));
    at("index").hidden = said.spaces.length < 2;
    at("note").textContent = said.spaces.map(space => space.error ? `${space.index}: ${space.error.message}` : `${space.index}: ${space.passages} passages`).join(", ");
    at("query").focus();
  } catch (error) {
    at("note").textContent = error.message;
  }
  document.documentElement.dataset.ready = "yes";
}

at("form").addEventListener("submit", search);
at("draw").addEventListener("click", toggle);
at("map").addEventListener("click", read);
addEventListener("resize", draw);
at("door").addEventListener("submit", event => {
  event.preventDefault();
  state.token = at("token").value.trim();
  sessionStorage.setItem("token", state.token);
  enter();
});
addEventListener("keydown", event => {
  if (event.key === "/" && document.activeElement.tagName !== "INPUT") {
    event.preventDefault();
    at("query").focus();
  }
});
enter();

"use strict";
(async () => {
  const by = (id) => document.getElementById(id);
  const canvas = by("map"), pen = canvas.getContext("2d"), card = by("card"), list = by("list");
  const LISTED = 300, NEAR = 9, SHOWN = 32767, MOVE = 60;

  // What the page carries: two blocks of gzip, as base64; the second is arrays of numbers, one after the other.
  const unpacked = (id) => {
    const bytes = Uint8Array.from(atob(by(id).textContent.trim()), (char) => char.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
  };
  const words = JSON.parse(await (await unpacked("words")).text());
  const numbers = await (await unpacked("numbers")).arrayBuffer();
  const n = words.texts.length;
  let offset = 0;
  const take = (Kind, count) => {
    const part = new Kind(numbers, offset, count);
    offset += part.byteLength;
    return part;
  };
  const pathOf = take(Int32Array, n);
  const groupsOf = words.groupings.map(() => take(Int32Array, n));
  const xy = take(Int16Array, 2 * n);
  const kept = words.kept ? take(Uint8Array, n) : null;
  const path = (i) => (pathOf[i] < 0 ? "" : words.paths[pathOf[i]]);

  const night = matchMedia("(prefers-color-scheme: dark)");
  const view = { x: 0, y: 0, scale: 1 };
  let width = 1, height = 1, ratio = 1, least = 1;
  let grouping = -1, alone = -1, slots = new Uint8Array(n), order = [];
  let sheet = null, hover = -1, kept_card = -1, chosen = new Set(), loop = null, drawing = false, scheduled = false;

  const screenX = (x) => width / 2 + (x - view.x) * view.scale;
  const screenY = (y) => height / 2 - (y - view.y) * view.scale;
  const planeX = (x) => (x - width / 2) / view.scale + view.x;
  const planeY = (y) => (height / 2 - y) / view.scale + view.y;
  const element = (tag, text) => {
    const made = document.createElement(tag);
    made.textContent = text;
    return made;
  };

  // Points by squares of the plane, for what lies under the pointer: a counting sort.
  const SIDE = Math.max(1, Math.min(512, Math.ceil(Math.sqrt(n / 4))));
  const square = (value) => Math.min(SIDE - 1, Math.max(0, Math.floor(((value + SHOWN) / (2 * SHOWN + 1)) * SIDE)));
  const placed = [];
  for (let i = 0; i < n; i++) if (xy[2 * i] >= -SHOWN) placed.push(i);
  const starts = new Int32Array(SIDE * SIDE + 1);
  const cell = (i) => square(xy[2 * i + 1]) * SIDE + square(xy[2 * i]);
  for (const i of placed) starts[cell(i) + 1]++;
  for (let c = 0; c < SIDE * SIDE; c++) starts[c + 1] += starts[c];
  const sorted = new Int32Array(placed.length), filled = starts.slice();
  for (const i of placed) sorted[filled[cell(i)]++] = i;

  function nearest(px, py) {
    const reach = NEAR / view.scale, x = planeX(px), y = planeY(py);
    let best = -1, most = NEAR * NEAR;
    for (let row = square(y - reach); row <= square(y + reach); row++) {
      const from = starts[row * SIDE + square(x - reach)], to = starts[row * SIDE + square(x + reach) + 1];
      for (let at = from; at < to; at++) {
        const i = sorted[at], dx = screenX(xy[2 * i]) - px, dy = screenY(xy[2 * i + 1]) - py;
        if (dx * dx + dy * dy < most && visible(i)) [best, most] = [i, dx * dx + dy * dy];
      }
    }
    return best;
  }

  // Colours: the largest groups have their own, a number has a ramp, as in the terminal.
  const ground = () => (night.matches ? "dark" : "light");
  function recolor() {
    const scheme = words.groupings[grouping];
    const colors = scheme ? scheme.colors[ground()] : grouping === -2 ? words.ramp[ground()] : [words.one[ground()]];
    if (scheme) {
      const slotOf = new Uint8Array(scheme.names.length + 1).fill(scheme.chosen.length);
      scheme.chosen.forEach((group, slot) => (slotOf[group] = slot));
      groupsOf[grouping].forEach((group, i) => (slots[i] = slotOf[group < 0 ? scheme.names.length : group]));
    } else if (grouping === -2) kept.forEach((share, i) => (slots[i] = Math.min(9, Math.floor((share / 255) * 10))));
    else slots.fill(0);
    order = colors.map((color) => ({ color, trusted: [], doubted: [] }));
    const dim = kept && by("dim").checked && grouping !== -2;
    for (const i of sorted) order[slots[i]][dim && kept[i] < words.doubt ? "doubted" : "trusted"].push(i);
    by("legend").replaceChildren(...legendRows(scheme));
    draw();
  }
  function legendRows(scheme) {
    const names = scheme ? [...scheme.chosen.map((g) => scheme.names[g]), "other"]
      : grouping === -2 ? order.map((_, k) => `${k * 10} to ${k * 10 + 10} % of neighbours kept`) : [];
    return names.flatMap((name, slot) => {
      if (!order[slot].trusted.length && !order[slot].doubted.length) return [];
      const row = document.createElement("li"), button = document.createElement("button"), swatch = document.createElement("i");
      swatch.style.background = order[slot].color;
      button.type = "button";
      button.append(swatch, element("span", name));
      button.setAttribute("aria-pressed", String(alone === slot));
      button.onclick = () => {
        alone = alone === slot ? -1 : slot;
        for (const other of by("legend").querySelectorAll("button")) other.setAttribute("aria-pressed", "false");
        button.setAttribute("aria-pressed", String(alone === slot));
        draw();
      };
      row.append(button);
      return [row];
    });
  }
  const visible = (i) => alone < 0 || slots[i] === alone;

  // Labels: the smallest scale at which each is shown (Been, Daiches, Yap: Dynamic map labeling, 2006).
  const labels = words.labels.map(([x, y, text, priority]) => ({ x, y, text, priority })).sort((a, b) => b.priority - a.priority);
  function rangeLabels() {
    pen.font = "600 13px system-ui, sans-serif";
    labels.forEach((one, at) => {
      one.width = pen.measureText(one.text).width;
      one.least = 0;
      for (let k = 0; k < at; k++) {
        const other = labels[k];
        const across = ((one.width + other.width) / 2 + 12) / Math.abs(one.x - other.x), up = 30 / Math.abs(one.y - other.y);
        const clear = Math.min(across, up);
        if (clear > other.least) one.least = Math.max(one.least, clear);
      }
    });
  }

  function draw() {
    if (!scheduled) requestAnimationFrame(paint);
    scheduled = true;
  }
  function paint() {
    scheduled = false;
    const style = getComputedStyle(document.documentElement), text = style.getPropertyValue("--text"), back = style.getPropertyValue("--ground");
    const zoom = view.scale / least, size = Math.min(9, Math.max(1.2, 150 / Math.sqrt(n + 300)) * Math.sqrt(zoom) + 1);
    const focus = chosen.size > 0;
    if (!sheet || sheet.width !== canvas.width || sheet.height !== canvas.height) sheet = pen.createImageData(canvas.width, canvas.height);
    const pixels = new Uint32Array(sheet.data.buffer);
    pixels.fill(mixed(back, back, 1));
    for (const doubted of [true, false]) order.forEach((group, slot) => {
      if (alone >= 0 && slot !== alone) return;
      const alpha = (doubted ? 0.25 : 0.85) * (focus ? 0.3 : 1);
      spots(pixels, doubted ? group.doubted : group.trusted, size, mixed(group.color, back, alpha));
    });
    if (focus) order.forEach((group, slot) => {
      const rows = [...chosen].filter((i) => slots[i] === slot && visible(i));
      spots(pixels, rows, size + 2.5, mixed(group.color, back, 1));
    });
    pen.putImageData(sheet, 0, 0);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    paintLabels(text, back);
    for (const i of [kept_card, hover]) if (i >= 0) {
      pen.strokeStyle = text;
      pen.lineWidth = 2;
      pen.beginPath();
      pen.arc(screenX(xy[2 * i]), screenY(xy[2 * i + 1]), size / 2 + 5, 0, 7);
      pen.stroke();
    }
    if (loop) {
      pen.strokeStyle = text;
      pen.lineWidth = 1.5;
      pen.setLineDash([5, 4]);
      pen.beginPath();
      loop.forEach(([x, y], k) => (k ? pen.lineTo(screenX(x), screenY(y)) : pen.moveTo(screenX(x), screenY(y))));
      pen.closePath();
      pen.stroke();
      pen.setLineDash([]);
    }
    if (kept_card >= 0) showCard(kept_card);
  }
  // A hundred thousand squares are written as pixels far sooner than they are drawn one by one.
  function mixed(color, back, alpha) {
    const part = (text, at) => parseInt(text.trim().slice(at, at + 2), 16);
    const [red, green, blue] = [1, 3, 5].map((at) => Math.round(part(color, at) * alpha + part(back, at) * (1 - alpha)));
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  }
  function spots(pixels, rows, size, color) {
    const wide = canvas.width, high = canvas.height, side = Math.max(1, Math.round(size * ratio)), scale = view.scale * ratio;
    const left = (width / 2) * ratio - view.x * scale - side / 2, top = (height / 2) * ratio + view.y * scale - side / 2;
    for (const i of rows) {
      const x = Math.round(left + xy[2 * i] * scale), y = Math.round(top - xy[2 * i + 1] * scale);
      if (x <= -side || y <= -side || x >= wide || y >= high) continue;
      const from = Math.max(x, 0), to = Math.min(x + side, wide), end = Math.min(y + side, high);
      for (let row = Math.max(y, 0); row < end; row++) pixels.fill(color, row * wide + from, row * wide + to);
    }
  }
  function paintLabels(text, back) {
    pen.font = "600 13px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    pen.lineWidth = 4;
    for (const label of labels) {
      const x = screenX(label.x), y = screenY(label.y);
      if (label.least > view.scale || x < 0 || y < 0 || x > width || y > height) continue;
      pen.strokeStyle = back;
      pen.strokeText(label.text, x, y);
      pen.fillStyle = text;
      pen.fillText(label.text, x, y);
    }
  }

  function showCard(i) {
    const parts = [element("p", words.texts[i].length > 600 ? words.texts[i].slice(0, 600) + " …" : words.texts[i])];
    if (path(i)) parts.push(element("small", path(i)));
    const facts = words.groupings.map((g, k) => (groupsOf[k][i] < 0 ? "" : `${g.title}: ${g.names[groupsOf[k][i]]}`)).filter(Boolean);
    if (kept) facts.push(`${Math.round((kept[i] / 255) * 100)} % of its neighbours are kept`);
    if (facts.length) parts.push(element("small", facts.join(" · ")));
    card.replaceChildren(...parts);
    card.hidden = false;
    const x = screenX(xy[2 * i]) + 14, y = screenY(xy[2 * i + 1]) + 14;
    card.style.left = `${Math.max(4, Math.min(x, width - beside() - card.offsetWidth - 6))}px`;
    card.style.top = `${Math.max(4, Math.min(y, height - card.offsetHeight - 6))}px`;
  }
  function point(i) {
    if (i === hover) return;
    hover = i;
    if (i >= 0) showCard(i);
    else if (kept_card < 0) card.hidden = true;
    canvas.style.cursor = i >= 0 ? "pointer" : "";
    draw();
  }
  function keep(i) {
    kept_card = i;
    if (i < 0) card.hidden = true;
    else showCard(i);
    draw();
  }
  // The columns of the map that the list covers; on a narrow screen it lies below.
  const beside = () => (by("panel").hidden || by("panel").offsetWidth > width * 0.9 ? 0 : by("panel").offsetWidth);
  function goTo(i) {
    view.scale = Math.max(view.scale, least * 5);
    const under = !by("panel").hidden && !beside() ? by("panel").offsetHeight : 0;
    view.x = xy[2 * i] + beside() / 2 / view.scale;
    view.y = xy[2 * i + 1] - under / 2 / view.scale;
    keep(i);
  }

  // What was searched or drawn around, as a list.
  function choose(rows, what) {
    chosen = new Set(rows);
    by("panel").hidden = what === "";
    by("count").textContent = `${rows.length.toLocaleString()} ${what}`;
    list.replaceChildren(...rows.slice(0, LISTED).map((i) => {
      const row = document.createElement("li"), button = document.createElement("button");
      button.type = "button";
      button.append(element("span", words.texts[i].slice(0, 200)));
      if (path(i)) button.append(element("small", path(i)));
      button.onclick = () => goTo(i);
      row.append(button);
      return row;
    }));
    if (rows.length > LISTED) list.append(element("li", `and ${(rows.length - LISTED).toLocaleString()} more; Copy takes all`));
    draw();
  }
  let lowered = null, waiting = 0;
  function search() {
    const asked = by("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    if (!asked.length) return choose([], "");
    lowered ??= words.texts.map((text, i) => `${text}\n${path(i)}`.toLowerCase());
    const found = [];
    for (let i = 0; i < n; i++) if (asked.every((word) => lowered[i].includes(word))) found.push(i);
    choose(found, found.length === 1 ? "text found" : "texts found");
  }
  function inside(x, y, around) {
    let odd = false;
    for (let k = 0, last = around.length - 1; k < around.length; last = k++) {
      const [ax, ay] = around[k], [bx, by_] = around[last];
      if (ay > y !== by_ > y && x < ((bx - ax) * (y - ay)) / (by_ - ay) + ax) odd = !odd;
    }
    return odd;
  }
  async function copy() {
    const text = [...chosen].map((i) => [path(i), words.texts[i].replace(/\s+/g, " ")].filter(Boolean).join("\t")).join("\n");
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    by("copy").textContent = "Copied";
    setTimeout(() => (by("copy").textContent = "Copy"), 1200);
  }

  function resize() {
    ratio = devicePixelRatio || 1;
    width = Math.max(1, canvas.clientWidth);
    height = Math.max(1, canvas.clientHeight);
    const size = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width === size[0] && canvas.height === size[1]) return;
    [canvas.width, canvas.height] = size;
    const before = least;
    least = Math.min(width / words.span[0], height / words.span[1]) * 0.94;
    view.scale *= least / before;
    // At once: what changes its size is blank until it is painted.
    paint();
  }
  function zoom(by_, px = width / 2, py = height / 2) {
    const x = planeX(px), y = planeY(py);
    view.scale = Math.min(Math.max(view.scale * by_, least * 0.5), least * 2000);
    view.x = x - (px - width / 2) / view.scale;
    view.y = y + (py - height / 2) / view.scale;
    draw();
  }
  function home() {
    [view.x, view.y, view.scale] = [0, 0, least];
    draw();
  }
  function pan(dx, dy) {
    view.x -= dx / view.scale;
    view.y += dy / view.scale;
    draw();
  }
  function lasso(on) {
    drawing = on;
    by("lasso").setAttribute("aria-pressed", String(on));
    canvas.classList.toggle("drawing", on);
  }
  function clear() {
    loop = null;
    by("search").value = "";
    alone = -1;
    lasso(false);
    keep(-1);
    choose([], "");
    recolor();
  }

  // Fingers and mice: one moves or draws, two zoom.
  const fingers = new Map();
  let moved = 0;
  const spotOf = (event) => [event.offsetX, event.offsetY];
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, spotOf(event));
    moved = 0;
    if (fingers.size === 1 && (drawing || event.shiftKey)) loop = [[planeX(event.offsetX), planeY(event.offsetY)]];
    if (fingers.size > 1) loop = null;
  });
  canvas.addEventListener("pointermove", (event) => {
    const was = fingers.get(event.pointerId), [x, y] = spotOf(event);
    if (!was) return point(nearest(x, y));
    moved += Math.abs(x - was[0]) + Math.abs(y - was[1]);
    if (fingers.size === 2) {
      const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
      const apart = (a) => Math.hypot(a[0] - other[0], a[1] - other[1]) || 1;
      zoom(apart([x, y]) / apart(was), (x + other[0]) / 2, (y + other[1]) / 2);
      pan((x - was[0]) / 2, (y - was[1]) / 2);
    } else if (loop) {
      loop.push([planeX(x), planeY(y)]);
      draw();
    } else pan(x - was[0], y - was[1]);
    fingers.set(event.pointerId, [x, y]);
  });
  const lift = (event) => {
    const own = fingers.delete(event.pointerId);
    if (!own || event.type === "pointercancel") return;
    if (loop && loop.length > 2) {
      const rows = placed.filter((i) => visible(i) && inside(xy[2 * i], xy[2 * i + 1], loop));
      choose(rows, rows.length === 1 ? "text chosen" : "texts chosen");
      lasso(false);
    } else if (moved < 5) keep(nearest(...spotOf(event)));
    loop = null;
    draw();
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("pointerleave", () => point(-1));
  canvas.addEventListener("dblclick", (event) => zoom(2, ...spotOf(event)));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0018)), ...spotOf(event));
  }, { passive: false });

  const keys = {
    ArrowLeft: () => pan(MOVE, 0), ArrowRight: () => pan(-MOVE, 0), ArrowUp: () => pan(0, MOVE), ArrowDown: () => pan(0, -MOVE),
    "+": () => zoom(1.4), "=": () => zoom(1.4), "-": () => zoom(1 / 1.4), 0: home, l: () => lasso(!drawing), "/": () => by("search").focus(),
  };
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") return clear();
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    if (event.key.startsWith("Arrow") && event.target !== canvas && event.target !== document.body) return;
    event.preventDefault();
    keys[event.key]();
  });
  by("search").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 80);
  });
  by("search").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && chosen.size) goTo([...chosen][0]);
  });
  by("color").addEventListener("change", () => {
    grouping = Number(by("color").value);
    alone = -1;
    recolor();
  });
  by("dim").addEventListener("change", recolor);
  by("lasso").onclick = () => lasso(!drawing);
  by("in").onclick = () => zoom(1.5);
  by("out").onclick = () => zoom(1 / 1.5);
  by("all").onclick = home;
  by("copy").onclick = copy;
  by("close").onclick = clear;

  by("title").textContent = words.title;
  by("footer").textContent = words.footer;
  by("doubt").hidden = !kept;
  const options = [...words.groupings.map((g, k) => [k, g.title]), ...(kept ? [[-2, "neighbours kept"]] : []), [-1, "nothing"]];
  by("color").append(...options.map(([value, title]) => Object.assign(element("option", title), { value })));
  grouping = options[0][0] === -2 ? -1 : options[0][0];
  by("color").value = String(grouping);
  rangeLabels();
  recolor();
  resize();
  night.addEventListener("change", recolor);
  new ResizeObserver(resize).observe(canvas);
  document.documentElement.dataset.ready = "yes";
})();

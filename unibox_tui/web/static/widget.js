// The chat widget. Served without comments and indentation, with the inbox's settings and the style put in; see widget.py.
// Strangers' and agents' words reach the page as text nodes only. No text literal here goes over several lines.
(() => {
  "use strict";
  const config = __CONFIG__;
  const base = new URL(config.inbox, document.currentScript.src).href;
  const user = (window.unibox || {}).user || null;

  const { words: say, lang: language } = config;
  const on = (target, name, call) => target.addEventListener(name, call);

  // What outlives the page: token, unsent messages, what was told about oneself. Tabs share it, so it is read anew each time.
  const place = "unibox:" + config.inbox + (user ? ":" + user.id : "");
  let memory = {};
  const kept = () => {
    try { return JSON.parse(localStorage.getItem(place)) || memory; } catch { return memory; }
  };
  const keep = (change) => {
    memory = { ...kept(), ...change };
    try { localStorage.setItem(place, JSON.stringify(memory)); } catch { return; }
  };
  const queue = () => kept().queue || [];
  const unqueue = (id) => keep({ queue: queue().filter((message) => message.id !== id) });

  // -- the picture
  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    if (tag === "button") element.type = "button";
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "click") on(element, name, value);
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };
  const host = make("div", { id: "unibox-" + config.inbox, lang: language });
  const root = host.attachShadow({ mode: "open" });
  const style = new CSSStyleSheet();
  style.replaceSync(__STYLE__);
  root.adoptedStyleSheets = [style];
  host.style.setProperty("--hue", config.colour);

  const badge = make("span", { class: "badge", hidden: "" });
  const launcher = make("button", { class: "launcher", "aria-expanded": "false", "aria-label": say.open, click: () => toggle() }, "✉", badge);
  const older = make("button", { class: "older", hidden: "", click: () => send({ t: "older", before: first() }) }, say.older);
  const log = make("ol", { role: "log", "aria-live": "polite", "aria-label": say.log, tabindex: "0" });
  const status = make("p", { role: "status", class: "status" });
  const away = make("p", { class: "away", hidden: "" }, config.away || say.away);
  const fields = make("div", { class: "fields" });
  const input = make("textarea", { rows: "2", maxlength: config.limit, "aria-label": say.write, placeholder: say.write });
  const picker = make("input", { type: "file", hidden: "", tabindex: "-1", "aria-label": say.attach });
  const clip = make("button", { class: "clip", "aria-label": say.attach, click: () => picker.click() }, "+");
  const form = make("form", { novalidate: "" }, fields, make("div", { class: "row" }, config.files ? clip : "", input, make("button", { class: "send", type: "submit", "aria-label": say.send }, "➤")), picker);
  const shut = make("button", { class: "shut", "aria-label": say.close, click: () => toggle(false) }, "✕");
  const panel = make(
    "section", { role: "dialog", "aria-modal": "true", "aria-label": config.title, hidden: "" },
    make("header", {}, make("h2", {}, config.title), shut), away, older, log, status, form,
  );
  root.append(launcher, panel);

  const lines = new Map();
  const pending = new Map();
  let unread = 0, seen = 0, online = true, cursor = 0;
  const first = () => Math.min(...lines.keys());

  const linked = (text) => {
    const box = make("span", { class: "text" });
    let end = 0;
    for (const match of text.matchAll(/https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]]/g)) {
      box.append(text.slice(end, match.index), make("a", { href: match[0], target: "_blank", rel: "noopener noreferrer nofollow" }, match[0]));
      end = match.index + match[0].length;
    }
    box.append(text.slice(end));
    return box;
  };
  const size = (bytes) => (bytes < 1e6 ? Math.ceil(bytes / 1e3) + " kB" : (bytes / 1e6).toFixed(1) + " MB");

  // One bubble; `tick` says where an own message stands.
  const bubble = (line) => {
    const mine = line.mine;
    const time = make("time", { datetime: new Date(line.at).toISOString() }, new Date(line.at).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" }));
    const item = make("li", { class: mine ? "mine" : "theirs" }, make("b", {}, mine ? say.you : line.name));
    item.append(line.unsent ? make("em", {}, say.gone) : linked(line.text));
    for (const file of line.files || []) {
      const label = file.name + (file.size ? " · " + size(file.size) : "");
      item.append(file.id ? make("button", { class: "file", "aria-label": say.get + ": " + label, click: () => download(file) }, "⬇ " + label) : make("span", { class: "file" }, label));
    }
    item.append(make("small", {}, time, mine ? make("span", { class: "tick" }) : ""));
    return item;
  };
  const tick = (item, mark, text) => {
    const place = item.querySelector(".tick");
    if (place && place.title !== text) {
      place.title = text;
      place.replaceChildren(" " + mark + " ", make("i", {}, text));
    }
  };
  const ticks = () => {
    for (const [n, { item, line }] of lines) if (line.mine) tick(item, n <= seen ? "✓✓" : "✓", n <= seen ? say.seen : say.sent);
  };
  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;

  const show = (line) => {
    const stay = atEnd();
    const item = bubble(line);
    const old = lines.get(line.n) || (line.mine && pending.has(line.id) ? { item: pending.get(line.id) } : null);
    if (line.mine) { pending.delete(line.id); unqueue(line.id); }
    const isNew = !lines.has(line.n);
    lines.set(line.n, { item, line });
    if (old) old.item.remove();
    const after = [...lines.keys()].filter((n) => n > line.n);
    const next = after.length ? lines.get(Math.min(...after)).item : pending.values().next().value;
    log.insertBefore(item, next || null);
    cursor = Math.max(cursor, line.n);
    if (stay || line.mine) log.scrollTop = log.scrollHeight;
    return isNew;
  };
  const showPending = (message) => {
    const item = bubble({ mine: true, text: message.text, at: message.at, files: message.names.map((name) => ({ name })) });
    tick(item, "…", say.sending);
    pending.set(message.id, item);
    log.append(item);
    log.scrollTop = log.scrollHeight;
  };
  const count = () => {
    badge.hidden = !unread;
    badge.textContent = unread || "";
    launcher.setAttribute("aria-label", say.open + (unread ? ", " + unread + " " + say.fresh : ""));
  };
  const looking = () => !panel.hidden && document.visibilityState === "visible";
  const read = () => {
    const theirs = [...lines.values()].filter(({ line }) => !line.mine).map(({ line }) => line.n);
    if (!theirs.length) return;
    const newest = Math.max(...theirs);
    if (looking()) {
      unread = 0;
      keep({ read: newest });
      send({ t: "read", n: newest });
    } else send({ t: "ack", n: newest });
    count();
  };

  // -- what is asked before the first message, once
  const missing = () => {
    const told = { ...(user || {}), ...(kept().person || {}) };
    return [...new Set([...config.ask, ...(online ? [] : config.askAway)])].filter((what) => !told[what]);
  };
  const ask = () => {
    away.hidden = online;
    const wanted = missing();
    for (const label of [...fields.children]) if (!wanted.includes(label.dataset.what)) label.remove();
    for (const what of wanted) {
      if (fields.querySelector("[name=" + what + "]")) continue;
      const box = make("input", { name: what, type: { email: "email", phone: "tel" }[what] || "text", autocomplete: what === "phone" ? "tel" : what, maxlength: "200", required: "" });
      const label = make("label", {}, say[what], box);
      label.dataset.what = what;
      fields.append(label);
    }
  };
  const person = () => {
    const { name, email, phone } = { ...(user || {}), ...(kept().person || {}) };
    return { name, email, phone };
  };

  // -- speaking
  const post = (text, files) => {
    const id = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const message = { id, text, files: files.map((file) => file.ref), names: files.map((file) => file.name), at: Date.now() };
    keep({ queue: [...queue(), message], wrote: true });
    showPending(message);
    transmit(message);
  };
  const transmit = (message) => {
    send({ t: "msg", id: message.id, text: message.text, files: message.files });
    // Said again until it is acknowledged; the other side knows it by its id.
    later(message, 10);
  };
  const later = (message, seconds) => {
    clearTimeout(later[message.id]);
    later[message.id] = setTimeout(() => welcome && queue().some((other) => other.id === message.id) && transmit(message), seconds * 1000);
  };
  on(form, "submit", (event) => {
    event.preventDefault();
    const boxes = [...fields.querySelectorAll("input")];
    const wrong = boxes.find((box) => !box.checkValidity());
    const text = input.value.trim();
    if (wrong) return void (wrong.reportValidity(), wrong.focus());
    if (!text) return void input.focus();
    if (boxes.length) {
      keep({ person: { ...kept().person, ...Object.fromEntries(boxes.map((box) => [box.name, box.value.trim()])) } });
      send({ t: "profile", person: person() });
      ask();
    }
    input.value = "";
    typed = 0;
    post(text, []);
    input.focus();
  });
  let typed = 0;
  on(input, "input", () => {
    if (Date.now() - typed > 3000) {
      typed = Date.now();
      send({ t: "typing", on: true });
    }
  });
  on(input, "keydown", (event) => {
    // While an input method composes, Enter is its own.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
      event.preventDefault();
      form.requestSubmit();
    }
  });

  // -- files
  const authorised = (more) => ({ Authorization: "Bearer " + token, ...more });
  on(picker, "change", async () => {
    const file = picker.files[0];
    picker.value = "";
    if (!file) return;
    if (file.size > config.files) return tell(say.big + " (" + size(config.files) + ")");
    tell(say.uploading);
    try {
      const answer = await fetch(base + "/file", { method: "POST", body: file, headers: authorised({ "Content-Type": file.type || "application/octet-stream", "X-File-Name": encodeURIComponent(file.name) }) });
      const told = await answer.json();
      if (!answer.ok) return tell(say[told.code] || say.file);
      tell("");
      post("", [told]);
    } catch { tell(say.file); }
  });
  const download = async (file) => {
    try {
      const answer = await fetch(base + "/file/" + encodeURIComponent(file.id), { headers: authorised() });
      if (!answer.ok) return tell(say.file);
      const url = URL.createObjectURL(await answer.blob());
      make("a", { href: url, download: file.name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60000);
    } catch { tell(say.file); }
  };

  // -- hearing
  let agent = 0;
  const tell = (text) => { status.textContent = text; };
  const hear = (frame) => {
    heard = Date.now();
    if (frame.t === "welcome") {
      welcome = true;
      tries = 0;
      token = frame.token;
      if (!user) keep({ token });
      ({ online, seen } = frame);
      if (!frame.resumed) {
        for (const { item } of lines.values()) item.remove();
        lines.clear();
        older.hidden = !frame.more;
        if (config.greeting && !frame.more && !log.querySelector(".hello")) log.prepend(make("li", { class: "theirs hello" }, make("b", {}, config.title), linked(config.greeting)));
      }
      const last = kept().read || 0;
      unread = 0;
      frame.lines.forEach(show);
      for (const { line } of lines.values()) if (!line.mine && line.n > last) unread += 1;
      for (const message of queue()) {
        if (!pending.has(message.id)) showPending(message);
        transmit(message);
      }
      tell("");
      ask();
      ticks();
      read();
    } else if (frame.t === "line") {
      if (show(frame) && !frame.mine) {
        if (!looking()) unread += 1;
        tell("");
      }
      ticks();
      read();
    } else if (frame.t === "older") {
      const top = log.scrollHeight;
      frame.lines.forEach(show);
      older.hidden = !frame.more;
      log.scrollTop = log.scrollHeight - top;
      ticks();
    } else if (frame.t === "got") {
      unqueue(frame.id);
      const item = pending.get(frame.id);
      if (item) tick(item, "✓", say.sent);
    } else if (frame.t === "no") refused(frame);
    else if (frame.t === "typing") {
      clearTimeout(agent);
      tell(frame.on ? frame.name + " " + say.typing : "");
      if (frame.on) agent = setTimeout(() => tell(""), 8000);
    } else if (frame.t === "online") {
      online = frame.on;
      ask();
    } else if (frame.t === "seen") {
      seen = frame.n;
      ticks();
    } else if (frame.t === "ping") send({ t: "pong" });
  };
  const refused = ({ code, id, wait }) => {
    const message = queue().find((other) => other.id === id);
    if (message && wait) {
      if (code === "slow") tell(say.slow);
      later(message, wait + 0.5);
    } else if (message) {
      unqueue(id);
      tick(pending.get(id), "⚠", say.failed);
      tell(say[code] || say.failed);
      if (!input.value) input.value = message.text;
    } else if (code.startsWith("identity")) {
      barred = true;
      tell(say.identity);
    } else if (wait) tries = Math.max(tries, 5);
  };

  // -- the line: a socket, or long polls where sockets break
  let token = user ? "" : kept().token || "", welcome = false, heard = 0, tries = 0, broken = 0, socket = null, session = "", barred = false, wanted = false, waiting = 0;
  const hello = () => ({ t: "hello", token, user: user ? { id: user.id, hash: user.hash } : undefined, person: person(), lang: language, after: cursor || undefined, page: { url: location.href, title: document.title, referrer: document.referrer } });
  const send = (frame) => {
    if (!welcome) return;
    if (socket) socket.send(JSON.stringify(frame));
    else poll([frame]);
  };
  const connect = () => {
    clearTimeout(waiting);
    wanted = true;
    if (socket || session || barred) return;
    if (broken >= 2) return void poll([]);
    const line = (socket = new WebSocket(base.replace(/^http/, "ws") + "/socket"));
    let opened = false;
    line.onopen = () => line.send(JSON.stringify(hello()));
    line.onmessage = (event) => {
      opened = true;
      broken = 0;
      hear(JSON.parse(event.data));
    };
    line.onclose = () => {
      if (line !== socket) return;
      if (!opened) broken += 1;
      lost();
    };
  };
  const lost = () => {
    socket = null;
    session = "";
    welcome = false;
    if (barred) return;
    if (wanted && tries) tell(say.lost);
    tries += 1;
    clearTimeout(waiting);
    waiting = setTimeout(connect, Math.min(30, 0.3 * 2 ** Math.min(tries, 7)) * (500 + Math.random() * 500));
  };
  const poll = async (frames) => {
    const mine = session;
    if (!mine) session = "new";
    try {
      const answer = await fetch(base + "/poll", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(mine ? { session: mine, frames } : { hello: hello() }) });
      const told = await answer.json();
      if (mine && mine !== session) return;
      told.frames.forEach((frame, index) => {
        if (!index && !mine) session = told.session || session;
        hear(frame);
      });
      if (!told.session) throw 0;
      session = told.session;
      if (!frames.length) poll([]);
    } catch {
      if (mine === session || session === "new") {
        broken = 0;
        lost();
      }
    }
  };
  setInterval(() => socket && welcome && Date.now() - heard > 45000 && socket.close(), 5000);
  on(window, "online", () => { tries = 0; if (wanted) connect(); });
  on(window, "offline", () => { if (wanted) tell(say.lost); if (socket) { const line = socket; lost(); line.close(); } });
  on(document, "visibilitychange", () => { if (looking()) read(); });

  // -- opening and closing
  const toggle = (open = panel.hidden) => {
    panel.hidden = !open;
    launcher.setAttribute("aria-expanded", String(open));
    if (open) {
      ask();
      connect();
      (fields.querySelector("input") || input).focus();
      log.scrollTop = log.scrollHeight;
      read();
    } else launcher.focus();
  };
  on(panel, "keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      toggle(false);
    }
    if (event.key !== "Tab") return;
    const stops = [...panel.querySelectorAll("button, input, textarea, a, ol")].filter((stop) => stop.tabIndex >= 0 && stop.offsetParent);
    const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
    if (root.activeElement === edge) {
      event.preventDefault();
      (event.shiftKey ? stops[stops.length - 1] : stops[0]).focus();
    }
  });

  const start = () => {
    document.body.append(host);
    // Who has written before hears of answers without opening; all others cost nobody a connection.
    if (kept().wrote) connect();
  };
  if (document.body) start();
  else on(document, "DOMContentLoaded", start);
})();

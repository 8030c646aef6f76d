// The moderators' queue without reloads: a decision is sent while the next comment is looked at already, and can be
// undone. Without this file every button is a form that leads back to the list.

(() => {
  const list = document.getElementById("result_list");
  if (!list) return;

  const LOW = 10; // rows left when further ones are fetched
  const messages = document.getElementById("queue-messages");
  const count = document.getElementById("pending-count");
  const empty = document.getElementById("queue-empty");
  const bulk = document.getElementById("bulk");
  const legend = document.getElementById("keys");
  const undoForm = document.getElementById("undo-form");
  const leaves = list.classList.contains("leaving");
  const undoable = []; // batches, the last one last
  const away = new Map(); // rows that left, by id
  let fetching = null;

  const rows = () => [...list.children];
  const current = () => document.activeElement?.closest?.("#result_list > .review") || null;
  const parse = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content;
  };

  // --- Where one is

  const focus = (row) => {
    if (row) row.focus();
    else if (!rows().length) { empty.hidden = false; empty.focus(); }
  };

  const step = (by) => {
    const all = rows();
    const at = all.indexOf(current());
    focus(all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + by))]);
  };

  const remove = (row) => {
    const next = row.nextElementSibling || row.previousElementSibling;
    const hadFocus = row.contains(document.activeElement);
    away.set(row.dataset.id, row);
    row.remove();
    if (hadFocus) focus(next);
    if (!rows().length) empty.hidden = false;
    more();
  };

  const put = (row) => { // back to its place
    away.delete(row.dataset.id);
    list.querySelector(`[data-id="${row.dataset.id}"]`)?.remove();
    list.insertBefore(row, rows().find((other) => leaves && other.dataset.cursor > row.dataset.cursor) || null);
    empty.hidden = true;
  };

  // --- Further rows

  const load = async (query) => { // returns how many there were
    fetching = fetch(`${list.dataset.rows}${query}`);
    try {
      const response = await fetching;
      if (!response.ok || response.redirected) return 0; // the page's own link leads on
      const found = [...parse(await response.text()).querySelectorAll(".review")];
      const there = new Set(rows().map((row) => row.dataset.id));
      list.append(...found.filter(({ dataset }) => !there.has(dataset.id) && !away.has(dataset.id)));
      if (rows().length && !empty.hidden) {
        if (document.activeElement === empty) rows()[0].focus();
        empty.hidden = true;
      }
      return found.length;
    } catch {
      return 0;
    } finally {
      fetching = null;
    }
  };

  const more = async () => {
    if (!leaves || fetching || list.dataset.more === undefined || rows().length >= LOW) return;
    const after = [...rows(), ...away.values()].map((row) => row.dataset.cursor).sort().at(-1);
    if (!await load(`?after=${encodeURIComponent(after)}`)) delete list.dataset.more;
    more();
  };

  const again = async () => { // what has come, or come back, since the page was loaded
    if (fetching || list.dataset.more !== undefined) return;
    away.clear();
    await load("");
  };

  // --- What is sent, one after the other

  const tell = (text, level, batch) => {
    const message = document.createElement("div");
    message.className = `queue-message ${level}`;
    const paragraph = document.createElement("p");
    paragraph.textContent = text;
    message.append(paragraph);
    if (batch) {
      const form = undoForm.content.cloneNode(true);
      form.querySelector("[name=batch]").value = batch;
      message.append(form);
    }
    messages.replaceChildren(message);
  };

  let last = Promise.resolve();
  let sending = 0;
  const send = (form, fields) => {
    const data = new FormData(form);
    for (const [name, value] of Object.entries(fields)) data.set(name, value);
    const action = form.getAttribute("action") || window.location.href;
    sending += 1;
    last = last.then(async () => {
      const response = await fetch(action, { method: "POST", body: data, headers: { Accept: "application/json" } });
      if (!response.headers.get("Content-Type")?.startsWith("application/json")) {
        throw new Error(response.redirected ? "You are logged out: load the page again." : "The server did not respond as expected.");
      }
      return response.json();
    }).catch((error) => ({ failed: true, message: `Nothing was saved. ${error.message}`, status: {}, rows: {}, gone: [] }))
      .finally(() => { sending -= 1; });
    return last;
  };

  const settle = (answer) => { // show what came of it
    if (leaves && !answer.failed) {
      for (const row of rows()) if ((answer.status[row.dataset.id] || "pending") !== "pending") remove(row);
    }
    tell(answer.message, answer.failed ? "error" : "success", answer.batch);
    if (answer.pending) count.textContent = answer.pending;
    if (answer.batch) undoable.push(answer.batch);
    for (const id of answer.gone) list.querySelector(`[data-id="${id}"]`)?.remove();
    if (leaves && !sending && !rows().length && answer.pending && answer.pending !== "0") again();
  };

  const redraw = (id, html) => { // the row as it is now
    const row = parse(html).querySelector(".review");
    const shown = list.querySelector(`[data-id="${id}"]`);
    if (!shown) return put(row);
    const hadFocus = shown.contains(document.activeElement);
    shown.replaceWith(row);
    if (hadFocus) row.focus();
  };

  const decide = async (row, decision, reason) => {
    const form = row.querySelector("form.decide");
    if (!form) return;
    const fields = reason === undefined ? { decision } : { decision, why: reason };
    const sent = send(form, fields);
    if (leaves) remove(row);
    const answer = await sent;
    settle(answer);
    const id = row.dataset.id;
    if (answer.rows[id] && (answer.failed || !leaves)) redraw(id, answer.rows[id]);
    else if (answer.failed && leaves) put(row);
  };

  const undo = async (form, batch) => {
    const answer = await send(form, { batch });
    if (undoable.includes(batch)) undoable.splice(undoable.indexOf(batch), 1);
    settle(answer);
    const back = Object.entries(answer.rows).filter(([id]) => !leaves || answer.failed || answer.status[id] === "pending");
    for (const [id, html] of back) redraw(id, html);
    for (const [id, row] of away) if (answer.status[id] === "pending") put(row); // more than were sent as HTML
    if (back.length) focus(list.querySelector(`[data-id="${back[0][0]}"]`));
  };

  const undoLast = () => {
    // What is still being sent can be undone as soon as it is saved.
    last.then(() => new Promise((done) => setTimeout(done))).then(() => {
      const form = messages.querySelector("form.undo") || undoForm.content.querySelector("form");
      const batch = undoable.at(-1) || messages.querySelector("form.undo [name=batch]")?.value;
      if (batch) undo(form, batch);
      else tell("There is nothing to undo.", "warning");
    });
  };

  const selected = () => rows().filter((row) => row.querySelector(".select")?.checked);

  const decideSelected = async (action) => {
    const chosen = selected();
    if (!chosen.length) return tell("Select a comment first.", "warning");
    const seen = Object.fromEntries(chosen.map((row) => [row.dataset.id, row.querySelector("[name=seen]").value]));
    const answer = await send(bulk, { action, seen: JSON.stringify(seen) });
    settle(answer);
    bulk.reset();
    for (const row of chosen) {
      const html = answer.rows[row.dataset.id];
      row.querySelector(".select").checked = false;
      if (html && (!leaves || answer.failed)) redraw(row.dataset.id, html);
    }
  };

  // --- Buttons and keys

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches(".decide")) {
      event.preventDefault();
      decide(form.closest(".review"), event.submitter?.value || "approved");
    } else if (form.matches(".undo")) {
      event.preventDefault();
      undo(form, form.elements.batch.value);
    } else if (form === bulk && !form.elements.select_across?.checked) {
      event.preventDefault();
      decideSelected(event.submitter?.value);
    }
  });

  const reasons = [...document.querySelectorAll("#reasons option")].map((option) => option.value);
  const on = document.getElementById("keys-on");
  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    a: (row) => decide(row, "approved"),
    r: (row) => decide(row, "rejected"),
    u: undoLast,
    e: (row) => row.querySelector("[name=why]")?.focus(),
    b: (row) => row.querySelector("[value=block]") && decide(row, "block"),
    x: (row) => row.querySelector(".select")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (["Escape", "Enter"].includes(key) && target.matches?.("#result_list [name=why]")) {
      event.preventDefault(); // the form's first button would approve
      return current()?.focus();
    }
    if (target.matches?.("input:not([type=checkbox]), select, textarea, [contenteditable]")) return;
    if (key === "?") {
      event.preventDefault();
      legend.open = !legend.open;
      return;
    }
    if (!on.checked || event.repeat && !"jk".includes(key)) return;
    const row = current() || (target === document.body ? rows()[0] : null);
    const reason = reasons[Number(key) - 1];
    if (reason && row) decide(row, "rejected", reason);
    else if (KEYS[key] && (row || "juk".includes(key))) KEYS[key](row);
    else return;
    event.preventDefault();
  });

  on.checked = window.localStorage.getItem("queue-keys") !== "off";
  on.addEventListener("change", () => window.localStorage.setItem("queue-keys", on.checked ? "on" : "off"));

  const all = document.getElementById("select-all");
  all?.addEventListener("change", () => {
    for (const box of list.querySelectorAll(".select")) box.checked = all.checked;
  });
  if (all) all.closest("label").hidden = false;

  legend.hidden = false;
  document.documentElement.classList.add("script");
  if (document.activeElement === document.body && !window.location.hash) rows()[0]?.focus({ preventScroll: true });
  more();
})();

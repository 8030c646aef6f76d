// Shows what becomes of one's own comments while they await moderation, without a reload: it looks
// less and less often, not while the page is hidden, and no more than MAX_REQUESTS times.
"use strict";
(() => {
  const FIRST_PAUSE_MS = 500, LONGEST_PAUSE_MS = 30_000, FACTOR = 1.6, MAX_REQUESTS = 60;
  const TIMEOUT_MS = 20_000;
  const address = document.currentScript.dataset.comments;

  let requests = 0, pause = FIRST_PAUSE_MS, timer = null;
  // A screen reader reads what is written into it, if it was there before.
  const announcement = document.createElement("p");
  announcement.className = "hidden";
  announcement.setAttribute("role", "status");
  document.querySelector("main").append(announcement);

  const awaited = () =>
    [...document.querySelectorAll("li.comment.own.pending")].map(comment => comment.id.slice("comment-".length));

  function plan() {
    clearTimeout(timer);
    if (document.hidden || requests >= MAX_REQUESTS || !awaited().length) return;
    timer = setTimeout(look, pause);
    pause = Math.min(pause * FACTOR, LONGEST_PAUSE_MS);
  }

  async function get(url, type) {
    const response = await fetch(url, {
      headers: { Accept: type }, cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status >= 400 && response.status < 500) requests = MAX_REQUESTS;  // it stays so
    if (!response.ok) throw new Error(response.statusText);
    return response;
  }

  async function look() {
    requests += 1;
    try {
      const query = awaited().map(id => `id=${id}`).join("&");
      const { results } = await (await get(`${address}?${query}`, "application/json")).json();
      const decided = results.filter(comment => comment.status !== "pending");
      if (decided.length) {
        const html = await (await get(location.href.split("#")[0], "text/html")).text();
        const page = new DOMParser().parseFromString(html, "text/html");
        announcement.textContent = decided.map(comment => show(comment, page)).join(" ");
      }
    } catch {
      // The service is away, or the network: the next time is later.
    }
    plan();
  }

  // Takes the comment from a new copy of the page; returns what to announce.
  function show({ id, status }, page) {
    const [old, fresh] = [document, page].map(where => where.getElementById(`comment-${id}`));
    if (!old) return "";
    old.classList.replace("pending", status);
    if (fresh) {
      replace(old, fresh, ".said");
      const [section, newSection] = [old, fresh].map(comment => comment.closest("section.comments, article.listed"));
      replace(section, newSection, "h2, h3");
      replace(section, newSection, ".waiting");
    } else {  // newer ones have taken its place in the list of posts
      old.querySelector(".status").textContent = status;
    }
    const reason = status === "approved" ? "" : old.querySelector(".said > .outcome")?.textContent ?? "";
    return `Your comment was ${status}. ${reason}`.trim();
  }

  function replace(within, newWithin, selector) {
    const [old, fresh] = [within, newWithin].map(where => where.querySelector(selector));
    if (!old) return;
    const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    if (fresh) old.replaceWith(fresh); else old.remove();
    if (focused) fresh?.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
  }

  document.addEventListener("visibilitychange", () => {
    pause = FIRST_PAUSE_MS;
    plan();
  });
  plan();
})();

// Brings the services' figures up to date every few seconds: less often while the server does not respond, and not
// while nobody sees the page. Without this file, reload the page.

(() => {
  const shown = document.getElementById("services");
  const problem = document.getElementById("services-problem");
  if (!shown) return;

  const SHORTEST_MS = 3000;
  const LONGEST_MS = 60000;
  const TIMEOUT_MS = 20000;
  let pause = SHORTEST_MS;
  let timer = null;
  let isFetching = false;

  const states = () => new Map([...shown.querySelectorAll("[data-service]")].map(({ dataset }) => [dataset.service, dataset.state]));

  const reached = () => [...shown.querySelectorAll("a, button")]; // by the keyboard

  const isSelected = () => !getSelection().isCollapsed && shown.contains(getSelection().anchorNode);

  const report = (text) => { if (problem.textContent !== text) problem.textContent = text; };

  const put = (html) => {
    const before = states();
    const { id } = document.activeElement;
    const at = reached().indexOf(document.activeElement);
    shown.innerHTML = html;
    if (at >= 0) ((id && document.getElementById(id)) || reached()[at])?.focus({ preventScroll: true });
    const changed = [...states()].filter(([service, state]) => before.get(service) !== state);
    if (changed.length || pause > SHORTEST_MS) report(changed.map(([service, state]) => `${service}: now ${state}.`).join(" "));
  };

  const refresh = async () => {
    timer = null;
    if (document.hidden || isFetching) return;
    isFetching = true;
    try {
      const response = await fetch(shown.dataset.address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (response.redirected) return report("You are logged out: load the page again.");
      if (!response.ok) throw new Error(response.statusText);
      const html = await response.text();
      if (!isSelected()) put(html);
      pause = SHORTEST_MS;
    } catch {
      pause = Math.min(pause * 2, LONGEST_MS);
      report("These figures are not up to date: the server did not respond. It is tried again.");
    } finally {
      isFetching = false;
    }
    if (!document.hidden) timer = setTimeout(refresh, pause);
  };

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) refresh();
  });
  timer = setTimeout(refresh, pause);
})();

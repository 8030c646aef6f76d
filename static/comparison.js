// Opens what is folded, where there is room; and the slider for the network's delay: shows at once the panel of the delay that it stands at. Without this file it is a
// form, and its stops are links.

(() => {
  // What is folded on a phone has room in a window.
  document.documentElement.classList.add("script");
  if (window.matchMedia("(min-width: 52rem)").matches) {
    document.querySelectorAll("details.wide-open").forEach((each) => { each.open = true; });
  }
})();

(() => {
  const form = document.querySelector("form.slider");
  if (!form) return;

  const slider = form.querySelector("input[type=range]");
  const stops = [...form.querySelectorAll("[data-delay]")];
  const panels = [...document.querySelectorAll("[data-panel]")];
  const output = form.querySelector("output b");
  const delays = stops.map((stop) => Number(stop.dataset.delay));
  let shown = delays.indexOf(Number(slider.value));

  const nearest = (value) => delays.reduce(
    (best, delay, at) => (Math.abs(delay - value) < Math.abs(delays[best] - value) ? at : best), 0);

  const show = (at) => {
    shown = Math.max(0, Math.min(delays.length - 1, at));
    const delay = stops[shown].dataset.delay;
    panels.forEach((panel) => { panel.hidden = panel.dataset.panel !== delay; });
    stops.forEach((stop, each) => {
      if (each === shown) stop.setAttribute("aria-current", "true");
      else stop.removeAttribute("aria-current");
    });
    slider.setAttribute("aria-valuetext", `${delay} ms a hop`);
    output.textContent = `${delay} ms`;
    const address = new URL(window.location.href);
    address.searchParams.set("delay", delay);
    window.history.replaceState(null, "", address);
  };

  const settle = () => { slider.value = delays[shown]; };

  // Only delays that were measured are stops: a key leads to the next of them.
  const steps = { ArrowRight: 1, ArrowUp: 1, PageUp: 1, ArrowLeft: -1, ArrowDown: -1, PageDown: -1 };
  slider.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    show(shown + step);
    settle();
  });
  slider.addEventListener("input", () => show(nearest(Number(slider.value))));
  slider.addEventListener("change", settle);
  stops.forEach((stop, at) => stop.addEventListener("click", (event) => {
    event.preventDefault();
    show(at);
    settle();
  }));
  form.addEventListener("submit", (event) => event.preventDefault());

  settle();
})();

// Times as a reader counts them: "5 minutes ago", or the date where they are; the exact time of their time zone is the
// title. Without this file each time is shown in full, in the blog's time zone.

(() => {
  const language = navigator.language.startsWith("en") ? navigator.language : "en-GB"; // as the rest of the page
  const ago = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const date = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
  const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long" });
  const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60]];
  const MAX_DAYS = 14;

  const words = (at) => {
    const seconds = (Date.now() - at) / 1000;
    if (seconds > MAX_DAYS * 86_400 || seconds < -60) return date.format(at); // a clock may be wrong by some seconds
    const [unit, length] = UNITS.find(([, each]) => seconds >= each) || [];
    return unit ? ago.format(-Math.floor(seconds / length), unit) : "just now";
  };

  const show = (root) => root.querySelectorAll("time[datetime]").forEach((element) => {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) return;
    const text = words(at);
    if (element.textContent === text) return;
    element.textContent = text;
    element.title = exact.format(at);
  });

  const refresh = () => { if (!document.hidden) show(document); };
  refresh();
  setInterval(refresh, 30_000);
  document.addEventListener("visibilitychange", refresh);
  // What other scripts show later.
  new MutationObserver((changes) => {
    if (changes.some((change) => [...change.addedNodes].some((node) => node.nodeType === Node.ELEMENT_NODE))) refresh();
  }).observe(document.querySelector("main"), { childList: true, subtree: true });
})();

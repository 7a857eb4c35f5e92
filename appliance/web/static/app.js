// Says at once when the stream of news stops, and finds the way back.
"use strict";
(() => {
  const live = document.getElementById("live");
  const veil = document.getElementById("veil");
  const icon = document.getElementById("page-icon");
  const staticPath = live.dataset.static;
  const pauses = "pauses" in live.dataset; // no news are asked for while the tab is hidden
  const RESUME_MS = 5000;
  const QUIET_MS = 25000; // the box sends news every 10 s even when nothing changes
  const PROBE_MS = 5000;
  let newsAt = performance.now();
  let isLive = false;
  let isLost = false;
  let answers = 0;
  let resumedAt = -Infinity;
  let isLeaving = false; // a page that is being left loses its stream, and should not flash

  const showIcon = (name) => {
    const address = `${staticPath}/${name}.svg`;
    if (!icon.href.endsWith(address)) icon.href = address;
  };

  const tellAge = () => {
    const stream = document.getElementById("stream"); // the news may have brought another one
    const text = isLost ? stream.dataset.lost : isLive ? stream.dataset.live : stream.dataset.connecting;
    const seconds = Math.round((performance.now() - newsAt) / 1000);
    stream.textContent = text.replace("{seconds}", String(seconds));
  };

  const setLost = (lost) => {
    if (lost && isLeaving) return;
    isLost = lost;
    veil.hidden = !lost;
    document.body.classList.toggle("lost", lost);
    if (lost) {
      showIcon("icon-lost");
      document.title = veil.querySelector(".lost").textContent;
    }
    tellAge();
  };

  const news = () => {
    const data = document.getElementById("news").dataset;
    newsAt = performance.now();
    isLive = true;
    answers = 0;
    setLost(false);
    document.title = data.title;
    showIcon(data.icon);
  };

  // When the stream does not come back by itself although the box answers (it was
  // upgraded, say), the page is asked for anew.
  const probe = async () => {
    if (!isLost) return;
    try {
      const answer = await fetch("/healthz", { cache: "no-store" });
      answers = answer.ok ? answers + 1 : 0;
    } catch {
      answers = 0; // still away: the veil says so
    }
    if (isLost && answers > 1) window.location.reload();
  };

  document.addEventListener("htmx:sse:after:message", news);
  document.addEventListener("htmx:sse:error", () => setLost(true));
  document.addEventListener("htmx:sse:close", () => setLost(true));
  document.addEventListener("htmx:error", () => setLost(true));
  document.addEventListener("htmx:sse:before:connection", (event) => {
    const isBack = performance.now() - resumedAt < RESUME_MS; // a moment to find the way back
    if (event.detail.connection.attempt > 0 && !isBack) setLost(true);
  });
  window.addEventListener("beforeunload", () => { isLeaving = true; });
  window.addEventListener("pageshow", () => { isLeaving = false; });
  document.addEventListener("visibilitychange", () => {
    if (pauses && !document.hidden) newsAt = resumedAt = performance.now();
  });
  window.addEventListener("offline", () => setLost(true));
  setInterval(() => {
    const isPaused = pauses && document.hidden;
    if (!isPaused && performance.now() - newsAt > QUIET_MS) setLost(true);
    tellAge();
  }, 1000);
  setInterval(probe, PROBE_MS);
  tellAge();
})();

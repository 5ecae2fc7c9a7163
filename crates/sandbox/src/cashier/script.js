(() => {
  const left = document.getElementById("left");
  const back = document.getElementById("back");
  if (back) { setTimeout(() => location.assign(back.href), 5000); }
  if (!left) { return; }
  const until = Date.now() + Number(left.dataset.left) * 1000;
  const two = (number) => String(number).padStart(2, "0");
  const tick = () => {
    const rest = Math.max(0, Math.round((until - Date.now()) / 1000));
    const days = Math.floor(rest / 86400);
    const clock = [Math.floor(rest % 86400 / 3600), Math.floor(rest % 3600 / 60), rest % 60].map(two).join(":");
    left.querySelector("b").textContent = days > 0 ? `${days}天 ${clock}` : clock;
    document.getElementById("pay").disabled = rest === 0;
  };
  setInterval(tick, 1000);
  setInterval(async () => {
    try {
      const answer = await fetch(document.body.dataset.state, { cache: "no-store" });
      if (answer.ok && (await answer.json()).status !== "waiting") { location.reload(); }
    } catch { /* The next round asks again. */ }
  }, 2000);
})();

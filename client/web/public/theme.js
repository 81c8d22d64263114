// Runs before the first paint, so that the page never flashes in the wrong light.
(() => {
  let light = "system";
  try {
    light = JSON.parse(localStorage.getItem("hearth.settings") ?? "{}").light ?? "system";
  } catch {
    // Storage is closed or holds something else: follow the system.
  }
  const day =
    light === "day" || (light === "system" && matchMedia("(prefers-color-scheme: light)").matches);
  document.documentElement.dataset.theme = day ? "day" : "night";
})();

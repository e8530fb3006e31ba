// Before the first paint, so that the page does not flash: light or dark as last chosen, else as the system is.
(() => {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const show = () => {
    let chosen = null;
    try {
      chosen = JSON.parse(localStorage.getItem('sockhop.theme'));
    } catch {
      // Storage is forbidden: the system decides.
    }
    const isTheme = chosen === 'dark' || chosen === 'light';
    document.documentElement.dataset.theme = isTheme ? chosen : system.matches ? 'dark' : 'light';
  };
  system.addEventListener('change', () => {
    show();
    document.dispatchEvent(new Event('themechange'));
  });
  show();
})();

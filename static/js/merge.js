/* Settling conflicts: the field for writing anew shows when it is chosen, and starts from both sides. */
(() => {
  for (const clash of document.querySelectorAll('[data-merge] .clash')) {
    const anew = clash.querySelector('[data-anew]');
    if (!anew) continue;
    const show = () => { anew.hidden = !clash.querySelector('input[value="edited"]').checked; };
    clash.addEventListener('change', event => {
      show();
      if (event.target.value === 'edited') anew.querySelector('textarea, input').focus();
    });
    show();
  }
})();

/* Rampbook behaviors. Every page works without this file; it adds speed, keys and undo. */
(() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const root = document.documentElement;
  const CONTROLS = 'a, button, input:not([type=hidden]), select, summary';
  const words = root.dataset; // the few words said here come translated from the server

  // Theme. The server renders data-theme for who is signed in; on the other pages this device remembers.
  const remembered = {
    get: () => { try { return localStorage.rampbookTheme; } catch { return null; } },
    set: value => { try { localStorage.rampbookTheme = value; } catch { /* private mode */ } },
  };
  const showTheme = value => {
    if (value && value !== 'auto') root.dataset.theme = value; else delete root.dataset.theme;
    $$('[data-theme-set]').forEach(button => button.setAttribute('aria-pressed', String(button.dataset.themeSet === (value || 'auto'))));
  };
  if (root.dataset.saved) remembered.set(root.dataset.saved); else showTheme(remembered.get());
  const setTheme = button => {
    remembered.set(button.dataset.themeSet);
    showTheme(button.dataset.themeSet);
    if (!button.form) return;
    const body = new FormData(button.form, button);
    fetch(button.form.action, { method: 'POST', body, headers: { 'HX-Request': 'true' } }).catch(() => {});
  };

  // One polite live region for everything that changes without a page load.
  const say = text => {
    const region = $('#say');
    if (!region) return;
    region.textContent = '';
    requestAnimationFrame(() => { region.textContent = text; });
  };

  // Toasts leave by themselves after ten seconds, not while somebody is on them. Errors stay until closed.
  const tend = toast => {
    const undo = $('form', toast);
    say(toast.dataset.text + (undo ? `. ${words.undoable}` : ''));
    if (toast.dataset.stay) return;
    let timer;
    const go = () => { clearTimeout(timer); timer = setTimeout(() => toast.remove(), 10000); };
    const stay = () => clearTimeout(timer);
    toast.addEventListener('mouseenter', stay);
    toast.addEventListener('focusin', stay);
    toast.addEventListener('mouseleave', go);
    toast.addEventListener('focusout', go);
    go();
  };
  const toasts = $('#toasts');
  const complain = text => {
    const toast = document.createElement('div');
    toast.className = 'toast';
    toast.dataset.text = text;
    toast.dataset.stay = 'yes';
    const close = document.createElement('button');
    close.type = 'button';
    close.textContent = words.close;
    close.addEventListener('click', () => toast.remove());
    toast.append(text, close);
    $('#toasts')?.replaceChildren(toast);
  };
  if (toasts) {
    new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(node => {
      if (node instanceof Element) [node, ...$$('.toast', node)].filter(one => one.matches('.toast')).forEach(tend);
    }))).observe(toasts.parentElement, { childList: true, subtree: true });
  }
  // An answer at the foot of the window is tended as a toast is.
  const flashes = $('.flashes');
  if (flashes && $('main :target')) {
    flashes.dataset.text = $$('.note > div', flashes).map(one => one.textContent).join(' ');
    if ($('.note.late', flashes)) flashes.dataset.stay = 'yes';
    tend(flashes);
  }

  document.addEventListener('click', event => {
    const control = event.target.closest('button, a');
    if (!control) return;
    if (control.dataset.themeSet) { event.preventDefault(); setTheme(control); }
    if (control.dataset.open) {
      const dialog = document.getElementById(control.dataset.open);
      if (dialog) { event.preventDefault(); control.closest('[popover]')?.hidePopover(); dialog.showModal(); }
    }
    if (control.hasAttribute('data-close')) { event.preventDefault(); control.closest('dialog').close(); }
    if (control.dataset.seen) {
      // Following a notice is seeing it.
      const form = $('form', control.closest('[data-row]'));
      if (form) fetch(form.action, { method: 'POST', body: new FormData(form), headers: { 'HX-Request': 'true' }, keepalive: true }).catch(() => {});
    }
    if (control.hasAttribute('data-print')) print();
    if (control.dataset.step) { event.preventDefault(); step(Number(control.dataset.step)); }
  });

  // Who signs out leaves nothing unsaved behind in a browser that others may use.
  document.addEventListener('submit', event => {
    if (!('signOut' in event.target.dataset)) return;
    try { Object.keys(localStorage).filter(key => key.startsWith('rampbook:draft:')).forEach(key => localStorage.removeItem(key)); } catch { /* private mode */ }
  });

  // Ticking an item is optimistic: it changes now, saves behind, and goes back if that fails.
  const flip = form => {
    const tick = $('.tick', form);
    if (tick?.matches('button')) tick.setAttribute('aria-pressed', String(tick.getAttribute('aria-pressed') !== 'true'));
    form.closest('.item')?.classList.toggle('done');
  };
  const flipped = new WeakSet();
  const formOf = event => event.detail.elt?.closest?.('form[data-optimistic]');
  const undoFlip = event => {
    const form = formOf(event);
    if (!form || !flipped.delete(form)) return;
    flip(form);
    const box = $('input.tick', form);
    if (box) box.checked = !box.checked;
  };
  document.addEventListener('htmx:beforeRequest', event => {
    const form = formOf(event);
    if (form) { flipped.add(form); flip(form); }
  });
  document.addEventListener('htmx:beforeSwap', event => { if (event.detail.shouldSwap) { const form = formOf(event); if (form) flipped.delete(form); } });
  ['htmx:responseError', 'htmx:sendError', 'htmx:timeout'].forEach(name => document.addEventListener(name, event => {
    undoFlip(event);
    complain(words.notSaved);
  }));

  // Buttons wait while their form is being sent, so that nobody sends it twice.
  document.addEventListener('htmx:beforeRequest', event => $$('[data-sending]', event.detail.elt).forEach(button => {
    button.dataset.was = button.textContent;
    button.disabled = true;
    button.textContent = button.dataset.sending;
  }));
  document.addEventListener('htmx:afterRequest', event => $$('[data-was]', event.detail.elt).forEach(button => {
    button.disabled = false;
    button.textContent = button.dataset.was;
    delete button.dataset.was;
  }));

  // After a swap: the summary of errors takes the focus. Where the focused element is gone, its row does, or the next
  // one where that is gone too. The row is the request's: a button that waits is disabled and has lost the focus by then.
  let rows = [];
  document.addEventListener('htmx:beforeSwap', event => {
    const row = event.detail.requestConfig?.elt?.closest?.('[data-row]');
    rows = [row?.id, row?.nextElementSibling?.id];
  });
  document.addEventListener('htmx:afterSettle', event => {
    const errors = event.detail.elt?.matches?.('.errors') ? event.detail.elt : $('.errors', event.detail.elt);
    if (errors) { errors.focus(); return; }
    if (document.activeElement !== document.body) return;
    rows.map(id => id && document.getElementById(id)).map(row => row && $(CONTROLS, row)).find(Boolean)?.focus();
    rows = [];
  });
  $('.errors')?.focus();

  // Compare: walk from change to change, on from where the reader is; the change takes the focus.
  function step(direction) {
    const all = $$('.chg');
    if (!all.length) return;
    const here = document.activeElement.closest('.chg') ?? $('.chg.at') ?? $('.chg:target');
    const now = all.indexOf(here);
    const next = now < 0 ? (direction > 0 ? 0 : all.length - 1) : (now + direction + all.length) % all.length;
    all.forEach((hunk, index) => hunk.classList.toggle('at', index === next));
    all[next].focus({ preventScroll: true });
    all[next].scrollIntoView({ block: all[next].offsetHeight > innerHeight / 2 ? 'start' : 'center' });
    const place = $('#at');
    const text = (place?.dataset.form ?? '{n} / {all}').replace('{n}', next + 1).replace('{all}', all.length);
    if (place) place.textContent = text;
    say(text);
  }

  // Keys, for who switched them on in the profile, and never while typing.
  let led = 0;
  const typing = 'input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog[open]';
  document.addEventListener('keydown', event => {
    if (root.dataset.keys !== 'on' || event.defaultPrevented) return;
    if (event.metaKey || event.ctrlKey || event.altKey || event.target.closest(typing)) return;
    const go = Date.now() - led < 900 && $(`[data-go="${CSS.escape(event.key)}"]`);
    led = 0;
    if (go) { location.href = go.href; return; }
    if (event.key === 'g') { led = Date.now(); return; }
    if (event.key === '/') {
      const field = [$('#q'), $('#find')].find(one => one?.offsetParent);
      if (field) { event.preventDefault(); field.focus(); }
    } else if (event.key === '?') {
      $('#keys')?.showModal();
    } else if (event.key === 'j' || event.key === 'k') {
      const rows = $$('[data-row]');
      const at = rows.findIndex(one => one.contains(document.activeElement));
      const next = rows[Math.min(rows.length - 1, Math.max(0, at + (event.key === 'j' ? 1 : -1)))];
      if (next) $(CONTROLS, next)?.focus();
    } else if ((event.key === 'n' || event.key === 'p') && $('.chg')) {
      step(event.key === 'n' ? 1 : -1);
    } else {
      const control = $(`[data-key="${CSS.escape(event.key)}"]`);
      if (control) { event.preventDefault(); control.click(); }
    }
  });

  // Ask or report: one menu for all places, in place of the page that the link leads to.
  const sayings = $('#sayings');
  if (sayings) {
    document.addEventListener('click', event => {
      const link = event.target.closest('a.say');
      if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      sayings.setAttribute('aria-label', link.getAttribute('aria-label'));
      $$('a', sayings).forEach(one => { one.href = one.dataset.kind ? `${link.href}&kind=${one.dataset.kind}` : link.href.replace('/say/?', '/link/?'); });
      link.after(sayings);
      sayings.showPopover();
      const { bottom, right } = link.getBoundingClientRect();
      sayings.style.inset = `${Math.max(8, Math.min(bottom, innerHeight - sayings.offsetHeight - 8))}px auto auto ${Math.max(8, right - sayings.offsetWidth)}px`;
      $('a', sayings).focus();
    });
  }

  // What explains a term can be put away without leaving it.
  ['keydown', 'pointerover'].forEach(name => document.addEventListener(name, event => root.classList.toggle('no-tips', event.key === 'Escape')));

  // The table of contents follows the reader.
  const contents = new Map($$('.toc a[href^="#"]').map(link => [document.getElementById(decodeURIComponent(link.hash.slice(1))), link]).filter(([target]) => target));
  if (contents.size) {
    const watch = new IntersectionObserver(seen => seen.filter(one => one.isIntersecting).forEach(one => {
      contents.forEach(link => link.removeAttribute('aria-current'));
      contents.get(one.target).setAttribute('aria-current', 'true');
    }), { rootMargin: '-10% 0px -75%' });
    contents.forEach((_, target) => watch.observe(target));
  }
  if (matchMedia('(max-width: 60rem)').matches) $$('.fold-s').forEach(one => { one.open = false; });
})();

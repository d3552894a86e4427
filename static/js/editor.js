/* The editor: preview while typing, a draft that saves itself, a toolbar. The page works without it. */
(() => {
  const form = document.querySelector('form[data-editor]');
  if (!form) return;
  const text = form.elements.text;
  const status = () => document.getElementById('draft-status');
  const PREVIEW_AFTER = 600;
  const SAVE_EVERY = 5000;

  form.querySelectorAll('.tools[hidden], [data-live][hidden]').forEach(one => { one.hidden = false; });
  const preview = form.querySelector('[data-preview]');
  preview.hidden = true;

  // What is written and what is saved. A save counts only for what was in the fields when it was sent.
  const written = () => [...form.elements].filter(one => one.name && one.type !== 'hidden' && one.tagName !== 'BUTTON')
    .map(one => (one.type === 'checkbox' ? one.checked : one.value)).join('\u0000');
  let saved = written();
  let sent = null;
  let previewing;
  const say = word => {
    const line = status()?.querySelector('[data-said]');
    if (line) { line.className = ''; line.textContent = status().dataset[word]; }
  };
  const isChanged = () => written() !== saved;

  const refresh = () => {
    clearTimeout(previewing);
    previewing = setTimeout(() => htmx.trigger(preview, 'preview'), PREVIEW_AFTER);
  };
  form.addEventListener('input', () => {
    if (isChanged() && !sent) say('changed');
    refresh();
  });
  setInterval(() => {
    if (!isChanged() || sent || 'hold' in (status()?.dataset ?? {})) return;
    sent = written();
    say('saving');
    htmx.trigger(form, 'autosave');
  }, SAVE_EVERY);

  const isSave = event => event.detail.requestConfig?.elt === form;
  // A draft that was saved in another tab answers 409 with a status to show; that is news, not a failure.
  document.addEventListener('htmx:beforeSwap', event => {
    if (isSave(event) && event.detail.xhr.status === 409) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
  document.addEventListener('htmx:afterRequest', event => {
    if (!isSave(event)) return;
    if (event.detail.successful) {
      saved = sent;
      if (isChanged()) say('changed');
    } else if (![409, 422].includes(event.detail.xhr.status)) {
      say('failed');
    }
    sent = null;
  });

  let leaving = false;
  document.addEventListener('submit', event => { leaving = event.target === form || event.target.id === 'discarding'; });
  addEventListener('beforeunload', event => { if (isChanged() && !leaving) event.preventDefault(); });
  addEventListener('pageshow', () => { leaving = false; });

  // The toolbar writes through the browser, so that its own undo works.
  const write = (insert, from, to) => {
    text.focus();
    text.setSelectionRange(from, to);
    if (!document.execCommand('insertText', false, insert)) text.setRangeText(insert, from, to, 'end');
    text.dispatchEvent(new Event('input', { bubbles: true }));
  };
  const wrap = pattern => {
    const [before, after] = pattern.split('|');
    const { selectionStart: from, selectionEnd: to } = text;
    write(before + text.value.slice(from, to) + after, from, to);
    text.setSelectionRange(from + before.length, to + before.length);
  };
  const startLines = mark => {
    const from = text.value.lastIndexOf('\n', text.selectionStart - 1) + 1;
    const next = text.value.indexOf('\n', text.selectionEnd);
    const to = next < 0 ? text.value.length : next;
    const lines = text.value.slice(from, to).split('\n');
    const all = lines.every(line => line.startsWith(mark));
    write(lines.map(line => (all ? line.slice(mark.length) : mark + line)).join('\n'), from, to);
  };
  const TABLE = '\n|  |  |\n|---|---|\n|  |  |\n';
  form.addEventListener('click', event => {
    const button = event.target.closest('.tools button[type="button"]');
    if (!button) return;
    if (button.dataset.wrap) wrap(button.dataset.wrap);
    else if (button.dataset.lineStart) startLines(button.dataset.lineStart);
    else if (button.dataset.insert) write(TABLE, text.selectionEnd, text.selectionEnd);
  });

  // A toolbar is one stop for the Tab key; arrows move in it.
  const tools = [...form.querySelectorAll('[role="toolbar"] button')];
  tools.forEach((button, at) => { button.tabIndex = at ? -1 : 0; });
  form.querySelector('[role="toolbar"]').addEventListener('keydown', event => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = tools.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    const next = tools[(at + step + tools.length) % tools.length];
    tools.forEach(button => { button.tabIndex = button === next ? 0 : -1; });
    next.focus();
  });

  // Go to a line that something is wrong with, from the list beside the text or from the publish step.
  const goTo = line => {
    const lines = text.value.split('\n');
    const from = lines.slice(0, line - 1).reduce((length, one) => length + one.length + 1, 0);
    text.focus();
    text.setSelectionRange(from, from + (lines[line - 1] ?? '').length);
    const height = parseFloat(getComputedStyle(text).lineHeight);
    const top = text.getBoundingClientRect().top + scrollY + line * height;
    if (text.scrollHeight > text.clientHeight + 1) text.scrollTop = (line - 5) * height;
    else scrollTo({ top: top - innerHeight / 3 });
  };
  document.addEventListener('click', event => {
    const link = event.target.closest('a[data-line]');
    if (link) { event.preventDefault(); goTo(Number(link.dataset.line)); }
  });
  const asked = /^#line-(\d+)$/.exec(location.hash);
  if (asked) goTo(Number(asked[1]));
})();

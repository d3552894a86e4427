/* The editor: a textarea with a toolbar, a preview that goes along, a draft that saves itself. The page works without
   it. What helps while writing (completion, pasting, files) is in editor_help.js and comes with the first keystroke. */
(() => {
  const form = document.querySelector('form[data-editor]');
  if (!form) return;
  const $ = (selector, within = document) => within.querySelector(selector);
  const text = form.elements.text;
  const words = form.dataset; // what is said here comes translated from the server
  const wide = matchMedia('(min-width: 60.01rem)');
  form.querySelectorAll('.tools[hidden]').forEach(one => { one.hidden = false; });
  form.querySelectorAll('[data-plain]').forEach(one => { one.hidden = true; });

  const say = word => { const region = $('#say'); region.textContent = ''; requestAnimationFrame(() => { region.textContent = word; }); };

  // -- Writing into the text, through the browser, so that its own undo works ------------------------------------------
  // Chromium writes many lines as text line by line, in quadratic time, and as HTML at once.
  const MANY = 100;
  const write = (given, from = text.selectionStart, to = text.selectionEnd) => {
    const insert = given.replace(/\r\n?/g, '\n');
    text.focus();
    text.setSelectionRange(from, to);
    const wanted = text.value.slice(0, from) + insert + text.value.slice(to);
    if (!insert) { if (from !== to) document.execCommand('delete'); }
    else if (insert.split('\n', MANY + 1).length <= MANY) document.execCommand('insertText', false, insert);
    else document.execCommand('insertHTML', false, insert.replace(/&/g, '&amp;').replace(/</g, '&lt;'));
    if (text.value === wanted) return;
    text.value = wanted;
    text.setSelectionRange(from + insert.length, from + insert.length);
    text.dispatchEvent(new Event('input', { bubbles: true }));
  };
  // The text becomes another one, of which only what differs is written.
  const become = made => {
    const was = text.value, most = Math.min(was.length, made.length);
    let before = 0, after = 0;
    while (before < most && was[before] === made[before]) before += 1;
    while (after < most - before && was[was.length - 1 - after] === made[made.length - 1 - after]) after += 1;
    write(made.slice(before, made.length - after), before, was.length - after);
  };
  const wrap = (before, after = before) => {
    const { selectionStart: from, selectionEnd: to } = text;
    const chosen = text.value.slice(from, to);
    const around = text.value.slice(from - before.length, from) === before && text.value.slice(to, to + after.length) === after;
    if (around) write(chosen, from - before.length, to + after.length);
    else write(before + chosen + after);
    const start = around ? from - before.length : from + before.length;
    text.setSelectionRange(start, start + chosen.length);
  };
  const code = () => {
    const chosen = text.value.slice(text.selectionStart, text.selectionEnd);
    if (!chosen.includes('\n')) wrap('`');
    else write(`\`\`\`\n${chosen.replace(/\n$/, '')}\n\`\`\`\n`);
  };
  const link = () => {
    const { selectionStart: from, selectionEnd: to } = text;
    const chosen = text.value.slice(from, to);
    const isAddress = /^(https?:\/\/|mailto:|playbook:)\S+$/.test(chosen);
    write(isAddress ? `[](${chosen})` : `[${chosen}]()`);
    const at = isAddress || !chosen ? from + 1 : from + chosen.length + 3;
    text.setSelectionRange(at, at);
  };

  // What stands before the words of a line: its indentation, and the mark of a list, a box, a quote.
  const MARKS = /^(\s*)((?:>\s?)?(?:(?:[-*+•‣◦▪–]|\d+[.)])\s+)?(?:\[[ xX]?\]\s+|[☐☑☒✓✔]\s*)?)(.*)$/;
  const TASK = /^\s*(?:[-*+]|\d+[.)]) \[[ xX]\] /;
  const changeLines = change => {
    const from = text.value.lastIndexOf('\n', text.selectionStart - 1) + 1;
    const endsBefore = text.selectionEnd > text.selectionStart && text.value[text.selectionEnd - 1] === '\n';
    const last = text.selectionEnd - (endsBefore ? 1 : 0);
    const next = text.value.indexOf('\n', last);
    const to = next < 0 ? text.value.length : next;
    const lines = text.value.slice(from, to).split('\n');
    const several = lines.length > 1;
    const changed = change(lines).join('\n');
    write(changed, from, to);
    if (several) text.setSelectionRange(from, from + changed.length);
  };
  const startLines = mark => changeLines(lines => {
    const isBlank = line => !line.trim() && lines.length > 1;
    const has = {
      '- [ ] ': line => TASK.test(line),
      '1. ': line => /^\s*\d+[.)] /.test(line) && !TASK.test(line),
      '- ': line => /^\s*[-*+] /.test(line) && !TASK.test(line),
      '> ': line => /^\s*>/.test(line),
    }[mark];
    const all = lines.every(line => isBlank(line) || has(line));
    let number = 0;
    return lines.map(line => {
      if (isBlank(line) || (mark === '- [ ] ' && /^#{1,6} /.test(line))) return line;
      if (mark === '> ') return all ? line.replace(/^\s*> ?/, '') : `> ${line}`;
      const [, indent, , rest] = MARKS.exec(line);
      if (all) return indent + rest;
      return indent + (mark === '1. ' ? `${number += 1}. ` : mark) + rest;
    });
  });
  const lineAt = place => text.value.slice(0, place).split('\n').length;
  // The server knows best what becomes an item; without it, or to take the boxes off again, the line's mark will do.
  const makeItems = async () => {
    const { selectionStart: from, selectionEnd: to, value: of } = text;
    const first = lineAt(from), last = Math.max(first, lineAt(to > from && of[to - 1] === '\n' ? to - 1 : to));
    const chosen = of.split('\n').slice(first - 1, last).filter(line => line.trim());
    const fill = () => {
      const body = new FormData(form);
      Object.entries({ items: 1, first_line: first, last_line: last }).forEach(([name, number]) => body.set(name, number));
      return body;
    };
    const asks = chosen.length && !chosen.every(line => TASK.test(line));
    const answer = asks && await send('preview', fill, AbortSignal.timeout(3000)).catch(() => null);
    const made = answer?.ok ? await answer.text() : null;
    if (made !== null && text.value === of) become(of.endsWith('\n') ? made : made.replace(/\n$/, ''));
    else { text.setSelectionRange(from, to); startLines('- [ ] '); }
  };
  const setLevel = level => changeLines(lines => lines.map(line => {
    const [, now, rest] = /^(#{0,6}) ?(.*)$/.exec(line);
    return now.length === level || !rest ? rest : `${'#'.repeat(level)} ${rest}`;
  }));
  const TABLE = '\n|  |  |\n|---|---|\n|  |  |\n';

  // Enter goes on with the list one is in; on an empty item it ends the list.
  const goOn = event => {
    if (text.selectionStart !== text.selectionEnd) return;
    const at = text.selectionStart;
    const start = text.value.lastIndexOf('\n', at - 1) + 1;
    const before = text.value.slice(start, at);
    const [, indent, mark, rest] = MARKS.exec(before) ?? [];
    if (!mark || !/^(>|[-*+]|\d+[.)])/.test(mark)) return;
    event.preventDefault();
    const end = text.value.indexOf('\n', at);
    if (!rest.trim() && !text.value.slice(at, end < 0 ? undefined : end).trim()) { write('', start, at); return; }
    write(`\n${indent}${mark.replace(/\d+/, n => Number(n) + 1).replace(/\[[xX]?\]/, '[ ]')}`, at, at);
  };

  const tools = [...form.querySelectorAll('[role="toolbar"] button')];
  const use = button => {
    const { wrap: pattern, lineStart, level } = button.dataset;
    if (pattern) wrap(...pattern.split('|'));
    else if (lineStart) startLines(lineStart);
    else if ('items' in button.dataset) makeItems();
    else if (level) setLevel(Number(level));
    else if ('code' in button.dataset) code();
    else if ('table' in button.dataset) write(TABLE, text.selectionEnd, text.selectionEnd);
    else if ('link' in button.dataset) link();
    else if ('playbook' in button.dataset) help().then(() => write('[['));
    else if ('attach' in button.dataset) help().then(helping => helping.choose());
  };
  const KEYS = { b: () => wrap('**'), i: () => wrap('_'), k: link, s: () => { tryAt = 0; save(); } };
  let plainWanted = false;
  text.addEventListener('keydown', event => {
    if (event.isComposing) return;
    const modified = (event.ctrlKey || event.metaKey) && !event.altKey;
    plainWanted = modified && event.shiftKey;
    if (modified && !event.shiftKey && KEYS[event.key]) { event.preventDefault(); KEYS[event.key](); }
    if (event.key === 'Enter' && !modified && !event.shiftKey) goOn(event);
  });

  // A toolbar is one stop for the Tab key; arrows, Home and End move in it.
  const stopAt = button => tools.forEach(one => { one.tabIndex = one === button ? 0 : -1; });
  stopAt(tools[0]);
  tools[0].parentElement.addEventListener('keydown', event => {
    const at = tools.indexOf(document.activeElement);
    const next = { ArrowRight: (at + 1) % tools.length, ArrowLeft: (at - 1 + tools.length) % tools.length, Home: 0, End: tools.length - 1 }[event.key];
    if (next === undefined || at < 0) return;
    event.preventDefault();
    stopAt(tools[next]);
    tools[next].focus();
  });

  // What helps while writing comes when somebody starts to.
  let helping;
  const help = () => {
    helping ??= import(words.editor).then(module => module.default({ form, text, words, write, send, say, places }));
    helping.catch(() => { helping = undefined; });
    return helping;
  };
  text.addEventListener('focus', () => help().catch(() => {}), { once: true });
  text.addEventListener('paste', event => {
    const data = event.clipboardData;
    const [html, plain] = ['text/html', 'text/plain'].map(type => data.getData(type)), files = [...data.files], types = [...data.types];
    const asPlain = plainWanted;
    plainWanted = false;
    if (asPlain || !(html || files.length || /^https?:\/\/\S+$/.test(plain))) return;
    event.preventDefault();
    help().then(one => one.paste({ files, html, plain, types })).catch(() => write(plain));
  });
  const hasFiles = event => words.files && event.dataTransfer?.types.includes('Files');
  form.addEventListener('dragover', event => { if (hasFiles(event)) { event.preventDefault(); event.dataTransfer.dropEffect = 'copy'; } });
  form.addEventListener('drop', event => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    const files = [...event.dataTransfer.files];
    help().then(one => one.add(files)).catch(() => {});
  });

  // -- Where in the text something stands ------------------------------------------------------------------------------
  const mirror = document.createElement('div');
  mirror.className = 'ed-mirror';
  mirror.setAttribute('aria-hidden', 'true');
  text.parentElement.append(mirror);
  const lineStarts = (of = text.value) => {
    const starts = [0];
    for (let at = of.indexOf('\n'); at >= 0; at = of.indexOf('\n', at + 1)) starts.push(at + 1);
    return starts;
  };
  // Offsets, in order, as places in the text's box before it is scrolled.
  const places = offsets => {
    const marks = offsets.map(() => document.createElement('span'));
    const parts = [];
    offsets.forEach((offset, n) => parts.push(text.value.slice(n ? offsets[n - 1] : 0, offset), marks[n]));
    mirror.style.width = `${text.clientWidth}px`;
    mirror.replaceChildren(...parts, `${text.value.slice(offsets.at(-1))}\u200b`);
    const found = marks.map(mark => ({ top: mark.offsetTop, left: mark.offsetLeft }));
    mirror.replaceChildren();
    return found;
  };
  const goTo = line => {
    const from = lineStarts()[line - 1];
    if (from === undefined) return;
    const to = text.value.indexOf('\n', from);
    text.focus({ preventScroll: true });
    text.setSelectionRange(from, to < 0 ? text.value.length : to);
    const [{ top }] = places([from]);
    if (text.scrollHeight > text.clientHeight + 1) text.scrollTop = top - text.clientHeight / 3;
    scrollTo({ top: text.getBoundingClientRect().top + scrollY + top - text.scrollTop - innerHeight / 3 });
  };

  // -- The preview -----------------------------------------------------------------------------------------------------
  const AFTER = 600; // milliseconds without a keystroke; longer where a text takes long to read
  let pause = AFTER, waiting, asking, shownText = text.value, anchors = [], problems = 0;
  const prose = () => $('#preview .prose');
  const findAnchors = () => {
    const starts = lineStarts(), blocks = [];
    let last = 0;
    prose().querySelectorAll('[data-line]').forEach(block => {
      const line = Number(block.dataset.line);
      if (line > last && line <= starts.length) { blocks.push([block, starts[line - 1]]); last = line; }
    });
    if (!blocks.length) return [];
    return places(blocks.map(([, offset]) => offset)).map(({ top }, n) => ({ top, block: blocks[n][0] }));
  };
  // What is in view is followed: its first line with the first of the preview at the top of the text, its last with the
  // last at the bottom, and the caret's, whose height is given, at the height of the caret.
  const follow = top => {
    const pane = prose();
    if (!wide.matches || pane.scrollHeight <= pane.clientHeight) return;
    const box = text.getBoundingClientRect(), head = tools[0].parentElement.getBoundingClientRect().bottom;
    const high = Math.max(box.top, head), seen = Math.max(1, Math.min(box.bottom, pane.getBoundingClientRect().bottom) - high);
    const hidden = high - box.top + text.scrollTop, share = top === undefined ? -1 : (top - hidden) / seen;
    const part = share >= 0 && share <= 1 ? share : Math.min(1, Math.max(0, hidden / Math.max(1, text.scrollHeight - seen)));
    const at = hidden + part * seen, paneTop = pane.getBoundingClientRect().top - pane.scrollTop;
    const inPane = block => block.getBoundingClientRect().top - paneTop;
    const next = anchors.findIndex(one => one.top > at);
    const above = anchors[(next < 0 ? anchors.length : next) - 1], below = next < 0 ? undefined : anchors[next];
    const [from, to] = [above?.top ?? 0, below?.top ?? text.scrollHeight];
    const [start, end] = [above ? inPane(above.block) : 0, below ? inPane(below.block) : pane.scrollHeight];
    pane.scrollTop = start + (end - start) * (to > from ? (at - from) / (to - from) : 0) - part * pane.clientHeight;
  };
  let drawing;
  const soon = (top = () => undefined) => { cancelAnimationFrame(drawing); drawing = requestAnimationFrame(() => follow(top())); };
  const LARGE = 50000; // to look for the caret in a larger text at each key would be felt
  const atCaret = () => (document.activeElement === text && text.value.length < LARGE ? places([text.selectionStart])[0].top : undefined);
  addEventListener('scroll', () => soon(), { passive: true });
  text.addEventListener('scroll', () => soon(), { passive: true });
  addEventListener('resize', () => { anchors = findAnchors(); soon(); });
  text.addEventListener('click', () => soon(atCaret));
  text.addEventListener('keyup', event => { if (/^(Arrow|Page|Home|End)/.test(event.key)) soon(atCaret); });

  const parsed = html => new DOMParser().parseFromString(html, 'text/html');
  const take = (page, ...ids) => ids.forEach(id => {
    const found = page.getElementById(id);
    if (found) document.getElementById(id)?.replaceWith(found);
  });
  const preview = async () => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking, of = text.value, begun = performance.now();
    const answer = await send('preview', () => new FormData(form), signal).catch(() => null);
    if (signal.aborted) return;
    if (answer?.status === 429) pause = 5000;
    if (!answer?.ok) return;
    const page = parsed(await answer.text());
    if (signal.aborted || !page.getElementById('preview')) return;
    pause = Math.max(AFTER, 2 * (performance.now() - begun));
    const place = prose().scrollTop;
    const size = page.getElementById('text-size');
    size?.remove();
    take(page, 'preview');
    if (size) $('#text-size').replaceWith(size);
    shownText = of;
    prose().scrollTop = place;
    anchors = findAnchors();
    soon(atCaret);
    const found = form.querySelectorAll('.problems li').length;
    if (found > problems) say($('#problems-h').textContent);
    problems = found;
  };
  problems = form.querySelectorAll('.problems li').length;
  const refresh = () => { clearTimeout(waiting); waiting = setTimeout(preview, pause); };

  // A mend changes one line, which may have moved since the preview was made.
  const mend = button => {
    const line = Number(button.dataset.mend) - 1, was = shownText.split('\n')[line];
    const starts = lineStarts(), lines = text.value.split('\n');
    const near = lines.map((_, n) => n).filter(n => lines[n] === was).sort((a, b) => Math.abs(a - line) - Math.abs(b - line))[0];
    if (near === undefined) { preview(); return; }
    const from = starts[near], to = from + was.length;
    if ('lineText' in button.dataset) write(button.dataset.lineText, from, to);
    else write('', from, Math.min(to + 1, text.value.length));
    clearTimeout(waiting);
    preview();
  };

  form.addEventListener('click', event => {
    const button = event.target.closest('button');
    const line = event.target.closest('a[data-line]');
    if (button?.dataset.mend) { event.preventDefault(); mend(button); }
    if (button && tools.includes(button)) { stopAt(button); use(button); }
    if (line) { event.preventDefault(); goTo(Number(line.dataset.line)); }
  });

  // -- Sending, also after somebody signed in anew in another tab ------------------------------------------------------
  const token = value => {
    if (value) document.querySelectorAll('[name="csrfmiddlewaretoken"]').forEach(one => { one.value = value; });
    return form.elements.csrfmiddlewaretoken.value;
  };
  const addressOf = what => (what === 'save' ? form.getAttribute('action') : words[what]);
  // Whether there is any use in trying again: the editor is still there, for the same person. If not, `lost` says why.
  let lost = 'refused';
  const renew = async () => {
    const answer = await fetch(addressOf('save'));
    const editor = answer.ok && parsed(await answer.text()).querySelector('form[data-editor]');
    if (!editor) { lost = answer.ok ? 'ended' : answer.status === 404 ? 'gone' : 'refused'; return false; }
    lost = editor.dataset.person === words.person ? 'refused' : 'other';
    if (lost === 'other') return false;
    token(editor.elements.csrfmiddlewaretoken.value);
    form.setAttribute('action', editor.getAttribute('action')); // the page may have another address by now
    ['preview', 'files', 'completions'].forEach(name => { words[name] = editor.dataset[name]; });
    return true;
  };
  // `fill` makes what is sent, anew for each try. An ended session answers with a redirect, which is not followed.
  const send = async (what, fill, signal, headers = { 'HX-Request': 'true' }) => {
    const post = () => fetch(addressOf(what), { method: 'POST', body: fill(), signal, headers, redirect: 'manual' });
    const answer = await post();
    return (answer.status === 403 || answer.type === 'opaqueredirect') && await renew() ? post() : answer;
  };

  // -- The draft saves itself ------------------------------------------------------------------------------------------
  const EVERY = 5000, LONGEST = 60000;
  const fields = [...form.elements].filter(one => one.name === 'title' || one.name === 'text' || one.name?.startsWith('field-'));
  const stored = one => {
    if (one.type === 'checkbox') return one.defaultChecked;
    if (one.tagName !== 'SELECT') return one.defaultValue;
    return ([...one.options].find(option => option.defaultSelected) ?? one.options[0])?.value;
  };
  const value = one => (one.type === 'checkbox' ? one.checked : one.value);
  const asWritten = read => JSON.stringify(Object.fromEntries(fields.map(one => [one.name, read(one)])));
  let saved = 'unsaved' in words ? null : asWritten(stored);
  let sending = false, failures = 0, tryAt = 0, refused = null, trouble = '', announced = 0, leaving = false;
  const isChanged = () => asWritten(value) !== saved;
  const isHeld = () => 'hold' in $('#draft-status').dataset;

  // What became of the draft stands in the bar too, which is in view however long the text is.
  const repeat = () => {
    const line = $('#draft-status [data-said]'), bar = $('#edit-said');
    bar.className = `${line.className || 'st off'} said`;
    bar.replaceChildren(...line.cloneNode(true).childNodes);
  };
  const show = word => {
    const line = $('#draft-status [data-said]');
    if (!line) return;
    const isTrouble = !['changed', 'saving'].includes(word);
    line.className = isTrouble ? 'st late' : '';
    line.replaceChildren(...(isTrouble ? [$('#ed-warn').content.cloneNode(true)] : []), words[`say${word[0].toUpperCase()}${word.slice(1)}`]);
    if (isTrouble) line.append(' ', keep() ? words.sayKept : words.sayNotKept);
    repeat();
  };
  const fail = word => {
    failures += 1;
    tryAt = Date.now() + Math.min(LONGEST, EVERY * 2 ** (failures - 1));
    show(word);
    if (word !== trouble) say($('#draft-status [data-said]').textContent);
    trouble = word;
  };
  const settle = async (answer, sent) => {
    const page = parsed(await answer.text());
    if (!page.getElementById('draft-status')) { fail('failed'); return; }
    take(page, 'draft-status', 'edit-bar');
    repeat();
    if (!answer.ok) { refused = sent; say($('#draft-status [data-said]').textContent); return; }
    saved = sent;
    if (trouble || Date.now() - announced > 60000) { announced = Date.now(); say($('#draft-status [data-said]').textContent); }
    trouble = '';
    failures = tryAt = 0;
    keep();
    if (isChanged()) show('changed');
  };
  async function save() {
    const sent = asWritten(value);
    if (sending || sent === saved || sent === refused || isHeld() || Date.now() < tryAt) return;
    sending = true;
    if (!trouble) show('saving');
    try {
      const answer = await send('save', () => new FormData(form));
      if (answer.type === 'opaqueredirect' || answer.status === 403) fail(lost);
      else if (answer.status === 404) fail('gone');
      else if ([200, 409, 422].includes(answer.status)) await settle(answer, sent);
      else fail('failed');
    } catch {
      fail(navigator.onLine ? 'failed' : 'offline');
    } finally {
      sending = false;
    }
  }
  setInterval(save, EVERY);
  const again = () => { tryAt = 0; save(); };
  addEventListener('online', again);
  addEventListener('focus', () => { if (trouble) again(); });
  document.addEventListener('visibilitychange', () => { keep(); again(); });

  // -- What was not saved stays in this browser, under this person's number, until it is -------------------------------
  const own = `rampbook:draft:${words.person}:${words.draft}:`;
  const tab = own + Date.now().toString(36) + Math.random().toString(36).slice(2);
  const inBrowser = act => { try { return act(localStorage); } catch { return null; /* private mode, or full */ } };
  const based = () => ({ revision: form.elements.revision.value, base: form.elements.base.value });
  let keeping;
  function keep(more = {}) {
    clearTimeout(keeping);
    return inBrowser(store => {
      if (isChanged()) store.setItem(tab, JSON.stringify({ at: Date.now(), fields: JSON.parse(asWritten(value)), ...based(), ...more }));
      else store.removeItem(tab);
      return true;
    });
  }
  const clock = at => {
    const today = new Date().toDateString() === new Date(at).toDateString();
    const style = { hour: '2-digit', minute: '2-digit', timeZone: words.zone, ...(today ? {} : { weekday: 'short', day: 'numeric', month: 'short' }) };
    return new Intl.DateTimeFormat(words.locale, style).format(at);
  };
  const offer = (key, copy) => {
    const note = $('#kept-here').content.cloneNode(true).firstElementChild;
    const end = () => { inBrowser(store => store.removeItem(key)); note.remove(); };
    const button = $('[data-kept-take]', note);
    button.textContent = button.textContent.replace('{time}', clock(copy.at));
    note.setAttribute('aria-label', button.textContent);
    $('textarea', note).value = copy.fields.text ?? '';
    $('[data-kept-newer]', note).hidden = copy.revision === based().revision;
    button.addEventListener('click', () => {
      fields.filter(one => one !== text && one.name in copy.fields).forEach(one => {
        one[one.type === 'checkbox' ? 'checked' : 'value'] = copy.fields[one.name];
      });
      become(copy.fields.text ?? '');
      keep();
      end();
    });
    $('[data-kept-leave]', note).addEventListener('click', () => { end(); text.focus(); });
    $('#kept-notes').append(note);
  };
  const copies = inBrowser(store => Object.keys(store).filter(key => key.startsWith(own)).map(key => [key, JSON.parse(store.getItem(key))])) ?? [];
  copies.sort(([, a], [, b]) => b.at - a.at).forEach(([key, copy]) => {
    // A copy that is what is stored is saved; one that was sent by a button has arrived if the draft moved on since.
    const { revision, base } = based();
    const arrived = copy.sent && (copy.revision !== revision || copy.base !== base);
    if (arrived || JSON.stringify(copy.fields) === asWritten(stored)) inBrowser(store => store.removeItem(key));
    else offer(key, copy);
  });
  if (saved === null) keep();
  repeat();

  form.addEventListener('input', event => {
    if (!fields.includes(event.target)) return;
    if (isChanged() && !sending && !trouble && !isHeld()) show('changed');
    clearTimeout(keeping);
    keeping = setTimeout(keep, 300);
    refresh();
  });
  document.addEventListener('submit', event => {
    leaving = event.target === form || event.target.id === 'discarding';
    if (event.target === form) keep({ sent: true });
    if (event.target.id === 'discarding') inBrowser(store => store.removeItem(tab));
  });
  addEventListener('beforeunload', event => { if (isChanged() && !leaving) event.preventDefault(); });
  addEventListener('pagehide', () => { if (!leaving) keep(); });
  addEventListener('pageshow', () => { leaving = false; });

  anchors = findAnchors();
  const asked = /^#line-(\d+)$/.exec(location.hash);
  if (asked) goTo(Number(asked[1]));
})();

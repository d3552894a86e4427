/* Helps while writing: completes links and names, makes clean text of what is pasted, adds files. Loaded by editor.js. */
export default ({ form, text, words, write, send, say, places }) => {
  const SLOW = 4000;
  const said = document.getElementById('ed-said');
  const tell = (...lines) => { said.textContent = lines.filter(Boolean).join(' '); };
  const body = entries => {
    const data = new FormData();
    data.append('csrfmiddlewaretoken', form.elements.csrfmiddlewaretoken.value);
    entries.forEach(([name, value]) => data.append(name, value));
    return data;
  };
  const JSON_PLEASE = { Accept: 'application/json' };

  // -- Completion ------------------------------------------------------------------------------------------------------
  const TRIGGERS = [
    ['title', /\[\[([^[\]\n]{0,60})$/],
    ['address', /\bplaybook:([\w-]{0,60})$/],
    ['person', /(?<![\p{L}\d@.])@((?:[\p{L}'’.-]+(?: [\p{L}'’.-]*)?)?)$/u],
  ];
  const list = document.createElement('ul');
  list.id = 'ed-options';
  list.className = 'menu ed-options';
  list.popover = 'manual';
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', words.sayListed);
  form.append(list);
  let open = null, asking, waiting, quiet = false;

  const close = () => {
    clearTimeout(waiting);
    asking?.abort();
    if (!open) return;
    open = null;
    list.hidePopover();
    ['aria-activedescendant', 'aria-controls', 'aria-autocomplete'].forEach(name => text.removeAttribute(name));
  };
  const choose = at => {
    open.at = (at + open.options.length) % open.options.length;
    [...list.children].forEach((row, n) => row.setAttribute('aria-selected', String(n === open.at)));
    list.children[open.at].scrollIntoView({ block: 'nearest' });
    text.setAttribute('aria-activedescendant', `ed-option-${open.at}`);
  };
  const accept = () => {
    const { options, at, start, what } = open;
    const end = text.selectionEnd + (what === 'title' && text.value.startsWith(']]', text.selectionEnd) ? 2 : 0);
    close();
    quiet = true;
    write(options[at].text + (what === 'person' ? ' ' : ''), start, end);
    quiet = false;
  };
  const row = (option, n) => {
    const item = document.createElement('li');
    item.id = `ed-option-${n}`;
    item.setAttribute('role', 'option');
    const detail = document.createElement('span');
    detail.className = 'mut small';
    detail.textContent = option.detail;
    item.append(option.label, ' ', detail);
    item.addEventListener('mousedown', event => event.preventDefault()); // the text keeps the focus
    item.addEventListener('click', () => { choose(n); accept(); });
    return item;
  };
  const putBelow = start => {
    const box = text.getBoundingClientRect(), [{ top, left }] = places([start]);
    const line = parseFloat(getComputedStyle(text).lineHeight);
    const y = box.top + top - text.scrollTop;
    const below = y + line + list.offsetHeight < innerHeight;
    list.style.top = `${Math.max(4, below ? y + line : y - list.offsetHeight)}px`;
    list.style.left = `${Math.max(4, Math.min(box.left + left, innerWidth - list.offsetWidth - 4))}px`;
  };
  const show = (what, start, options) => {
    open = { what, start, options, at: 0 };
    list.replaceChildren(...options.map(row));
    list.showPopover();
    putBelow(start);
    text.setAttribute('aria-controls', list.id);
    text.setAttribute('aria-autocomplete', 'list');
    choose(0);
    say(words.sayOptions.replace('{n}', options.length));
  };
  const complete = () => {
    clearTimeout(waiting);
    asking?.abort();
    const caret = text.selectionEnd, before = text.value.slice(Math.max(0, caret - 120), caret);
    const found = TRIGGERS.map(([what, pattern]) => [what, pattern.exec(before)]).find(([, match]) => match);
    if (!found) { close(); return; }
    const [what, match] = found, start = caret - match[0].length;
    waiting = setTimeout(async () => {
      asking = new AbortController();
      const { signal } = asking;
      const address = `${words.completions}?${new URLSearchParams({ what, typed: match[1] })}`;
      const answer = await fetch(address, { signal, redirect: 'manual' }).catch(() => null);
      const options = answer?.ok ? (await answer.json().catch(() => ({ options: [] }))).options : [];
      if (signal.aborted || text.selectionEnd !== caret) return;
      if (options.length) show(what, start, options); else close();
    }, 150);
  };
  text.addEventListener('input', () => { if (!quiet) complete(); });
  text.addEventListener('blur', close);
  text.addEventListener('click', close);
  addEventListener('resize', () => { if (open) putBelow(open.start); });
  addEventListener('scroll', event => { if (event.target !== list) close(); }, { passive: true, capture: true });
  text.addEventListener('keydown', event => {
    if (!open || event.isComposing) return;
    if (event.key === 'ArrowDown') choose(open.at + 1);
    else if (event.key === 'ArrowUp') choose(open.at - 1);
    else if (event.key === 'Enter' || event.key === 'Tab') accept();
    else if (event.key === 'Escape') close();
    else { if (/^(Arrow|Home|End|Page)/.test(event.key)) close(); return; }
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });

  // -- Files -----------------------------------------------------------------------------------------------------------
  // What stands in the text for a file that is on its way becomes its link, wherever it has moved to meanwhile.
  const replace = (mark, markdown) => {
    const at = text.value.indexOf(mark);
    if (at < 0) return;
    const { selectionStart, selectionEnd } = text, focused = document.activeElement;
    const moved = place => (place <= at ? place : Math.max(at, place + markdown.length - mark.length));
    write(markdown, at, at + mark.length);
    text.setSelectionRange(moved(selectionStart), moved(selectionEnd));
    if (focused !== text) focused?.focus?.({ preventScroll: true });
  };
  const marks = new Set();
  const markOf = file => {
    const name = words.sayUploading.replace('{name}', file.name.replace(/[[\]()\n]/g, ''));
    let mark = `![${name}]()`;
    for (let n = 2; marks.has(mark); n += 1) mark = `![${name} ${n}]()`;
    marks.add(mark);
    return mark;
  };
  const upload = async (file, mark) => {
    let markdown = '', trouble = words.sayNotUploaded.replace('{name}', file.name);
    try {
      const answer = await send('files', () => body([['file', file]]), undefined, JSON_PLEASE);
      if (answer.status === 403 || answer.status === 404) trouble = words.sayNoFiles.replace('{name}', file.name);
      const { files = [], refused = [] } = await answer.json();
      markdown = files[0]?.markdown ?? '';
      trouble = markdown ? '' : refused[0] ?? trouble;
    } catch { /* said below: the site does not answer, or with something else than an answer */ }
    replace(mark, markdown);
    marks.delete(mark);
    return trouble;
  };
  const arrive = async waitingFor => {
    tell(...waitingFor.map(([file]) => words.sayUploading.replace('{name}', file.name)));
    tell(...await Promise.all(waitingFor.map(([file, mark]) => upload(file, mark))));
  };
  const add = files => {
    if (!files.length) return null;
    if (!words.files) { tell(...files.map(file => words.sayNoFiles.replace('{name}', file.name))); return null; }
    const all = files.map(file => [file, markOf(file)]);
    write(all.map(([, mark]) => mark).join('\n'));
    return arrive(all);
  };
  const chooseFiles = () => {
    const input = Object.assign(document.createElement('input'), { type: 'file', multiple: true });
    input.addEventListener('change', () => add([...input.files]));
    input.click();
  };

  // -- Pasting ---------------------------------------------------------------------------------------------------------
  // The clipboard's HTML is looked at as text: made into elements, its styles would offend the page's policy.
  const RICH = /<(?:ul|ol|table|h[1-6]|img|b|strong|em|i|blockquote|pre|input)\b|<a\b[^>]*\bhref|font-weight|\bMso|role="heading"/i;
  const PICTURE = /<img\b[^>]*?\bsrc=(["'])(data:.*?)\1[^>]*>/gis;
  const isEmpty = html => !html.replace(/<(style|script)\b.*?<\/\1>|<!--.*?-->|<[^>]*>|&nbsp;/gis, '').trim();
  const fileOf = (source, n) => {
    const match = /^data:image\/([a-z]+)[^,]*;base64,(.*)$/s.exec(source);
    if (!match) return null;
    try {
      const bytes = Uint8Array.from(atob(match[2]), one => one.charCodeAt(0));
      return new File([bytes], `${words.sayPicture}-${n}.${match[1].replace('jpeg', 'jpg')}`, { type: `image/${match[1]}` });
    } catch { return null; }
  };
  // Blocks begin on a line of their own; a few words stay in the line where they are pasted.
  const insert = pasted => {
    const trimmed = pasted.replace(/^\n+|\s+$/g, '');
    const before = text.value.slice(text.value.lastIndexOf('\n', text.selectionStart - 1) + 1, text.selectionStart);
    const isBlock = trimmed.includes('\n') || /^(#{1,6} |[-*+] |\d+[.)] |> |\||```)/.test(trimmed);
    write(isBlock ? `${before.trim() ? '\n\n' : ''}${trimmed}\n` : trimmed);
  };
  const cleaned = async html => {
    const slow = setTimeout(() => tell(words.sayCleaning), 300);
    try {
      const answer = await send('paste', () => body([['html', html]]), AbortSignal.timeout(SLOW), JSON_PLEASE);
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    } finally {
      clearTimeout(slow);
      tell();
    }
  };
  const paste = async ({ files, html, plain, types }) => {
    const { selectionStart: from, selectionEnd: to } = text, chosen = text.value.slice(from, to);
    if (!html && !files.length) { write(chosen && !/[\n[\]]/.test(chosen) ? `[${chosen}](${plain})` : plain); return; }
    if (files.length && isEmpty(html)) { await add(files); return; }
    if (!words.paste || types.includes('vscode-editor-data') || !RICH.test(html)) { write(plain); return; }
    const pictures = [];
    const sent = html.replace(PICTURE, (whole, quote, source) => {
      const file = words.files && !/checkbox|\balt=["'](?:un)?checked/i.test(whole) && fileOf(source, pictures.length + 1);
      if (!file) return whole; // a tick box, which the server knows, or what it leaves out with a remark
      pictures.push([file, markOf(file), `RampbookPicture${Date.now()}x${pictures.length}x`]);
      return pictures.at(-1)[2];
    });
    const result = await cleaned(sent);
    text.setSelectionRange(from, to);
    if (!result) { write(plain); tell(words.sayPlain); return; }
    insert(pictures.reduce((whole, [, mark, stand]) => whole.replace(stand, mark), result.text));
    tell(...result.remarks ?? []);
    if (pictures.length) { await arrive(pictures); tell(...result.remarks ?? []); }
  };
  complete(); // what was typed while this loaded
  return { paste, add, choose: chooseFiles };
};

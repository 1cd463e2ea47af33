/* Linli: small helps for every page. Each page works without this file. Words come from <template id="l-words">.
   data-draft="key" on a form keeps what is typed in localStorage (7 days) until a page with data-draft-done="key" is shown;
   data-count on a field counts what is left of maxlength; data-read reads <main> aloud; data-print prints; data-focus takes the focus. */
(function () {
  'use strict';
  var doc = document, words = {}, said = (doc.getElementById('l-words') || {dataset: {}}).dataset;
  Object.keys(said).forEach(function (k) { words[k.slice(1).toLowerCase()] = said[k]; }); /* data-w-sending: words.sending */
  var all = function (css, root) { return Array.prototype.slice.call((root || doc).querySelectorAll(css)); };
  var make = function (tag, cls, text) { var e = doc.createElement(tag); e.className = cls; e.textContent = text || ''; return e; };
  var say = function (text, n) { return (text || '').replace('{n}', n); };

  /* drafts: never passwords, codes, hidden fields or files; each signed-in person has drafts of their own */
  var WEEK = 7 * 864e5, prefix = 'linli:' + (doc.body.dataset.user || '') + ':';
  var store = {
    get: function (k) { try { return JSON.parse(localStorage.getItem(k)); } catch (e) { return null; } },
    set: function (k, v) { try { localStorage.setItem(k, JSON.stringify(v)); return true; } catch (e) { return false; } },
    del: function (k) { try { localStorage.removeItem(k); } catch (e) { return; } }
  };
  function kept(form) {
    return Array.prototype.filter.call(form.elements, function (f) {
      return f.name && !/^(password|hidden|file|submit|button|reset|image)$/.test(f.type) && f.autocomplete !== 'one-time-code' && !('nodraft' in f.dataset);
    });
  }
  function tick(f) { return f.type === 'radio' || f.type === 'checkbox'; }
  function untouched(f) { return tick(f) ? f.checked === f.defaultChecked : f.tagName === 'SELECT' ? f.selectedIndex < 1 : f.value === ''; }
  function draft(form) {
    var key = prefix + form.dataset.draft, old = store.get(key), note = form.querySelector('[data-saved]'), timer, restored = [];
    if (old && Date.now() - old.at < WEEK) {
      kept(form).forEach(function (f) {
        var v = old.v[f.name];
        if (v === undefined || !untouched(f)) return;
        if (tick(f)) { var on = v.indexOf(f.value) >= 0; if (on !== f.checked) { f.checked = on; restored.push(f); } }
        else if (f.value !== v[0]) { f.value = v[0]; restored.push(f); }
      });
    } else if (old) store.del(key);
    if (restored.length) {
      var box = make('div', 'l-notice mb-4'), drop = make('button', 'l-link alone', words.discard);
      box.setAttribute('role', 'status'); drop.type = 'button';
      box.appendChild(make('p', '', words.restored)); box.appendChild(drop);
      drop.addEventListener('click', function () { store.del(key); form.reset(); box.remove(); });
      form.insertBefore(box, form.firstChild);
    }
    function save() {
      var v = {}, any = false;
      kept(form).forEach(function (f) {
        if (tick(f)) { v[f.name] = v[f.name] || []; if (f.checked) v[f.name].push(f.value); }
        else v[f.name] = [f.value];
        any = any || !untouched(f);
      });
      if (!any) store.del(key);
      else if (store.set(key, {at: Date.now(), v: v}) && note) { note.hidden = false; }
    }
    form.addEventListener('input', function () { clearTimeout(timer); timer = setTimeout(save, 400); });
    form.addEventListener('submit', save);
    window.addEventListener('pagehide', function () { if (timer) save(); });
  }
  all('[data-draft-done]').forEach(function (e) { store.del(prefix + e.dataset.draftDone); });
  all('form[data-draft]').forEach(draft);

  /* how much may still be written */
  all('[data-count][maxlength]').forEach(function (f) {
    var max = +f.getAttribute('maxlength'), out = make('p', 'l-count');
    out.setAttribute('aria-live', 'polite');
    f.removeAttribute('maxlength'); /* a paste is not cut off in silence: the counter says by how much it is too long */
    f.insertAdjacentElement('afterend', out);
    function show() {
      var left = max - Array.from(f.value).length;
      out.textContent = left < 0 ? say(words.full, -left) : left <= max / 2 ? say(words.left, left) : '';
      out.classList.toggle('is-full', left < 0);
      f.setCustomValidity(left < 0 ? say(words.full, -left) : '');
    }
    f.addEventListener('input', show); show();
  });

  /* one press, one submission */
  doc.addEventListener('submit', function (e) {
    var form = e.target, by = e.submitter;
    if (e.defaultPrevented || form.method === 'dialog' || form.method === 'get' || 'again' in form.dataset || form.hasAttribute('hx-post')) return;
    if (form.dataset.sent) { e.preventDefault(); return; }
    form.dataset.sent = '1';
    if (by && by.classList.contains('l-btn')) { by.setAttribute('aria-busy', 'true'); by.title = words.sending || ''; }
  });
  window.addEventListener('pageshow', function (e) {
    if (e.persisted) all('form[data-sent]').forEach(function (f) { delete f.dataset.sent; all('[aria-busy]', f).forEach(function (b) { b.removeAttribute('aria-busy'); }); });
  });

  /* read the page aloud, in the browser's own voice, sentence by sentence (long texts are cut off by some voices) */
  var synth = window.speechSynthesis;
  if (synth && window.SpeechSynthesisUtterance) all('button[data-read]').forEach(function (b) {
    var label = b.querySelector('span') || b, live = 0;
    function stop() { live += 1; synth.cancel(); b.setAttribute('aria-pressed', 'false'); label.textContent = words.read; }
    b.hidden = false; b.setAttribute('aria-pressed', 'false');
    b.addEventListener('click', function () {
      if (b.getAttribute('aria-pressed') === 'true') return stop();
      var main = doc.getElementById('main'), run = live += 1;
      var parts = (main.innerText.match(/[^。！？；!?\n]+[。！？；!?]*/g) || []).map(function (s) { return s.trim(); }).filter(Boolean);
      b.setAttribute('aria-pressed', 'true'); label.textContent = words.stop;
      (function next() {
        if (run !== live) return;
        if (!parts.length) return stop();
        var u = new SpeechSynthesisUtterance(parts.shift());
        u.lang = doc.documentElement.lang; u.rate = .9; u.onend = next; u.onerror = next;
        synth.speak(u);
      })();
    });
    window.addEventListener('pagehide', function () { synth.cancel(); });
  });

  /* a pane that scrolls but holds nothing to tab to must take the focus itself, or the keyboard cannot scroll it */
  all('.l-facts,.l-right-col,.l-plan-side,.l-inbox').forEach(function (pane) {
    if (pane.scrollHeight > pane.clientHeight && !pane.querySelector('a[href],button,input,select,textarea,summary')) pane.tabIndex = 0;
  });

  /* residents are told by the page what is missing: the browser's own bubble is small and goes away by itself */
  if (doc.documentElement.dataset.mode !== 'desk') all('form').forEach(function (f) { f.noValidate = true; });

  all('[data-print]').forEach(function (b) { b.hidden = false; b.addEventListener('click', function () { window.print(); }); });
  var first = doc.querySelector('[data-focus]'); if (first) first.focus();
  var again = +doc.body.dataset.refresh; if (again) setTimeout(function () { location.reload(); }, again * 1000);
})();

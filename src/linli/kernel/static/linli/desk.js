/* Linli: keyboard work at the desk; all of it works without, by links, forms and Tab.
   [data-rows]   a list; its [data-row] elements hold a link [data-open] and perhaps a tick box [data-pick]
                 j k move, Enter opens, x picks (with Shift: from the last picked to here)
   [data-bulk]   shown when something is picked; [data-bulk-count] inside gets the number, [data-unpick] clears;
                 the list sends "linli:pick" {ids} so that a preview can be fetched (hx-trigger="linli:pick from:closest form")
   [data-all]    tick box that picks all rows;   [data-key="c"] pressed by that key, or focused if it is a field
   [data-tick]   a time that goes on;   ? or [data-help] opens the list of keys (#l-help), where [data-keys-off] turns single keys off */
(function () {
  'use strict';
  var doc = document, last = null, off = false;
  try { off = localStorage.getItem('linli:keys') === 'off'; } catch (x) { off = false; }
  var all = function (css, root) { return Array.prototype.slice.call((root || doc).querySelectorAll(css)); };
  function list() { return doc.querySelector('[data-rows]'); }
  function rows() { var l = list(); return l ? all('[data-row]', l) : []; }
  function current() { return doc.querySelector('[data-row].is-cur'); }
  function box(row) { return row && row.querySelector('[data-pick]'); }
  function typing(e) { return /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName) && !/^(checkbox|radio|button|submit)$/.test(e.target.type) || e.target.isContentEditable; }
  function seen(el) { return el.getClientRects().length > 0 && !el.disabled; }

  function mark(row) {
    var old = current();
    if (old) { old.classList.remove('is-cur'); old.removeAttribute('aria-current'); }
    if (row) { row.classList.add('is-cur'); row.setAttribute('aria-current', 'true'); }
  }
  function go(row) {
    if (!row) return;
    mark(row);
    var link = row.querySelector('[data-open]');
    if (link) link.focus({preventScroll: true});
    row.scrollIntoView({block: 'nearest'});
  }
  function step(by) {
    var r = rows(), i = r.indexOf(current());
    if (!r.length) return false;
    go(r[i < 0 ? (by > 0 ? 0 : r.length - 1) : Math.max(0, Math.min(r.length - 1, i + by))]);
    return true;
  }

  /* picking */
  function picked() { return all('[data-pick]:checked', list() || doc); }
  function show(count) {
    all('[data-bulk]').forEach(function (b) { b.hidden = !count; });
    all('[data-bulk-count]').forEach(function (b) { b.textContent = count; });
  }
  function changed(first) {
    var p = picked(), boxes = all('[data-pick]', list() || doc);
    boxes.forEach(function (b) { var row = b.closest('[data-row]'); if (row) row.classList.toggle('is-picked', b.checked); });
    all('[data-all]').forEach(function (a) { a.checked = p.length > 0 && p.length === boxes.length; a.indeterminate = p.length > 0 && p.length < boxes.length; });
    show(p.length);
    if (list() && first !== true) list().dispatchEvent(new CustomEvent('linli:pick', {bubbles: true, detail: {ids: p.map(function (b) { return b.value; })}}));
  }
  function pick(row, range) {
    var b = box(row), r = rows();
    if (!b) return false;
    b.checked = range ? true : !b.checked;
    if (range && last && r.indexOf(last) >= 0) {
      var from = Math.min(r.indexOf(last), r.indexOf(row)), to = Math.max(r.indexOf(last), r.indexOf(row));
      r.slice(from, to + 1).forEach(function (x) { if (box(x)) box(x).checked = true; });
    }
    last = row; changed();
    return true;
  }
  function clear() { var p = picked(); p.forEach(function (b) { b.checked = false; }); if (p.length) changed(); return p.length > 0; }
  doc.addEventListener('change', function (e) {
    if (!e.target.matches) return;
    if (e.target.matches('[data-keys-off]')) { off = e.target.checked; try { localStorage.setItem('linli:keys', off ? 'off' : 'on'); } catch (x) { return; } }
    if (e.target.matches('[data-pick]')) { last = e.target.closest('[data-row]'); changed(); }
    if (e.target.matches('[data-all]')) { all('[data-pick]', list() || doc).forEach(function (b) { b.checked = e.target.checked; }); changed(); }
  });
  doc.addEventListener('click', function (e) {
    var t = e.target.closest ? e.target : null;
    if (!t) return;
    if (t.closest('[data-help]')) { e.preventDefault(); help(); return; }
    if (t.closest('[data-unpick]')) { e.preventDefault(); clear(); return; }
    if (e.shiftKey && t.matches('[data-pick]') && last) { e.preventDefault(); var row = t.closest('[data-row]'); setTimeout(function () { pick(row, true); }, 0); }
  });
  doc.addEventListener('focusin', function (e) { var row = e.target.closest && e.target.closest('[data-row]'); if (row && row !== current()) mark(row); });

  /* help: the keys of the page's buttons */
  function help() {
    var d = doc.getElementById('l-help');
    if (!d || !d.showModal) return false;
    var here = d.querySelector('[data-keys-here]'), done = {}, sw = d.querySelector('[data-keys-off]');
    if (sw) sw.checked = off;
    if (here) {
      here.textContent = '';
      all('[data-key]').filter(seen).forEach(function (el) {
        var key = el.dataset.key;
        if (done[key] || key === '/' || key === '?') return;
        done[key] = true;
        var line = doc.createElement('div'), dt = doc.createElement('dt'), dd = doc.createElement('dd'), cap = doc.createElement('kbd'), copy = el.cloneNode(true);
        all('kbd,svg', copy).forEach(function (x) { x.remove(); });
        cap.textContent = key.toUpperCase(); dd.textContent = (copy.textContent || el.getAttribute('aria-label') || '').trim();
        dt.appendChild(cap); line.appendChild(dt); line.appendChild(dd); here.appendChild(line);
      });
    }
    d.showModal();
    return true;
  }

  function act(key) {
    var fits = function (x) { return x.dataset.key.toLowerCase() === key && seen(x); };
    var el = all('[data-key]', current()).filter(fits)[0] || all('[data-key]').filter(fits)[0]; /* the row's first */
    if (!el) return false;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName)) { el.focus(); if (el.select) el.select(); } else el.click();
    return true;
  }
  doc.addEventListener('keydown', function (e) {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || e.defaultPrevented) return;
    var open = doc.querySelector('dialog[open]'), key = e.key, used = false;
    if (open) return;
    if (doc.activeElement === doc.body && /^( |Page|Home|End)/.test(key)) doc.getElementById('main').focus({preventScroll: true}); /* what scrolls */
    if (key === 'Escape') {
      if (typing(e)) e.target.blur(); else if (!clear()) all('details.l-chip[open],details.posts[open]').forEach(function (d) { d.open = false; });
      return;
    }
    if (typing(e) || off) return;
    if (key === '?') used = help();
    else if (key === 'j' || key === 'k') used = step(key === 'j' ? 1 : -1) || act(key);
    else if (key === 'x' || key === 'X') used = current() && pick(current(), e.shiftKey) || act('x');
    else if (key === 'Enter') {
      var link = current() && (doc.activeElement === doc.body || doc.activeElement.id === 'main') && current().querySelector('[data-open]');
      if (link) { link.click(); used = true; }
    } else if (key.length === 1) used = act(key.toLowerCase());
    if (used) e.preventDefault();
  });
  /* a click elsewhere closes a menu */
  doc.addEventListener('click', function (e) { all('details.l-chip[open]').forEach(function (d) { if (!d.contains(e.target)) d.open = false; }); });

  /* the clock at the head, until midnight changes the weekday */
  all('[data-tick][datetime]').forEach(function (t) {
    var at = /(\d\d):(\d\d)/.exec((t.getAttribute('datetime').split('T')[1] || '')), start = Date.now();
    if (!at) return;
    var minutes = +at[1] * 60 + +at[2], id = setInterval(function () {
      var now = minutes + Math.floor((Date.now() - start) / 6e4);
      if (now >= 1440) { clearInterval(id); return; }
      t.textContent = t.textContent.replace(/\d\d?:\d\d/, ('0' + Math.floor(now / 60)).slice(-2) + ':' + ('0' + now % 60).slice(-2));
    }, 2e4);
  });
  changed(true);
  doc.addEventListener('htmx:afterSwap', function () { changed(true); });
})();

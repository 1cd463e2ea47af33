/* Linli: a run that shows how far it is, and houses that can be dragged to another grid. Everything works without this file.
   data-run="address" data-going: asks for that part every second until the answer's X-Run is "over", then shows the whole page.
   data-plan="address of the plan" around the drawing: a house (data-key="b:…") dropped on a grid (data-key="g:…") is shown what that would do. */
(function () {
  'use strict';
  var doc = document, run = doc.querySelector('[data-run][data-going]'), svgns = 'http://www.w3.org/2000/svg';
  function again() {
    fetch(run.dataset.run, {credentials: 'same-origin'}).then(function (r) {
      if (!r.ok) throw r;
      if (r.headers.get('X-Run') !== 'going') { location.reload(); return null; }
      return r.text();
    }).then(function (text) {
      if (text === null) return;
      /* only what moved is put in place, so that a focused button keeps its focus */
      var fresh = new DOMParser().parseFromString(text, 'text/html'), old = run.querySelector('.l-prog'), prog = fresh.querySelector('.l-prog');
      if (old && prog && run.contains(doc.activeElement)) old.replaceWith(prog); else run.replaceChildren.apply(run, [].slice.call(fresh.body.childNodes));
      setTimeout(again, 1000);
    }).catch(function () { setTimeout(again, 5000); });
  }
  if (run) setTimeout(again, 1000);

  var root = doc.querySelector('[data-plan]'), svg = root && root.querySelector('svg'), box = doc.querySelector('[data-try]');
  if (!svg || !box) return;
  var taken = null, line = null, target = null, form = doc.getElementById('move');
  function key(e, kind) { return e && e.dataset && e.dataset.key && e.dataset.key.indexOf(kind) === 0 ? e.dataset.key.slice(2) : null; }
  function under(ev) { return doc.elementsFromPoint(ev.clientX, ev.clientY).filter(function (e) { return key(e, 'g:') !== null; })[0] || null; }
  function at(ev) { var p = new DOMPoint(ev.clientX, ev.clientY).matrixTransform(svg.getScreenCTM().inverse()); return [p.x, p.y]; }
  function aim(e) { if (e === target) return; if (target) target.classList.remove('is-target'); target = e; if (e) e.classList.add('is-target'); }
  function end() { if (taken) taken.e.classList.remove('is-taken'); if (line) line.remove(); aim(null); taken = line = null; }
  svg.addEventListener('pointerdown', function (ev) {
    if (key(ev.target, 'b:') === null || ev.button > 0) return;
    ev.preventDefault();
    taken = {e: ev.target, from: at(ev), home: under(ev)};
    taken.e.classList.add('is-taken'); svg.setPointerCapture(ev.pointerId);
    if (form) form.elements.building.value = key(taken.e, 'b:');
    line = doc.createElementNS(svgns, 'path'); line.setAttribute('class', 'p-drag'); svg.appendChild(line);
  });
  svg.addEventListener('pointermove', function (ev) {
    if (!taken) return;
    var to = at(ev), over = under(ev);
    line.setAttribute('d', 'M' + taken.from.join(' ') + 'L' + to.join(' '));
    aim(over === taken.home ? null : over);
  });
  svg.addEventListener('pointerup', function () {
    if (!taken) return;
    var house = key(taken.e, 'b:'), to = target && key(target, 'g:');
    end();
    if (to) ask(house, to);
  });
  svg.addEventListener('pointercancel', end);
  doc.addEventListener('keydown', function (ev) { if (ev.key === 'Escape') { end(); box.replaceChildren(); } });
  function ask(house, to) {
    if (form) { form.elements.building.value = house; form.elements.to.value = to; }
    var query = '?building=' + encodeURIComponent(house) + '&to=' + encodeURIComponent(to);
    fetch(root.dataset.plan + query + '&part=try', {credentials: 'same-origin'}).then(function (r) { if (!r.ok) throw r; return r.text(); }).then(function (text) {
      box.replaceChildren.apply(box, [].slice.call(new DOMParser().parseFromString(text, 'text/html').body.childNodes));
      var button = box.querySelector('button'); if (button) button.focus({preventScroll: true});
    }).catch(function () { location.href = root.dataset.plan + query; });
  }
  box.addEventListener('click', function (ev) { if (ev.target.closest('[data-try-close]')) { ev.preventDefault(); box.replaceChildren(); } });
  if (form) form.addEventListener('submit', function (ev) { ev.preventDefault(); ask(form.elements.building.value, form.elements.to.value); });
})();

/* The designer's text: line numbers that follow what is typed, a field as high as its text, mistakes that lead to their line.
   The page works without this file: the numbers are then those of what is saved. */
(function () {
  'use strict';
  var box = document.querySelector('[data-code]');
  if (!box) return;
  var field = box.querySelector('textarea'), list = box.querySelector('ol');
  function fit() {
    var wanted = Math.max(field.value.split('\n').length, 12), i;
    for (i = list.children.length; i < wanted; i += 1) {
      var li = document.createElement('li');
      li.id = 'L' + (i + 1); li.textContent = i + 1;
      list.appendChild(li);
    }
    while (list.children.length > wanted) list.removeChild(list.lastChild);
    field.rows = wanted;
  }
  function mark() {
    Array.prototype.forEach.call(list.children, function (li) { li.className = ''; });
    Array.prototype.forEach.call(document.querySelectorAll('.pr-wrong [data-line]'), function (a) {
      var li = document.getElementById('L' + a.dataset.line);
      if (li) li.className = a.closest('.is-wrong') ? 'is-wrong' : li.className || 'is-odd';
    });
  }
  function go(line) {
    var lines = field.value.split('\n'), start = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);
    var li = document.getElementById('L' + line);
    if (li) li.scrollIntoView({block: 'center'});
    field.focus({preventScroll: true});
    field.setSelectionRange(start, start + (lines[line - 1] || '').length);
  }
  field.addEventListener('input', fit);
  /* Tab writes two spaces, as YAML wants; Escape first lets it leave the field */
  var leave = false;
  field.addEventListener('keydown', function (e) {
    if (e.key === 'Escape') { leave = true; return; }
    if (e.key === 'Tab' && !leave && !e.shiftKey && !field.readOnly) {
      e.preventDefault();
      field.setRangeText('  ', field.selectionStart, field.selectionEnd, 'end');
      field.dispatchEvent(new Event('input', {bubbles: true}));
    }
    if (e.key !== 'Escape') leave = false;
  });
  document.addEventListener('click', function (e) {
    var a = e.target.closest && e.target.closest('[data-line]');
    if (!a || a.getAttribute('href').charAt(0) !== '#') return;
    e.preventDefault(); go(+a.dataset.line);
  });
  document.addEventListener('htmx:afterSwap', mark);
  fit(); mark();
  if (/^#L\d+$/.test(location.hash)) go(+location.hash.slice(2));
})();

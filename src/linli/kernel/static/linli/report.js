/* Linli: helps for the steps of a report. Each step works without this file.
   [data-locate]: the phone's own position goes into the form's lon and lat, and the form is sent with go=find; in a form[data-hints]
   what is there is asked for instead.
   [data-for]: fields that belong to one way of being reached.
   form[data-hints]: while typing, what the words point to is asked for and shown in [data-hints-here]; data-hints-with names the
   further fields that are sent along. A [data-part="x"] of what comes is shown in [data-part-here="x"]. */
(function () {
  'use strict';
  var doc = document;
  var button = doc.querySelector('[data-locate]');
  if (button && navigator.geolocation) {
    var note = doc.querySelector('[data-locate-said]');
    button.hidden = false;
    button.addEventListener('click', function () {
      var form = button.form;
      button.disabled = true; note.textContent = button.dataset.busy;
      navigator.geolocation.getCurrentPosition(function (at) {
        form.elements.lon.value = at.coords.longitude.toFixed(5);
        form.elements.lat.value = at.coords.latitude.toFixed(5);
        if (form.dataset.hints) { button.disabled = false; note.textContent = ''; return form.dispatchEvent(new Event('linli:placed')); }
        var go = doc.createElement('input');
        go.type = 'hidden'; go.name = 'go'; go.value = 'find';
        form.appendChild(go); form.submit();
      }, function () { button.disabled = false; note.textContent = button.dataset.fail; }, {enableHighAccuracy: true, timeout: 12000, maximumAge: 60000});
    });
  }
  /* [data-for="a b"]: shown while the radio button of the same form with one of these values is chosen */
  Array.prototype.forEach.call(doc.querySelectorAll('[data-for]'), function (part) {
    var radios = Array.prototype.slice.call(part.closest('form').querySelectorAll('input[type=radio][name=contact]'));
    function show() { part.hidden = !radios.some(function (r) { return r.checked && part.dataset.for.split(' ').indexOf(r.value) >= 0; }); }
    radios.forEach(function (r) { r.addEventListener('change', show); }); show();
  });
  var form = doc.querySelector('form[data-hints]');
  if (!form || !window.fetch || !window.FormData) return;
  var field = form.elements.text, here = doc.querySelector('[data-hints-here]'), calm = doc.querySelector('[data-calm]'), timer;
  var more = (form.dataset.hintsWith || '').split(' ').filter(Boolean);
  function said() {
    var all = new FormData(form), body = new FormData();
    body.append('text', field.value.trim());
    more.forEach(function (name) { if (all.has(name)) body.append(name, all.get(name)); });
    return body;
  }
  function same(body) { return JSON.stringify(Array.from(body.entries())); }
  var last = same(said());
  var parts = Array.prototype.slice.call(form.querySelectorAll('[data-part-here]'));
  function among(e) { return here.contains(e) || parts.some(function (p) { return p.contains(e); }); }
  function ask(placed) {
    var body = said(), now = same(body);
    if (now === last || (!placed && field.value.trim().length < 6)) return;
    last = now;
    body.append('csrfmiddlewaretoken', form.elements.csrfmiddlewaretoken.value);
    fetch(form.dataset.hints, {method: 'POST', body: body, credentials: 'same-origin'}).then(function (r) { return r.status === 200 ? r.text() : ''; }).then(function (html) {
      /* what the person ticked meanwhile stays as it is, where the answer was not asked with it; their next words ask again */
      if (!html || same(said()) !== now || (!more.length && here.querySelector(':checked'))) return;
      var told = new DOMParser().parseFromString(html, 'text/html').body;
      here.textContent = '';
      parts.forEach(function (part) { part.textContent = ''; var came = told.querySelector('[data-part="' + part.dataset.partHere + '"]'); if (came) part.appendChild(came); });
      while (told.firstChild) here.appendChild(told.firstChild);
      if (calm) calm.hidden = !!here.querySelector('.l-notice--over');
    }).catch(function () { last = ''; });
  }
  form.addEventListener('input', function (e) {
    /* a choice among what was found is no new question */
    if ((e.target !== field && more.indexOf(e.target.name) < 0) || among(e.target)) return;
    clearTimeout(timer); timer = setTimeout(ask, 900);
  });
  form.addEventListener('linli:placed', function () { ask(true); });
})();

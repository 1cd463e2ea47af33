/* Linli: photos before they are sent. <input type="file" data-photos> inside .l-shots (data-max photos, data-bytes each, data-side pixels).
   Large JPEGs are made smaller on the phone (long side 1920) and keep their EXIF block, because the server reads the place from it;
   previews are drawn on canvas. A photo that cannot be read here is sent as it is. Without this file the input works by itself. */
(function () {
  'use strict';
  var words = (document.getElementById('l-words') || {dataset: {}}).dataset;
  if (!window.DataTransfer || !window.createImageBitmap) return;
  try { new DataTransfer(); } catch (e) { return; }

  /* the APP1 (EXIF) segment of a JPEG, with the orientation set to upright since the pixels are turned already; null if there is none */
  function exif(buffer) {
    var d = new DataView(buffer), at = 2;
    if (d.byteLength < 12 || d.getUint16(0) !== 0xFFD8) return null;
    while (at + 10 < d.byteLength && d.getUint8(at) === 0xFF) {
      var kind = d.getUint8(at + 1), size = d.getUint16(at + 2);
      if (kind === 0xDA || size < 2 || at + 2 + size > d.byteLength) return null;
      if (kind === 0xE1 && d.getUint32(at + 4) === 0x45786966) {
        var seg = buffer.slice(at, at + 2 + size), s = new DataView(seg);
        if (seg.byteLength < 22) return null;
        var little = s.getUint16(10) === 0x4949, ifd = 10 + s.getUint32(14, little);
        if (ifd + 2 > seg.byteLength) return null;
        for (var n = s.getUint16(ifd, little), i = 0; i < n && ifd + 14 + 12 * i <= seg.byteLength; i += 1) {
          if (s.getUint16(ifd + 2 + 12 * i, little) === 0x0112) s.setUint16(ifd + 10 + 12 * i, 1, little);
        }
        return seg;
      }
      at += 2 + size;
    }
    return null;
  }
  function toBlob(canvas) { return new Promise(function (done) { canvas.toBlob(done, 'image/jpeg', .82); }); }
  function scaled(bitmap, side) {
    var k = Math.min(1, side / Math.max(bitmap.width, bitmap.height)), c = document.createElement('canvas');
    c.width = Math.max(1, Math.round(bitmap.width * k)); c.height = Math.max(1, Math.round(bitmap.height * k));
    c.getContext('2d').drawImage(bitmap, 0, 0, c.width, c.height);
    return c;
  }
  /* {file to send, canvas to show or null}; what cannot be decoded is passed on untouched */
  function prepare(file, side) {
    if (!/^image\//.test(file.type)) return Promise.resolve({file: file, view: null});
    return createImageBitmap(file, {imageOrientation: 'from-image'}).then(function (bitmap) {
      var view = scaled(bitmap, 320);
      if (file.type !== 'image/jpeg' || (file.size < 6e5 && Math.max(bitmap.width, bitmap.height) <= side)) return {file: file, view: view};
      return Promise.all([file.arrayBuffer(), toBlob(scaled(bitmap, side))]).then(function (r) {
        var seg = exif(r[0]), small = r[1];
        if (!small || small.size >= file.size) return {file: file, view: view};
        var parts = seg ? [small.slice(0, 2), seg, small.slice(2)] : [small];
        return {file: new File(parts, file.name, {type: 'image/jpeg', lastModified: file.lastModified}), view: view};
      });
    }).catch(function () { return {file: file, view: null}; });
  }

  Array.prototype.forEach.call(document.querySelectorAll('.l-shots'), function (box) {
    var inputs = Array.prototype.slice.call(box.querySelectorAll('input[type=file][data-photos]'));
    if (!inputs.length) return;
    var adds = inputs.map(function (i) { return i.closest('.add') || i; }), kept = [];
    var max = +box.dataset.max || 9, most = +box.dataset.bytes || 15e6, side = +box.dataset.side || 1920, form = inputs[0].form;
    var status = document.createElement('p');
    status.className = 'l-err'; status.setAttribute('role', 'status'); box.insertAdjacentElement('afterend', status);
    function sync() {
      inputs.forEach(function (input) {
        var t = new DataTransfer();
        kept.forEach(function (k) { if (k.input === input) t.items.add(k.file); });
        input.files = t.files;
      });
      adds.forEach(function (a) { a.hidden = kept.length >= max; });
      box.dispatchEvent(new CustomEvent('linli:photos', {bubbles: true, detail: {count: kept.length}}));
    }
    function show(item) {
      var cell = document.createElement('div'), rm = document.createElement('button'), x = document.createElement('span');
      if (item.view) { item.view.setAttribute('role', 'img'); item.view.setAttribute('aria-label', item.file.name); cell.appendChild(item.view); } else cell.textContent = item.file.name;
      rm.type = 'button'; rm.className = 'rm'; rm.setAttribute('aria-label', words.wRemove || ''); x.textContent = '×'; rm.appendChild(x);
      rm.addEventListener('click', function () { kept.splice(kept.indexOf(item), 1); cell.remove(); sync(); inputs[0].focus(); });
      cell.appendChild(rm); box.insertBefore(cell, adds[0]);
    }
    inputs.forEach(function (input) {
      input.addEventListener('change', function () {
        status.textContent = '';
        if (form) form.dataset.sent = '1'; /* no submission while photos are being made smaller */
        Array.prototype.slice.call(input.files).reduce(function (chain, file) {
          return chain.then(function () { return kept.length < max ? prepare(file, side) : null; }).then(function (item) {
            if (!item) return;
            if (item.file.size > most) { status.textContent = words.wToobig || ''; return; }
            item.input = input; kept.push(item); show(item);
          });
        }, Promise.resolve()).then(function () { if (form) delete form.dataset.sent; sync(); });
      });
    });
  });
})();

/* A signature drawn on a page: fieldset[data-sign] with [data-pad] (hidden without scripts), a canvas, [data-clear] and a hidden input.
   What was drawn is sent as a PNG; a signature typed below serves as well, and for whoever uses the keyboard. */
(function () {
  'use strict';
  document.querySelectorAll('[data-sign]').forEach(function (box) {
    var pad = box.querySelector('[data-pad]'), canvas = pad.querySelector('canvas'), out = pad.querySelector('input');
    var pen = canvas.getContext('2d'), down = null;
    pad.hidden = false;
    function blank() {
      pen.fillStyle = '#fff'; pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.strokeStyle = pen.fillStyle = '#1a1a1a'; pen.lineWidth = 4; pen.lineCap = pen.lineJoin = 'round';
    }
    function at(e) {
      var r = canvas.getBoundingClientRect();
      return [(e.clientX - r.left) * canvas.width / r.width, (e.clientY - r.top) * canvas.height / r.height];
    }
    blank();
    if (out.value) { var kept = new Image(); kept.onload = function () { pen.drawImage(kept, 0, 0); }; kept.src = out.value; }
    canvas.addEventListener('pointerdown', function (e) {
      if (e.button) return;
      canvas.setPointerCapture(e.pointerId); down = at(e);
      pen.beginPath(); pen.arc(down[0], down[1], 2, 0, 7); pen.fill();
      e.preventDefault();
    });
    canvas.addEventListener('pointermove', function (e) {
      if (!down) return;
      var next = at(e);
      pen.beginPath(); pen.moveTo(down[0], down[1]); pen.lineTo(next[0], next[1]); pen.stroke(); down = next;
    });
    ['pointerup', 'pointercancel'].forEach(function (name) {
      canvas.addEventListener(name, function () { if (down) { down = null; out.value = canvas.toDataURL('image/png'); } });
    });
    pad.querySelector('[data-clear]').addEventListener('click', function () { blank(); out.value = ''; });
  });
})();

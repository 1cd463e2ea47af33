/* Linli: drawing a grid's boundary on the map into the field of its form. Without this file the field takes GeoJSON.
   On the map's element: data-draw="id of the textarea" data-own="id of the grid". Corners snap to those of the neighbours. */
(function () {
  'use strict';
  var el = document.querySelector('[data-draw]');
  if (!el) return;
  var field = document.getElementById(el.dataset.draw), bar = document.querySelector('[data-draw-bar]'), said = document.querySelector('[data-draw-said]');
  if (!field || !bar) return;
  var words = JSON.parse(el.dataset.words || '{}'), MOST = 400, NEAR = 12, map, features, ring = [], closed = false, fixed = null, markers = [];

  function say(text) { said.textContent = text || ''; }
  function round(x) { return +x.toFixed(7); }
  function geometry() {
    if (fixed) return fixed;
    if (ring.length < 2) return null;
    return closed ? {type: 'Polygon', coordinates: [ring.concat([ring[0]])]} : {type: 'LineString', coordinates: ring};
  }
  function show() {
    var g = geometry();
    map.getSource('draft').setData({type: 'FeatureCollection', features: g ? [{type: 'Feature', properties: {}, geometry: g}] : []});
    say(fixed ? words.fixed : closed ? words.closed : ring.length ? words.drawing : words.begin);
  }
  function write() {
    field.value = closed ? JSON.stringify(geometry()) : '';
    field.dispatchEvent(new Event('input', {bubbles: true}));
  }
  function corner(cls, at, label, moved, done) {
    var e = document.createElement('button');
    e.type = 'button'; e.className = cls;
    var m = new maplibregl.Marker({element: e, draggable: true}).setLngLat(at).addTo(map);
    e.setAttribute('aria-label', label); e.removeAttribute('role');
    m.on('drag', function () { var p = snap(m.getLngLat()); moved(p); show(); });
    m.on('dragend', function () { done(); });
    markers.push(m);
    return e;
  }
  function handles() {
    markers.forEach(function (m) { m.remove(); }); markers = [];
    if (fixed || ring.length > MOST) return;
    ring.forEach(function (at, i) {
      var e = corner('m-corner' + (i === 0 && !closed ? ' m-corner--first' : ''), at, (words.corner || '').replace('{n}', i + 1), function (p) { ring[i] = p; }, function () { write(); handles(); });
      e.addEventListener('click', function (ev) { ev.stopPropagation(); if (i === 0 && !closed && ring.length > 2) close(); });
      e.addEventListener('dblclick', function (ev) { ev.stopPropagation(); ev.preventDefault(); remove(i); });
      e.addEventListener('keydown', function (ev) {
        var step = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[ev.key];
        if (ev.key === 'Delete' || ev.key === 'Backspace') { ev.preventDefault(); remove(i); }
        else if (ev.key === 'Enter' && i === 0 && !closed && ring.length > 2) { ev.preventDefault(); close(); }
        else if (step) { ev.preventDefault(); ev.stopPropagation(); var p = map.project(ring[i]), by = ev.shiftKey ? 12 : 2, to = map.unproject([p.x + step[0] * by, p.y + step[1] * by]); ring[i] = [round(to.lng), round(to.lat)]; markers[closed ? 2 * i : i].setLngLat(ring[i]); show(); write(); }
      });
      if (closed) {
        var next = ring[(i + 1) % ring.length], fresh = false;
        corner('m-middle', [(at[0] + next[0]) / 2, (at[1] + next[1]) / 2], words.middle || '', function (p) { if (!fresh) { ring.splice(i + 1, 0, p); fresh = true; } ring[i + 1] = p; }, function () { write(); handles(); });
      }
    });
  }
  function snap(at) {
    var p = map.project(at), best = null, least = NEAR * NEAR;
    features('grids').concat(features('communities')).forEach(function (f) {
      if (String(f.id) === el.dataset.own && f.properties.tint && f.properties.community) return;
      var polygons = f.geometry.type === 'MultiPolygon' ? f.geometry.coordinates : [f.geometry.coordinates];
      polygons.forEach(function (rings) { rings.forEach(function (r) { r.forEach(function (c) {
        var q = map.project(c), away = (q.x - p.x) * (q.x - p.x) + (q.y - p.y) * (q.y - p.y);
        if (away < least) { least = away; best = c; }
      }); }); });
    });
    return best ? [best[0], best[1]] : [round(at.lng), round(at.lat)];
  }
  function close() { closed = true; write(); handles(); show(); }
  function remove(i) { if (closed && ring.length < 4) return; ring.splice(i, 1); if (!ring.length) closed = false; write(); handles(); show(); }
  function read() {
    fixed = null; ring = []; closed = false;
    if (field.value.trim()) {
      try {
        var g = JSON.parse(field.value);
        if (g.type === 'Feature') g = g.geometry;
        if (g.type === 'Polygon' && g.coordinates.length === 1) { ring = g.coordinates[0].slice(0, -1).map(function (c) { return [c[0], c[1]]; }); closed = true; }
        else if (g.type === 'Polygon' || g.type === 'MultiPolygon') fixed = g;
        else throw g;
        if (ring.length > MOST) { fixed = g; ring = []; }
      } catch (e) { say(words.unreadable); return; }
    }
    handles(); show();
  }
  function fit() {
    var g = geometry();
    if (!g) return;
    var all = JSON.stringify(g.coordinates).match(/-?\d+\.?\d*(?:e-?\d+)?/g).map(Number), lons = all.filter(function (_x, i) { return i % 2 === 0; }), lats = all.filter(function (_x, i) { return i % 2; });
    map.fitBounds([[Math.min.apply(0, lons), Math.min.apply(0, lats)], [Math.max.apply(0, lons), Math.max.apply(0, lats)]], {padding: 60, animate: false});
  }
  el.addEventListener('linli:map', function (e) {
    map = e.detail.map; features = e.detail.features;
    bar.hidden = false;
    map.doubleClickZoom.disable();
    map.on('click', function (ev) { if (closed || fixed) return; ring.push(snap(ev.lngLat)); handles(); show(); });
    field.addEventListener('change', read);
    bar.addEventListener('click', function (ev) {
      var act = ev.target.closest && ev.target.closest('[data-draw-act]');
      if (!act) return;
      act = act.dataset.drawAct;
      if (act === 'clear') { ring = []; closed = false; fixed = null; }
      if (act === 'undo') { if (closed) closed = false; else ring.pop(); }
      if (act === 'close' && ring.length > 2) closed = true;
      if (act === 'fit') { fit(); return; }
      write(); handles(); show();
    });
    read(); fit();
  });
})();

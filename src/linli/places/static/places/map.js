/* Linli: turns the server's drawing of a map into one that can be moved. Everything works without this file.
   <div class="m-map" data-map data-lib data-css data-worker data-src data-bounds="w,s,e,n" data-layers="matters" data-words="{…}" data-close="990101001001"> …svg… </div>
   data-counts: {"community's code": [open, overdue]}, shown below names instead of points from afar; data-all: points that are done too.
   data-close: the code of the community that the window is about: its grids show from the beginning, and only they are named.
   The library is fetched when the map comes into view. No glyphs and no outside host: names are elements of the page.
   Sends linli:map with {map, features} on the element once it stands. */
(function () {
  'use strict';
  var doc = document, svg = 'http://www.w3.org/2000/svg';
  var SYMBOL = {
    open: [['circle', {'class': 'c-dot c-pt', r: 9}]],
    done: [['circle', {'class': 'c-pt c-hollow', r: 9}], ['path', {'class': 'c-ring', d: 'M-4 0l3 3.4 5-6'}]],
    over: [['path', {'class': 'c-over c-pt', d: 'M0-11L12 9H-12Z'}]]
  };
  function ink(name) { return getComputedStyle(doc.querySelector('[data-map]')).getPropertyValue(name).trim(); }
  function make(tag, cls, text) { var e = doc.createElement(tag); if (cls) e.className = cls; if (text) e.textContent = text; return e; }
  function symbol(state) {
    var root = doc.createElementNS(svg, 'svg');
    root.setAttribute('viewBox', '-13 -13 26 26'); root.setAttribute('aria-hidden', 'true');
    (SYMBOL[state] || SYMBOL.open).forEach(function (part) {
      var e = doc.createElementNS(svg, part[0]);
      Object.keys(part[1]).forEach(function (k) { e.setAttribute(k, part[1][k]); });
      root.appendChild(e);
    });
    return root;
  }
  function style(d) {
    var tint = ['match', ['get', 'tint'], 1, ink('--lin-map-1'), 2, ink('--lin-map-2'), 3, ink('--lin-map-3'), 4, ink('--lin-map-4'), 5, ink('--lin-map-5'), ink('--lin-map-6')];
    /* what the map is about stands out from what lies around it */
    function mine(here, there) { return d.close ? ['case', ['==', ['get', 'community'], d.close], here, there] : here; }
    var empty = {type: 'FeatureCollection', features: []}, sources = {}, text = ink('--lin-text'), based = !!d.tiles;
    ['areas', 'communities', 'grids', 'ways', 'buildings', 'draft'].forEach(function (s) { sources[s] = {type: 'geojson', data: empty}; });
    /* metres on the ground as pixels, doubling with every level */
    function metres(least) { return ['interpolate', ['exponential', 2], ['zoom'], 10, least, 14, ['max', least, ['*', 0.12, ['coalesce', ['get', 'width'], 8]]], 20, ['max', least, ['*', 7.7, ['coalesce', ['get', 'width'], 8]]]]; }
    function is(kinds) { return ['in', ['get', 'kind'], ['literal', kinds]]; }
    var layers = [{id: 'land', type: 'background', paint: {'background-color': ink('--lin-bg-2')}}];
    if (based) { sources.base = {type: 'raster', tiles: [new URL(d.tiles.replace(/[{}]/g, function (c) { return c === '{' ? '%7B' : '%7D'; }), location.href).href.replace(/%7B/g, '{').replace(/%7D/g, '}')], tileSize: 256, attribution: d.attribution || ''}; layers.push({id: 'base', type: 'raster', source: 'base'}); }
    layers = layers.concat([
      {id: 'community-fill', type: 'fill', source: 'communities', maxzoom: 13, paint: {'fill-color': tint, 'fill-opacity': based ? 0.4 : 1}},
      {id: 'grid-fill', type: 'fill', source: 'grids', minzoom: 13, paint: {'fill-color': tint, 'fill-opacity': mine(based ? 0.4 : 1, based ? 0.15 : 0.3)}},
      {id: 'area', type: 'fill', source: 'areas', paint: {'fill-color': ['match', ['get', 'kind'], 'water', ink('--lin-map-water'), ink('--lin-map-3')]}},
      {id: 'lane', type: 'line', source: 'ways', minzoom: 14, filter: is(['lane', 'street']), layout: {'line-cap': 'round', 'line-join': 'round'}, paint: {'line-color': ink('--lin-map-road'), 'line-width': metres(0.6)}},
      {id: 'rail', type: 'line', source: 'ways', filter: is(['rail']), paint: {'line-color': ink('--lin-line-strong'), 'line-dasharray': [5, 3]}},
      {id: 'river', type: 'line', source: 'ways', filter: is(['river']), layout: {'line-cap': 'round', 'line-join': 'round'}, paint: {'line-color': ink('--lin-map-water'), 'line-width': metres(1.5)}},
      {id: 'road', type: 'line', source: 'ways', filter: is(['arterial']), layout: {'line-cap': 'round', 'line-join': 'round'}, paint: {'line-color': ink('--lin-map-road'), 'line-width': metres(1.5)}},
      {id: 'building', type: 'fill', source: 'buildings', minzoom: 14.5, paint: {'fill-color': ink('--lin-map-building')}},
      {id: 'grid-line', type: 'line', source: 'grids', minzoom: 13, paint: {'line-color': mine(text, ink('--lin-line-strong')), 'line-width': mine(1.8, 0.8)}},
      {id: 'community-line', type: 'line', source: 'communities', paint: {'line-color': text, 'line-width': ['interpolate', ['linear'], ['zoom'], 10, 1, 14, 3]}},
      {id: 'draft-fill', type: 'fill', source: 'draft', filter: ['==', ['geometry-type'], 'Polygon'], paint: {'fill-color': ink('--lin-accent'), 'fill-opacity': 0.25}},
      {id: 'draft-line', type: 'line', source: 'draft', paint: {'line-color': ink('--lin-accent'), 'line-width': 3}}
    ]);
    return {version: 8, sources: sources, layers: layers};
  }

  function live(el) {
    var d = el.dataset, box = d.bounds.split(',').map(Number), words = JSON.parse(d.words || '{}'), counts = d.counts ? JSON.parse(d.counts) : null, holder = make('div', 'm-live'), map;
    maplibregl.setWorkerUrl(d.worker);
    el.appendChild(holder);
    try {
      map = new maplibregl.Map({container: holder, style: style(d), bounds: [[box[0], box[1]], [box[2], box[3]]], fitBoundsOptions: {padding: 20}, maxZoom: 19, dragRotate: false, pitchWithRotate: false, touchPitch: false, renderWorldCopies: false, cooperativeGestures: !('draw' in d), locale: words, attributionControl: d.tiles ? {compact: false} : false});
    } catch (e) { holder.remove(); return; } /* no WebGL: the drawing stays */
    el.classList.add('is-live');
    map.resize(); map.fitBounds([[box[0], box[1]], [box[2], box[3]]], {padding: 20, animate: false});
    map.touchZoomRotate.disableRotation(); map.keyboard.disableRotation();
    map.addControl(new maplibregl.NavigationControl({showCompass: false}), 'top-right');
    map.addControl(new maplibregl.ScaleControl({maxWidth: 120}), 'bottom-right');
    var canvas = map.getCanvas(); canvas.setAttribute('aria-label', d.label || '');
    var kept = {}, loaded = {}, shown = [], note = make('p', 'm-note'), points = (d.layers || '').split(' ').filter(Boolean), popup;
    note.hidden = true; note.setAttribute('role', 'status'); el.appendChild(note);
    /* grids and houses appear where they can be told apart: at once in one community, closer in on a map of many */
    var begun = map.getZoom(), near = 'close' in d ? Math.min(13, begun - 1) : Math.max(13, begun + 0.8), least = {grids: near, buildings: Math.max(near, 'close' in d ? 13.5 : 14.5), compounds: Math.max(near, 14.5)};

    function window_(pad) {
      var b = map.getBounds(), w = (b.getEast() - b.getWest()) * pad, h = (b.getNorth() - b.getSouth()) * pad;
      return [Math.max(-180, b.getWest() - w), Math.max(-90, b.getSouth() - h), Math.min(180, b.getEast() + w), Math.min(90, b.getNorth() + h)];
    }
    function holds(a, b) { return a && a[0] <= b[0] && a[1] <= b[1] && a[2] >= b[2] && a[3] >= b[3]; }
    function fetch_(name) {
      if (map.getZoom() < (least[name] || 0) || holds(loaded[name], window_(0))) return;
      var asked = window_(0.5).map(function (x) { return +x.toFixed(4); });
      loaded[name] = asked;
      fetch(d.src + name + '.geojson?bbox=' + asked.join(',')).then(function (r) { if (!r.ok) throw r; return r.json(); }).then(function (data) {
        if (loaded[name] !== asked) return;
        kept[name] = data.features;
        if (data.truncated) loaded[name] = null;
        note.hidden = !data.truncated; note.textContent = data.truncated ? words.more : '';
        if (map.getSource(name)) map.getSource(name).setData(data);
        label();
        el.dispatchEvent(new CustomEvent('linli:layer', {detail: {name: name}}));
      }).catch(function () { loaded[name] = null; note.textContent = words.failed; note.hidden = false; });
    }
    function put(e, at, anchor) { var m = new maplibregl.Marker({element: e, anchor: anchor || 'center', opacityWhenCovered: '1'}).setLngLat(at).addTo(map); e.removeAttribute('role'); if (!e.getAttribute('aria-label') || e.classList.contains('m-label')) e.removeAttribute('aria-label'); e.removeAttribute('tabindex'); shown.push(m); }
    /* names: the important first, none over another */
    function label() {
      shown.forEach(function (m) { m.remove(); }); shown = [];
      var z = map.getZoom(), taken = [], size = map.getContainer().getBoundingClientRect(), fs = parseFloat(getComputedStyle(el).fontSize) || 16;
      var roomy = size.width >= 560;
      function free(at, text, lines) {
        var p = map.project(at), w = text.length * fs / 2 + 12, h = fs * 0.85 * (lines || 1);
        if (p.x < 0 || p.y < 0 || p.x > size.width || p.y > size.height) return false;
        if (taken.some(function (t) { return Math.abs(t[0] - p.x) < t[2] + w && Math.abs(t[1] - p.y) < t[3] + h; })) return false;
        taken.push([p.x, p.y, w, h]); return true;
      }
      if (!counts || z >= near) draw_points(free);
      (kept[z < near ? 'communities' : 'grids'] || []).forEach(function (f) {
        var n = roomy && z < near && counts && counts[f.properties.code];
        if (!f.properties.at || taken.length > 160 || (d.close && f.properties.community !== d.close) || !free(f.properties.at, f.properties.name, n ? 2 : 1)) return;
        var e = make('div', 'm-label');
        if (z < near && d.here) { var a = make('a', '', f.properties.name); a.href = d.here + encodeURIComponent(f.properties.code); e.appendChild(a); count(e, n); } else e.appendChild(make('b', '', f.properties.name));
        put(e, f.properties.at);
      });
      if (z >= least.compounds) (kept.compounds || []).forEach(function (f) { var at = f.geometry.coordinates; if (taken.length < 200 && free(at, f.properties.name)) put(make('div', 'm-label m-label--small', f.properties.name), at); });
    }
    function count(e, n) {
      if (!n) return;
      var small = make('small', '', (words.open || '').replace('{n}', n[0]));
      if (n[1]) small.appendChild(make('span', 't-over', ' ' + (words.late || '').replace('{n}', n[1])));
      e.appendChild(small);
    }
    /* points that lie together are one sign with their number; it stands at the first of them, so that no two signs touch */
    function draw_points(free) {
      var apart = (parseFloat(getComputedStyle(el).getPropertyValue('--lin-alone')) || 44) + 8, groups = [];
      points.forEach(function (name) {
        (kept[name] || []).forEach(function (f) {
          if (f.properties.state === 'done' && !('all' in d)) return;
          var p = map.project(f.geometry.coordinates), group = groups.filter(function (g) { return Math.abs(g.p.x - p.x) < apart && Math.abs(g.p.y - p.y) < apart; })[0];
          if (group) group.all.push(f); else groups.push({p: p, all: [f]});
        });
      });
      groups.forEach(function (found) {
        var group = found.all, first = group[0], worst = group.some(function (f) { return f.properties.state === 'over'; }), at = first.geometry.coordinates, e;
        if (group.length === 1) {
          e = make('button', 'm-pt m-pt--' + first.properties.state); e.type = 'button'; e.appendChild(symbol(first.properties.state));
          e.addEventListener('click', function (ev) { ev.stopPropagation(); tell(first); });
          e.setAttribute('aria-label', first.properties.state_text + ' ' + first.properties.title);
        } else {
          e = make('button', 'm-pt m-pt--many', String(group.length)); e.type = 'button';
          if (worst) e.appendChild(symbol('over'));
          e.setAttribute('aria-label', ((worst ? words.manyLate : words.many) || '').replace('{n}', group.length));
          e.addEventListener('click', function (ev) { ev.stopPropagation(); map.easeTo({center: at, zoom: Math.min(map.getZoom() + 2, 19)}); });
        }
        var said = e.getAttribute('aria-label'); free(at, '  '); put(e, at); e.setAttribute('aria-label', said);
      });
    }
    function tell(f) {
      var p = f.properties, body = make('div');
      if (p.href) { var a = make('a', 'alone', p.title); a.href = p.href; var b = make('b'); b.appendChild(a); body.appendChild(b); } else body.appendChild(make('b', '', p.title));
      body.appendChild(make('span', p.state === 'over' ? 't-over' : 't2', [p.state_text, p.detail].filter(Boolean).join(' · ')));
      if (popup) popup.remove();
      popup = new maplibregl.Popup({maxWidth: '300px', offset: 14}).setLngLat(f.geometry.coordinates).setDOMContent(body).addTo(map);
    }
    function refresh() { ['areas', 'ways', 'communities', 'grids', 'buildings', 'compounds'].concat(counts && map.getZoom() < near ? [] : points).forEach(fetch_); label(); }
    map.on('load', function () {
      map.setLayerZoomRange('community-fill', 0, near); map.setLayerZoomRange('grid-fill', near, 24); map.setLayerZoomRange('grid-line', near, 24); map.setLayerZoomRange('building', least.buildings, 24);
      refresh(); el.dispatchEvent(new CustomEvent('linli:map', {detail: {map: map, features: function (name) { return kept[name] || []; }}})); });
    map.on('moveend', refresh);
    el.linli = {map: map, features: function (name) { return kept[name] || []; }};
  }

  function load(el) {
    if (el.dataset.begun) return;
    el.dataset.begun = '1';
    var sheet = make('link'), script = make('script');
    sheet.rel = 'stylesheet'; sheet.href = el.dataset.css;
    script.src = el.dataset.lib; script.onload = function () { live(el); };
    doc.head.insertBefore(sheet, doc.head.querySelector('link[rel=stylesheet]')); doc.head.appendChild(script);
  }
  [].forEach.call(doc.querySelectorAll('[data-map]'), function (el) {
    if (!el.dataset.bounds || (navigator.connection && navigator.connection.saveData)) return;
    if (!('IntersectionObserver' in window)) { load(el); return; }
    new IntersectionObserver(function (seen, watch) { if (seen.some(function (s) { return s.isIntersecting; })) { watch.disconnect(); load(el); } }).observe(el);
  });
})();

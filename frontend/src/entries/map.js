// The map of the sites: outlines and points from this server, no tiles from elsewhere. The list beside it holds the same.
import { CRS, circleMarker, geoJSON, latLngBounds, map as makeMap, control } from "leaflet/dist/leaflet-src.esm.js";

const holder = document.querySelector("#map");
const told = holder.dataset;

const view = makeMap(holder, { crs: CRS.EPSG3857, zoomControl: false, attributionControl: false, maxZoom: 17, minZoom: 7, zoomSnap: 0.25 });
control.zoom({ zoomInTitle: told.nearer, zoomOutTitle: told.farther }).addTo(view);
view.setView([40.5, 111.7], 8); // layers are drawn only on a map that has a view
control.scale({ imperial: false }).addTo(view);

const load = async (address) => {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
};

// Text of people goes in as text, never as markup.
const card = (site) => {
  const box = document.createElement("div");
  const link = document.createElement("a");
  link.href = site.href;
  link.textContent = site.name;
  const place = document.createElement("p");
  place.className = "small faint";
  place.textContent = `${site.org} · ${site.place}`;
  box.append(link, place);
  return box;
};

const draw = async () => {
  const bounds = latLngBounds([]);
  if (told.boundary) {
    const counties = geoJSON(await load(told.boundary), {
      interactive: false,
      style: { className: "map-county", fillOpacity: 1, color: undefined, fillColor: undefined },
      onEachFeature: (feature, layer) =>
        layer.bindTooltip(feature.properties.name, { permanent: true, direction: "center", className: "county-name" }),
    }).addTo(view);
    bounds.extend(counties.getBounds());
  }
  const { sites } = await load(told.sites);
  const chosen = decodeURIComponent(location.hash.slice(1));
  for (const site of sites) {
    const mine = chosen && site.href.endsWith(`/${chosen}/`);
    const marker = circleMarker(site.at, { radius: mine ? 9 : 6, className: `map-site${mine ? " chosen" : ""}`, fillOpacity: 1 })
      .bindPopup(() => card(site))
      .addTo(view);
    const shape = marker.getElement();
    shape.setAttribute("tabindex", "0");
    shape.setAttribute("role", "button");
    shape.setAttribute("aria-label", `${site.name}, ${site.place}`);
    shape.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        marker.openPopup();
      }
    });
    if (mine) setTimeout(() => marker.openPopup());
    bounds.extend(site.at);
  }
  view.fitBounds(bounds.isValid() ? bounds : latLngBounds([40.2, 111.2], [41.2, 112.2]), { padding: [12, 12] });
  holder.dataset.ready = sites.length;
};

draw().catch((error) => {
  holder.dataset.failed = error.message;
  holder.textContent = "";
  const link = document.createElement("a");
  link.href = told.list;
  link.textContent = told.list;
  holder.append(link);
});

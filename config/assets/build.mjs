// Writes what the portal takes from npm into the folder that is given.
//   outlines/land.json    the land of the world as GeoJSON, from Natural Earth, which is in the public domain
//   outlines/places.json  for each country a point in the largest of its parts, by its ISO 3166-1 number
//   public/satudatapmi/live-chart.js  Vega, for charts that answer to the pointer; sites serve this folder. Beside it
//                                     stands what is sent to whoever takes Brotli (.br) or gzip (.gz)
import {mkdirSync, readFileSync, renameSync, writeFileSync} from "node:fs";
import {createRequire} from "node:module";
import {join} from "node:path";
import {brotliCompressSync, gzipSync} from "node:zlib";
import {geoArea, geoCentroid} from "d3-geo";
import {buildSync} from "esbuild";
import {feature} from "topojson-client";

const DECIMALS = 2;
const require = createRequire(import.meta.url);
const [folder] = process.argv.slice(2);

const read = (name) => JSON.parse(readFileSync(require.resolve(`world-atlas/${name}.json`), "utf8"));
const rounded = (key, value) => (typeof value === "number" ? Number(value.toFixed(DECIMALS)) : value);

function write(name, value) {
  const path = join(folder, "outlines", name);
  writeFileSync(`${path}.new`, JSON.stringify(value, rounded));
  renameSync(`${path}.new`, path);
}

function largestPart({type, coordinates}) {
  const parts = type === "Polygon" ? [coordinates] : coordinates;
  const areas = parts.map((part) => geoArea({type: "Polygon", coordinates: part}));
  return {type: "Polygon", coordinates: parts[areas.indexOf(Math.max(...areas))]};
}

mkdirSync(join(folder, "outlines"), {recursive: true});
const land = read("land-110m");
write("land.json", feature(land, land.objects.land));
const atlas = read("countries-50m");
const countries = feature(atlas, atlas.objects.countries).features.filter(({id}) => id !== undefined);
write("places.json", Object.fromEntries(countries.map(({id, geometry}) => [id, geoCentroid(largestPart(geometry))])));

const script = join(folder, "public", "satudatapmi", "live-chart.js");
buildSync({
  entryPoints: ["live-chart.js"],
  outfile: script,
  bundle: true,
  minify: true,
  format: "esm",
  legalComments: "eof",
});
writeFileSync(`${script}.br`, brotliCompressSync(readFileSync(script)));
writeFileSync(`${script}.gz`, gzipSync(readFileSync(script)));

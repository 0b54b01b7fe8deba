// Run by scripts/vendor.sh. `icons` writes the Lucide icons that the sources name into src/icons.js;
// `record` writes licence texts and VENDORED.json: what was fetched, and what the bundle was made from.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const { MODULES: modules, STATIC: folder, PINS: pins } = process.env;
const sources = join(folder, "src");
const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");

const packages = pins.trim().split("\n").map((line) => {
  const [name, version, use, sha512] = line.trim().split(/\s+/);
  return { name, version, use, sha512 };
});

function writeIcons() {
  const nodes = JSON.parse(readFileSync(join(modules, "lucide-static/icon-nodes.json"), "utf8"));
  const used = new Set();
  for (const file of readdirSync(sources).filter((name) => name.endsWith(".js") && name !== "icons.js")) {
    for (const [, name] of readFileSync(join(sources, file), "utf8").matchAll(/\bicon\(\s*"([a-z0-9-]+)"/g)) used.add(name);
  }
  const lines = [...used].sort().map((name) => {
    if (!nodes[name]) throw new Error(`Lucide has no icon ${name}`);
    return `  ${JSON.stringify(name)}: ${JSON.stringify(nodes[name])},`;
  });
  writeFileSync(join(sources, "icons.js"), [
    "/** Icons of Lucide (ISC) that the sources name, written by scripts/vendor.sh: name -> [tag, attributes] in 24 x 24. */",
    "export const icons = {", ...lines, "};", "",
  ].join("\n"));
}

function record() {
  const licences = join(folder, "vendor/licences");
  rmSync(licences, { recursive: true, force: true });
  mkdirSync(licences, { recursive: true });
  const listed = packages.map(({ name, version, use, sha512 }) => {
    const text = ["LICENSE", "LICENSE.md", "LICENSE.txt"].map((file) => join(modules, name, file)).find(existsSync);
    const notice = join(modules, name, "NOTICE");
    writeFileSync(join(licences, `${name}.txt`), [text, notice].filter(existsSync).map((file) => readFileSync(file, "utf8")).join("\n"));
    const { license } = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
    return { name, version, licence: license, licence_text: `licences/${name}.txt`, use, sha512 };
  });
  const lines = readdirSync(sources).sort().map((file) => `${digest(readFileSync(join(sources, file)))}  ${file}\n`);
  const bundle = {
    sources_sha256: digest(lines.join("")),
    "app/map.js": digest(readFileSync(join(folder, "app/map.js"))),
    "app/money.js": digest(readFileSync(join(folder, "app/money.js"))),
    "app/progress.js": digest(readFileSync(join(folder, "app/progress.js"))),
    "app/ledger.js": digest(readFileSync(join(folder, "app/ledger.js"))),
    "app/worker.js": digest(readFileSync(join(folder, "app/worker.js"))),
    "app/laid.js": digest(readFileSync(join(folder, "app/laid.js"))),
    "app/report.js": digest(readFileSync(join(folder, "app/report.js"))),
    "app/feature.js": digest(readFileSync(join(folder, "app/feature.js"))),
    "app/township.js": digest(readFileSync(join(folder, "app/township.js"))),
    "app/parcel.js": digest(readFileSync(join(folder, "app/parcel.js"))),
    "app/parcels.js": digest(readFileSync(join(folder, "app/parcels.js"))),
    "app/import.js": digest(readFileSync(join(folder, "app/import.js"))),
    "app/map.css": digest(readFileSync(join(folder, "app/map.css"))),
    "app/pages.css": digest(readFileSync(join(folder, "app/pages.css"))),
  };
  writeFileSync(join(folder, "vendor/VENDORED.json"), `${JSON.stringify({ packages: listed, bundle }, null, 2)}\n`);
}

({ icons: writeIcons, record })[process.argv[2]]();

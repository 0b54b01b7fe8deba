#!/bin/sh
# Vendored packages and the browser bundle: fetched from npm by pinned version and checksum, bundled once, committed.
# Only someone who changes web/static/src needs Node and this script. Running it twice changes nothing.
#
#   scripts/vendor.sh           fetch what is missing, write icons, licences, bundle and VENDORED.json
#
# A new version: change the line in PINS, run, and put the checksum that npm's registry states into the line.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
static="$root/web/static"
cache=${VENDOR_CACHE:-"$root/.local/vendor"}

# name  version  use  sha512 of the tarball as base64
PINS="
leaflet 1.9.4 bundled nxS1ynzJOmOlHp+iL3FyWqK89GtNL8U8rvlMOsQdTTssxZwCXh8N2NB3GDQOL+YR3XnWyZAxwQixURb+FA74PA==
supercluster 9.1.0 bundled WMhsJPm8Tf9f5mKxJ1D0mB5tbCMOFi8wTrm/LGnsJHGg8xkeNT/TWDZuFauOGRISnclbYgnxD7g3xJAfQO3FLg==
kdbush 4.1.0 bundled e9vurzrXJQrFX6ckpHP3bvj5l+9CnYzkxDNnNQ1h2QTqdWsUAJgXiKdGNcOa1EY85dU8KbQ+z/FdQdB7P+9yfQ==
lucide-static 1.62.0 icons WBZA/m2PvkFpMGHDtsBck5P2A9G4ehLlYu4GwwICcmEm1BvYVgj00lCDxKRWLlbMlOibLaiwdQ88G5pHkSWgwA==
echarts 6.1.0 bundled q0yaFPggC9FUdsWH4blavRWFmxdrIodbkoKNAjJudAI6CA9gNPxHtV2RcZNEepZVlk4yvBYkOkbk6HIVpIyHZA==
zrender 6.1.0 bundled oEGMDB6pOP2S6OwRR4PdVv610zrjnA3Bh+JnSG12fYJlBKjtNAoEb5fSUoCOOINlH96I2fU38/A2UpRKs67xYQ==
tslib 2.3.0 bundled N82ooyxVNm6h1riLCoyS9e3fuJ3AMG2zIZs2Gd1ATcSFjSA23Q0fzjjZeh0jbJvWVDZ0cJT8yaNNaaXHzueNjg==
esbuild 0.28.2 tool HKVLS8dvII+xoKW9kmqxbRKrnWEXfJJr/FZhhJmiqIB0e053QNYFqOBouTMO/k5sID4MvCiUCvv8b9M4h32wIA==
"
# esbuild's program is a package of its own for each kind of machine; all of them write the same bundle.
case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) program="@esbuild/linux-x64 4xTZr1FUmSoQW4XIWmit3tzQrUTZM+N3P0XV8xROKYF50XfI7xeO90+1bZvNwxIufQ9hDQVRJH5YhgPVF8A/HQ==" ;;
    Linux-aarch64) program="@esbuild/linux-arm64 pW4AC0P3it8c7do9MVM4p51FzHzdM/TZrerurgRcHJ2WTa1VQ1CIq18xncfpBJw4ojkiZZrKW2yIBWBP92j6Ug==" ;;
    Darwin-arm64) program="@esbuild/darwin-arm64 n4KqkOQrraxHJcgjM1RvwbigfQKIKJVpM7xp+KsxiyUSrRdIXnt73VhrPAx0fV44hgfmIVKjxMN9J1t5jySVkw==" ;;
    Darwin-x86_64) program="@esbuild/darwin-x64 uq6suIWYP37qzGddBKPw5QEQPi6HiLGsO7UmkpfyaYNQ3D+rN6w6WfwH+nuqcGXWvawGwxOEroO4YGnFh95azw==" ;;
    *) echo "no esbuild is pinned for $(uname -s) $(uname -m)" >&2; exit 1 ;;
esac

# fetch NAME VERSION SHA512 FOLDER: unpacks a tarball after its checksum was found right.
fetch() {
    tarball="$cache/$(echo "$1" | tr -d @ | tr / -)-$2.tgz"
    if [ ! -f "$tarball" ]; then
        (cd "$cache" && npm pack --silent --ignore-scripts "$1@$2" >/dev/null)
    fi
    found=$(openssl dgst -sha512 -binary "$tarball" | openssl base64 -A)
    if [ "$found" != "$3" ]; then
        echo "$1 $2: checksum is $found, pinned is $3" >&2
        exit 1
    fi
    rm -rf "$4" && mkdir -p "$4" && tar -xzf "$tarball" -C "$4" --strip-components 1
}

modules="$cache/node_modules"
mkdir -p "$modules"
echo "$PINS" | while read -r name version use sha512; do
    [ -z "$name" ] || fetch "$name" "$version" "$sha512" "$modules/$name"
done
# shellcheck disable=SC2086
set -- $program
version=$(echo "$PINS" | awk '$1 == "esbuild" { print $2 }')
fetch "$1" "$version" "$2" "$modules/$1"
esbuild="$modules/$1/bin/esbuild"

PINS="$PINS" MODULES="$modules" STATIC="$static" node "$root/web/assets-src/record.mjs" icons
NODE_PATH="$modules" "$esbuild" "$static/src/main.js" --bundle --format=iife --minify --charset=utf8 \
    --target=es2022,chrome111,safari16.4,firefox113 --legal-comments=none --log-level=warning \
    --banner:js="/* 山河 shanhe. Contains Leaflet (BSD-2-Clause, (c) 2010-2023 Volodymyr Agafonkin, (c) 2010-2011 CloudMade), supercluster and kdbush (ISC, (c) Mapbox, Volodymyr Agafonkin), icons of Lucide (ISC, (c) Lucide Contributors). Licence texts: web/static/vendor/licences */" \
    --outfile="$static/app/map.js"
for page in money progress; do
    NODE_PATH="$modules" "$esbuild" "$static/src/${page}_page.js" --bundle --format=iife --minify --charset=utf8 \
        --target=es2022,chrome111,safari16.4,firefox113 --legal-comments=none --log-level=warning \
        --banner:js="/* 山河 shanhe. Contains Apache ECharts (Apache-2.0, (c) 2017-2026 The Apache Software Foundation), ZRender (BSD-3-Clause, (c) 2017 Baidu Inc.), tslib (0BSD, (c) Microsoft Corporation). Licence texts and notice: web/static/vendor/licences */" \
        --outfile="$static/app/$page.js"
done
for page in feature import ledger parcel parcels township; do
    "$esbuild" "$static/src/${page}_page.js" --bundle --format=iife --minify --charset=utf8 \
        --target=es2022,chrome111,safari16.4,firefox113 --legal-comments=none --log-level=warning \
        --outfile="$static/app/$page.js"
done
"$esbuild" "$static/src/report_entry.js" --bundle --format=esm --minify --charset=utf8 \
    --target=es2022,chrome111,safari16.4,firefox113 --legal-comments=none --log-level=warning \
    --banner:js="/* 山河 shanhe. Contains icons of Lucide (ISC, (c) Lucide Contributors). Licence texts: web/static/vendor/licences */" \
    --outfile="$static/app/report.js"
"$esbuild" "$static/src/worker.js" --bundle --format=iife --minify --charset=utf8 \
    --target=es2022,chrome111,safari16.4,firefox113 --legal-comments=none --log-level=warning \
    --outfile="$static/app/worker.js"
"$esbuild" "$static/src/laid_entry.js" --bundle --format=esm --minify --charset=utf8 \
    --target=es2022,chrome111,safari16.4,firefox113 --legal-comments=none --log-level=warning \
    --banner:js="/* 山河 shanhe. Contains icons of Lucide (ISC, (c) Lucide Contributors). Licence texts: web/static/vendor/licences */" \
    --outfile="$static/app/laid.js"
NODE_PATH="$modules" "$esbuild" "$static/src/main.css" --bundle --minify --charset=utf8 \
    --target=chrome111,safari16.4,firefox113 --legal-comments=none --log-level=warning --loader:.png=empty \
    --banner:css="/* 山河 shanhe. Contains Leaflet's style sheet (BSD-2-Clause, (c) 2010-2023 Volodymyr Agafonkin, (c) 2010-2011 CloudMade) */" \
    --outfile="$static/app/map.css"
"$esbuild" "$static/src/pages.css" --bundle --minify --charset=utf8 --target=chrome111,safari16.4,firefox113 \
    --legal-comments=none --log-level=warning --outfile="$static/app/pages.css"
PINS="$PINS" MODULES="$modules" STATIC="$static" node "$root/web/assets-src/record.mjs" record

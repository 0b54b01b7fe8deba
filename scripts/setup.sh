#!/bin/sh
# Install what shanhe needs: setup.sh run | setup.sh test | setup.sh clients
# System packages are asked for only where something is missing; Python packages come from uv.lock into .venv.
set -eu
cd "$(dirname "$0")/.."
for_what=${1:-run}
clients=
[ "$for_what" != clients ] || { clients=yes && for_what=test; }
uv_version=0.13.9

step() { printf '[%s/4] %s\n' "$1" "$2"; }

give_up() {
    printf '\n%s\n%s\n' "$1" "$2" >&2
    exit 1
}

python_found() {
    for python in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return
    done
    return 1
}

# --- 1 PostgreSQL 15 or newer with PostGIS, fonts, Pango; a browser and GDAL's programs for the tests

postgis_found() {
    [ "$for_what" = test ] || [ -z "${SHANHE_DATABASE:-}" ] || return 0
    if [ -n "${SHANHE_POSTGRES_BIN:-}" ]; then
        [ -x "$SHANHE_POSTGRES_BIN/postgres" ]
        return
    fi
    for control in /usr/share/postgresql/*/extension/postgis.control \
        /usr/pgsql-*/share/extension/postgis.control \
        /opt/homebrew/share/postgresql@*/extension/postgis.control \
        /usr/local/share/postgresql@*/extension/postgis.control; do
        [ -e "$control" ] || continue
        major=$(printf '%s' "$control" | sed -E 's/.*(postgresql.|pgsql-)([0-9]+).*/\2/')
        [ "$major" -ge 15 ] || continue
        for program in "/usr/lib/postgresql/$major" "/usr/pgsql-$major" \
            "/opt/homebrew/opt/postgresql@$major" "/usr/local/opt/postgresql@$major"; do
            [ ! -x "$program/bin/postgres" ] || return 0
        done
    done
    return 1
}

fonts_found() {
    find /usr/share/fonts /usr/local/share/fonts -iname '*cjk*' 2>/dev/null | grep -q . || [ "$(uname)" = Darwin ]
}

# What lays out PDFs.
pango_found() {
    for library in libpangoft2-1.0.so.0 libharfbuzz-subset.so.0; do
        find /lib /usr/lib /usr/local/lib -name "$library" 2>/dev/null | grep -q . || return 1
    done
}

browser_found() {
    [ -x "/Applications/Google Chrome.app" ] || command -v chromium chromium-browser google-chrome >/dev/null
}

# The packages that are missing, by Debian's names; postgis stands for the newest postgresql-NN-postgis-3.
missing() {
    postgis_found || echo postgis
    fonts_found || echo fonts-noto-cjk
    if [ "$(uname)" = Darwin ]; then
        [ -e /opt/homebrew/lib/libpangoft2-1.0.dylib ] || [ -e /usr/local/lib/libpangoft2-1.0.dylib ] || echo pango
    else
        pango_found || echo libpangoft2-1.0-0 libharfbuzz-subset0
    fi
    python_found && "$python" -c 'import ensurepip' 2>/dev/null || echo python3-venv
    [ "$for_what" = test ] || return 0
    browser_found || echo chromium
    # the program with which Playwright drives the browser is linked to it
    [ "$(uname)" = Darwin ] || find /lib /usr/lib -name 'libatomic.so.1' 2>/dev/null | grep -q . || echo libatomic1
    command -v ogr2ogr >/dev/null || echo gdal-bin
    command -v pdftotext >/dev/null || echo poppler-utils
    [ -z "$clients" ] || /usr/bin/python3 -c 'import qgis.core' 2>/dev/null || echo python3-qgis
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        give_up "请以管理员身份安装：$named" "Have an administrator install: $named"
    fi
}

apt_install() { as_root apt-get install -y -q --no-install-recommends -o Dpkg::Use-Pty=0 "$@"; }

with_apt() {
    as_root apt-get update -q || true
    packages=
    for name in $wanted; do
        if [ "$name" = postgis ]; then
            name=$(apt-cache search --names-only '^postgresql-[0-9]+-postgis-3$' | cut -d' ' -f1 | sort -t- -k2n | tail -n1)
            major=$(printf '%s' "$name" | cut -d- -f2)
            [ "${major:-0}" -ge 15 ] || give_up \
                "本系统的软件源没有 PostgreSQL 15 以上版本，请先添加 https://apt.postgresql.org" \
                "The package sources have no PostgreSQL 15 or newer; add https://apt.postgresql.org first"
        fi
        packages="$packages $name"
    done
    case $packages in *postgis*)
        # Debian would make and start a server of the whole machine at port 5432, which nobody asked for.
        apt_install postgresql-common
        rule=/etc/postgresql-common/createcluster.d/shanhe.conf
        as_root sh -c "mkdir -p ${rule%/*} && echo 'create_main_cluster = false' >$rule"
        ;;
    esac
    # shellcheck disable=SC2086 # a list of words
    apt_install $packages
    [ -z "${rule:-}" ] || as_root rm "$rule"
}

step 1 '系统软件 / system packages'
wanted=$(missing | xargs)
if [ -n "$wanted" ]; then
    named=$(printf '%s' "$wanted" | sed 's/postgis/postgresql-NN-postgis-3 (NN >= 15)/')
    printf '      %s\n' "$named"
    if command -v apt-get >/dev/null; then
        with_apt
    elif command -v brew >/dev/null; then
        # shellcheck disable=SC2046 # a list of words
        brew install $(for name in $wanted; do
            case $name in gdal-bin) echo gdal ;; poppler-utils) echo poppler ;; python3-venv) echo python@3.13 ;; *) echo "$name" ;; esac
        done)
    else
        give_up "请用本系统的软件管理器安装（Debian 名称）：$named，然后重试" \
            "Install these with this system's package manager (Debian's names), then try again: $named"
    fi
fi
python_found || give_up '需要 Python 3.11 或更新版本' 'Python 3.11 or newer is needed'

# --- 2 and 3 Python packages, only where uv.lock, pyproject.toml or the purpose changed since the last time

stamp=.venv/stamp
case $(cat "$stamp" 2>/dev/null) in *test) for_what=test ;; esac
state="$(cat uv.lock pyproject.toml | cksum) $uv_version $for_what"

if [ "$(cat "$stamp" 2>/dev/null)" = "$state" ] && .venv/bin/python -c '' 2>/dev/null; then
    step 2 'uv'
    step 3 'Python 软件包 / Python packages'
else
    step 2 'uv'
    # uv has a place of its own: it removes everything from .venv that uv.lock does not name, itself too.
    [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null || "$python" -m venv --clear --without-pip .venv
    uv=.venv/uv/bin/uv
    if [ "$($uv --version 2>/dev/null | cut -d' ' -f2)" != "$uv_version" ]; then
        "$python" -m venv --clear .venv/uv
        .venv/uv/bin/python -m pip install -q --disable-pip-version-check "uv==$uv_version"
    fi
    step 3 'Python 软件包 / Python packages'
    groups=--no-dev
    [ "$for_what" != test ] || groups='--dev --extra scale'
    export UV_COMPILE_BYTECODE=1 # the first start is not made to wait for it
    # A mirror named for pip is meant for uv too, but uv.lock names the files of PyPI: then only its hashes are used.
    mirror=${UV_DEFAULT_INDEX:-${UV_INDEX_URL:-${PIP_INDEX_URL:-$(.venv/uv/bin/pip config get global.index-url 2>/dev/null || true)}}}
    if [ -n "$mirror" ]; then
        export UV_DEFAULT_INDEX="$mirror"
        # shellcheck disable=SC2086 # a list of words
        $uv export -q --frozen $groups --no-emit-project -o .venv/requirements.txt
        $uv pip sync -p .venv/bin/python --require-hashes .venv/requirements.txt
        $uv pip install -p .venv/bin/python --no-deps -e .
    else
        # shellcheck disable=SC2086
        $uv sync --frozen $groups -p .venv/bin/python
    fi
    .venv/bin/python -m compileall -q geo api web
    echo "$state" >"$stamp"
fi
# ogctests wants older packages than the program has: it gets a place of its own, with the Python that QGIS has.
pins=tests/clients/requirements.txt
if [ -n "$clients" ] && ! cmp -s "$pins" .venv/clients/pins; then
    uv=.venv/uv/bin/uv
    export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-${UV_INDEX_URL:-${PIP_INDEX_URL:-$(.venv/uv/bin/pip config get global.index-url 2>/dev/null || echo https://pypi.org/simple)}}}"
    $uv venv -q --clear -p /usr/bin/python3 .venv/clients
    $uv pip sync -q -p .venv/clients/bin/python --require-hashes "$pins"
    cp "$pins" .venv/clients/pins
fi
step 4 '就绪 / ready'

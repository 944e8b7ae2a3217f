# Shared by ./run, ./test and bench/run: makes sure that what they need is there. Source it from the project's root.
# Everything here can be called again and again; when nothing is missing it takes a fraction of a second and needs no
# network.

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
stop() {
  printf '\033[1;31m==>\033[0m %s\n' "$1" >&2
  [ $# -lt 2 ] || printf '    %s\n' "$2" >&2
  exit 1
}

# The packages of a list file that are not installed, a line each.
missing_packages() {
  local name
  grep -hv '^#' "$@" | while read -r name; do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || printf '%s\n' "$name"
  done
}

# Root as it is, or through sudo, which asks once and remembers.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Packaged servers must not start just because they are installed: a policy-rc.d says so while apt works.
with_services_held() {
  local policy=/usr/sbin/policy-rc.d ours=no status=0
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    ours=yes
  fi
  "$@" || status=$?
  [ "$ours" = no ] || as_root rm -f "$policy"
  return "$status"
}

# install_packages MINUTES LIST…: names what is missing, what it costs, asks once (unless X1_YES is set), installs.
install_packages() {
  local minutes=$1 names answer
  shift
  mapfile -t names < <(missing_packages "$@")
  [ "${#names[@]}" -gt 0 ] || return 0
  [ -r /etc/debian_version ] || stop "This set-up knows Debian 12 only." "Install by hand: ${names[*]}"
  say "Missing packages: ${names[*]}"
  say "Debian's apt will install them: up to 2 GB of disk, about $minutes minutes."
  if [ -z "${X1_YES:-}" ] && [ -t 0 ]; then
    read -r -p "    Go on? [Y/n] " answer
    case "$answer" in [nN]*) stop "Nothing was installed." ;; esac
  fi
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || stop "Installing needs root, and sudo is not there." "As root: apt-get install ${names[*]}"
    sudo -v || stop "sudo did not let us in."
  fi
  as_root apt-get update -qq || stop "apt could not reach its archive." "Check the network, then start again."
  with_services_held as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${names[@]}" ||
    stop "apt could not install everything." "Its own message stands above."
  mkdir -p build
  printf '%s\n' "${names[@]}" >>build/installed-packages.txt
}

# npm itself: what is there, or Debian's.
need_npm() {
  command -v npm >/dev/null && return 0
  mkdir -p build
  printf 'npm\n' >build/npm.txt
  install_packages 2 build/npm.txt
}

# install_npm FOLDER SIZE: what its package-lock.json names, exactly; again only when the lock has changed.
install_npm() {
  local folder=$1 size=$2 stamp=$1/node_modules/.lock-installed
  cmp -s "$folder/package-lock.json" "$stamp" 2>/dev/null && return 0
  need_npm
  say "Fetching the npm packages of $folder ($size)"
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) ||
    stop "npm could not fetch the packages of $folder." "Check the network, then start again."
  cp "$folder/package-lock.json" "$stamp"
}

# On a terminal ninja shows how far it is on one line; in a log one line in forty is enough, and all that is no progress.
show_progress() {
  if [ -t 1 ]; then
    "$@"
  else
    "$@" 2>&1 | awk '/^\[[0-9]+\/[0-9]+\]/ { if (n++ % 40 == 0) { print; fflush() } next } { print }'
  fi
}

# configure PRESET [X1_TESTS=OFF as a cmake option]: when that is needed. Tests stay configured where they once were.
configure() {
  local preset=$1 made="build/$1/build.ninja" cache="build/$1/CMakeCache.txt"
  shift
  if [ ! -f "$made" ] || { [ $# = 0 ] && grep -q '^X1_TESTS:BOOL=OFF' "$cache"; }; then
    [ $# -gt 0 ] || set -- -DX1_TESTS=ON
    say "Configuring ($preset)"
    mkdir -p "build/$preset"
    cmake --preset "$preset" "$@" >"build/$preset/configure.log" 2>&1 ||
      { tail -n 20 "build/$preset/configure.log" >&2; stop "cmake could not configure the build." "The whole log: build/$preset/configure.log"; }
  fi
}

# build PRESET [TARGET…]: configures when needed, then compiles; ninja shows how far it is.
build() {
  local preset=$1
  shift
  configure "$preset"
  say "Building ($preset${*:+: $*})"
  show_progress ninja -C "build/$preset" "$@" || stop "The build failed." "The compiler's message stands above."
}

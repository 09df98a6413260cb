#!/bin/sh
# Holds our descriptors against those in the published client package.
# usage: npm_descriptors_test.sh DESCRIPTOR_SET CACHE_DIRECTORY; 77 where npm is not at hand.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/../npm/install" "$2" || exit $?
exec node "$here/npm_descriptors.mjs" "$1" "$2"
